import hashlib
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from f5_worker.audio import SAMPLE_RATE
from f5_worker.errors import CannotStart, Code, WorkerError
from f5_worker.espeak_ng import process
from f5_worker.job import JobControl, Progress
from f5_worker.settings import Settings
from f5_worker.speech import Speech, SpeechOptions
from f5_worker.speech.espeak import EspeakEngine
from tests.speech.conftest import Say, children

PROSE = (
    "The worker knows the text it spoke. It never listens to its own speech to find the words. It aligns the "
    "known text, chunk by chunk, so that subtitles hold the author's words, punctuation included."
)
LONG = "The quick brown fox jumps over the lazy dog, and it does not stop. " * 60


def digest(speech: Speech) -> str:
    times = [(word.start, word.end) for word in speech.words or ()]
    return hashlib.sha256(speech.audio.tobytes() + repr(times).encode()).hexdigest()


def check(speech: Speech) -> None:
    """What holds for every speech."""
    assert speech.audio.dtype == np.float32
    assert speech.audio.ndim == 1
    assert np.abs(speech.audio).max() <= 1
    assert speech.words is not None
    tokens = [token for span in speech.spans for token in span.chunk.tokens]
    assert [word.token for word in speech.words] == tokens
    assert all(0 <= word.start <= word.end <= speech.duration for word in speech.words)
    assert all(before.end <= after.start + 1e-9 for before, after in pairwise(speech.words))
    assert all(before.end <= after.start for before, after in pairwise(speech.spans))
    remaining = iter(speech.words)
    for span in speech.spans:
        for _ in span.chunk.tokens:
            word = next(remaining)
            assert span.start / SAMPLE_RATE <= word.start <= word.end <= span.end / SAMPLE_RATE


def test_a_word_starts_where_its_sound_starts_and_ends_where_it_ends(say: Say) -> None:
    speech = say("Mine, own, eleven, all, now, you, are, ours.")
    loud = np.flatnonzero(np.abs(speech.audio) > 0.01) / SAMPLE_RATE
    assert speech.words is not None
    edges = [(word.start, word.end) for word in speech.words]
    for (_, before), (start, end), (after, _) in zip(
        [(0, 0), *edges], edges, [*edges[1:], (99, 99)], strict=False
    ):
        sound = loud[(loud > (before + start) / 2) & (loud < (end + after) / 2)]
        assert abs(sound[0] - start) < 0.015
        assert abs(sound[-1] - end) < 0.030


def test_common_word_pairs_keep_a_time_for_each_word(say: Say) -> None:
    speech = say("One of the men does not know that it is in the end for the best.")
    assert speech.words is not None
    assert all(word.score == 1.0 for word in speech.words)
    assert all(word.end - word.start > 0.03 for word in speech.words)
    assert {word.method for word in speech.words} == {"engine"}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("It cost $5.20, or 1,234,567.89 in 1984, at joe@example.com!", "en"),
        ("A smile \U0001f642 between\u00a0words — and {braces} --> arrows.", "en"),
        ("Dr. Smith's state-of-the-art (new) “quotes”, line\nbreaks\n\nand paragraphs", "en"),
        ("Guten Tag, am 3. Oktober geht es um Überälle.", "de"),
        ("L'année dernière, j'ai vu la mer.", "fr"),
        ("¿Cómo estás? ¡Muy bien!", "es"),
        (
            "今天天气很好。我们去公园吧！2024年",
            "zh",
        ),
        ("今日はとても良い天気ですね。", "ja"),
        ("안녕하세요. 좋은 날이에요.", "ko"),
        (
            "مرحبا بكم، في هذا المكان",
            "ar",
        ),
        ("Привет, мир!", "ru"),
        ("สวัสดีครับ", "th"),
        ("你好 hello мир ʰ", "en"),
        ("x" * 3000, "en"),
        ("7", "en"),
    ],
)
def test_every_written_word_gets_one_time_inside_its_chunk(say: Say, text: str, language: str) -> None:
    speech = say(text, language)
    check(speech)
    assert np.sqrt(np.mean(np.square(speech.audio))) > 0.01


def test_spoken_time_follows_the_speed_and_a_speed_that_is_too_slow_is_told(say: Say) -> None:
    text = "The quick brown fox jumps over the lazy dog, and then it sleeps all afternoon."
    normal = say(text).duration
    for speed in (0.5, 0.8, 1.5, 2.0):
        speech = say(text, speed=speed)
        assert speech.duration * speed == pytest.approx(normal, rel=0.05)
        assert speech.warnings == ()
    slow = say(text, speed=0.3)
    assert slow.duration > 2 * normal
    assert slow.warnings == ("speed 0.3 is slower than espeak-ng can speak; it spoke at 0.46",)


def test_a_pause_is_exact_silence_of_the_asked_length(say: Say) -> None:
    speech = say("[pause:750ms]One.[pause:1.5s]Two.[pause:2s]")
    check(speech)
    one, two = speech.spans
    assert (one.start, two.start - one.end) == (18_000, 36_000)
    assert len(speech.audio) - two.end == 48_000
    for left, right in ((0, one.start), (one.end, two.start), (two.end, len(speech.audio))):
        assert not speech.audio[left:right].any()


def test_chunks_follow_one_another_with_a_short_gap(say: Say) -> None:
    speech = say(LONG)
    check(speech)
    assert len(speech.spans) > 5
    gaps = [after.start - before.end for before, after in pairwise(speech.spans)]
    assert set(gaps) == {round(0.28 * SAMPLE_RATE)}
    assert all(15 < (span.end - span.start) / SAMPLE_RATE < 30 for span in speech.spans)


def test_the_same_text_gives_the_same_bytes_whatever_was_spoken_before_or_beside(say: Say) -> None:
    text = "It does not matter what was said. " * 20
    first = digest(say(text))
    say("Something else, in another language, at another speed.", "de", speed=1.7)
    assert digest(say(text)) == first
    with ThreadPoolExecutor(2) as pool:
        assert {digest(speech) for speech in pool.map(say, [text] * 8)} == {first}


def test_the_same_text_gives_the_same_bytes_in_every_process(say: Say) -> None:
    text = "It does not matter. It costs 5 dollars."
    program = (
        "import sys; from f5_worker.speech.espeak import *; from f5_worker.text.chunks import build_script\n"
        "from f5_worker.text.language import in_one_language\n"
        "import hashlib; engine = EspeakEngine.load(None); options = SpeechOptions(seed=1)\n"
        "script = build_script(sys.argv[1], in_one_language('en'), engine.budget(None, options))\n"
        "audio = engine.speak(script, None, options, JobControl()).audio\n"
        "print(hashlib.sha256(audio.tobytes()).hexdigest())"
    )
    done = subprocess.run([sys.executable, "-c", program, text], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == hashlib.sha256(say(text).audio.tobytes()).hexdigest()


def test_progress_is_reported_after_every_chunk(say: Say) -> None:
    reports: list[Progress] = []
    speech = say(LONG, progress=lambda report, _: reports.append(report))
    count = len(speech.spans)
    assert reports == [Progress("synthesis", done, count) for done in range(1, count + 1)]


def test_cancelling_stops_at_the_next_chunk_and_leaves_no_process_and_no_open_file(say: Say) -> None:
    before, files = children(), os.listdir("/proc/self/fd")  # noqa: PTH208 (the names are what is compared)
    reports: list[Progress] = []

    def cancel(report: Progress, control: JobControl) -> None:
        reports.append(report)
        control.cancel("the job was cancelled")

    with pytest.raises(WorkerError, match="CANCELLED: the job was cancelled"):
        say(LONG, progress=cancel)
    assert len(reports) == 1
    assert children() == before
    assert os.listdir("/proc/self/fd") == files  # noqa: PTH208 - the names alone


@pytest.mark.parametrize(
    ("how", "reason"),
    [(signal.SIGSEGV, "ended in the middle"), (signal.SIGSTOP, "made nothing for 1 seconds")],
)
def test_a_child_that_crashes_or_hangs_fails_the_job_and_not_the_worker(
    say: Say, monkeypatch: pytest.MonkeyPatch, how: signal.Signals, reason: str
) -> None:
    monkeypatch.setattr(process, "_MAX_SILENT", 1.0)
    before = children()

    def strike(report: Progress, _: JobControl) -> None:
        if report.done == 1:
            (child,) = children() - before
            os.kill(child, how)

    with pytest.raises(WorkerError, match=reason) as caught:
        say(LONG, progress=strike)
    assert caught.value.code is Code.SYNTHESIS_FAILED
    assert children() == before
    check(say("It speaks on."))


def test_a_cancelled_job_does_not_wait_for_a_child_that_hangs(say: Say) -> None:
    before = children()

    def stop_and_cancel(report: Progress, control: JobControl) -> None:
        (child,) = children() - before
        os.kill(child, signal.SIGSTOP)
        control.cancel("the job was cancelled")

    with pytest.raises(WorkerError, match="CANCELLED"):
        say(LONG, progress=stop_and_cancel)
    assert children() == before


@pytest.mark.parametrize(
    ("what", "path"),
    [("get_data_path", "/"), ("get_data_path", "/nowhere"), ("get_library_path", "/nowhere/libespeak-ng.so")],
)
def test_a_damaged_installation_cannot_start(monkeypatch: pytest.MonkeyPatch, what: str, path: str) -> None:
    monkeypatch.setattr(process.espeakng_loader, what, lambda: path)
    before = children()
    with pytest.raises(CannotStart, match="reinstall espeakng-loader"):
        EspeakEngine.load(Settings())
    assert children() == before


def test_an_installation_under_a_long_path_works(
    say: Say, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    short = say("Hello.")
    deep = tmp_path.joinpath(*["x" * 50] * 6)
    deep.parent.mkdir(parents=True)
    deep.symlink_to(Path(process.espeakng_loader.get_data_path()).parent)
    monkeypatch.setattr(process.espeakng_loader, "get_data_path", lambda: str(deep / "espeak-ng-data"))
    assert digest(say("Hello.")) == digest(short)


def test_languages_are_known_by_their_two_letter_codes(engine: EspeakEngine) -> None:
    assert all(
        engine.speaks(code)
        for code in ("en", "de", "fr", "es", "pt", "ru", "ar", "hi", "zh", "ja", "ko", "th")
    )
    assert not any(engine.speaks(code) for code in ("xx", "", "en-us", "zh-cmn"))


def test_the_length_of_speech_is_predicted_well_enough_to_size_chunks(engine: EspeakEngine, say: Say) -> None:
    normal = engine.budget(None, SpeechOptions(seed=1))
    for text, language in [(PROSE, "en"), ("今天天气很好。" * 9, "zh"), ("1984, 2025, 77.", "en")]:
        assert normal.cost(text) == pytest.approx(say(text, language).duration, rel=0.3)
    assert engine.budget(None, SpeechOptions(seed=1, speed=2.0)).cost(PROSE) == normal.cost(PROSE) / 2


def test_what_health_tells_holds_no_path(engine: EspeakEngine) -> None:
    described = engine.describe()
    assert described["device"] == "cpu"
    assert "/" not in repr(described)

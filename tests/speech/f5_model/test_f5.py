import dataclasses
import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from f5_tts.api import F5TTS

from f5_worker.control import JobControl, Progress
from f5_worker.errors import WorkerError
from f5_worker.speech import SAMPLE_RATE, Speech
from f5_worker.speech.f5 import F5Engine
from f5_worker.speech.f5_model.files import package_folder
from f5_worker.voices import Voice
from tests.speech.f5_model.conftest import load, say
from tests.tiny_models import TinyModels, make_models

pytestmark = pytest.mark.upstream  # most of these compare with it

SENTENCE = "I have been a silent spectator, watching species evolve, empires rise and fall."
# A sentence that fills a chunk, so that each of several is a chunk of its own.
CHUNK = "But always remember that I am mighty and enduring, respect me and I will nurture you, number %s."

WORDS = "One and two. [pause:0.1s] Three, four and five. [pause:0.1s] Six."


def chunks_of_text(count: int) -> str:
    names = [
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
    ]
    return " ".join(CHUNK % name for name in names[:count])


def digest(speech: Speech) -> str:
    return hashlib.sha256(speech.audio.tobytes()).hexdigest()


def upstream(models: TinyModels) -> F5TTS:
    """f5-tts's own API on the same files; it takes configurations by a path from its own folder."""
    name = os.path.relpath(models.config.with_suffix(""), package_folder() / "configs")
    return F5TTS(name, str(models.checkpoint), vocoder_local_path=str(models.vocoder), device="cpu")


def spoken_upstream(api: F5TTS, voice: Voice, text: str, **options: Any) -> np.ndarray:
    options = {"seed": 7, "nfe_step": 4} | options
    return api.infer(str(voice.path), voice.ref_text, text, progress=None, **options)[0]


@pytest.fixture(scope="module")
def api(models: TinyModels) -> F5TTS:
    return upstream(models)


def a_voice(engine: F5Engine, folder: Path, gain: float, rate: int) -> Voice:
    """The default voice, softer or louder and at another rate."""
    samples, old = soundfile.read(engine.default_voice.path)
    positions = np.arange(0, len(samples) - 1, old / rate)
    path = folder / f"{rate}.wav"
    soundfile.write(path, np.interp(positions, np.arange(len(samples)), samples) * gain, rate, "PCM_16")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return dataclasses.replace(engine.default_voice, path=path, sample_rate=rate, sha256=sha256)


@pytest.mark.parametrize(
    "options",
    [
        {"nfe_step": 32},
        {"nfe_step": 16},
        {"nfe_step": 5, "cfg_strength": 0.0},
        {"speed": 1.7, "sway_sampling_coef": 0.5},
        {"fix_duration": 12.5},
        {"target_rms": 0.02},
        {"target_rms": 0.9},
        {"seed": 2**31 - 1},
    ],
    ids=str,
)
def test_one_chunk_is_bit_for_bit_what_upstream_says(
    engine: F5Engine, api: F5TTS, options: dict[str, Any]
) -> None:
    expected = spoken_upstream(api, engine.default_voice, SENTENCE, **options)
    assert np.array_equal(say(engine, SENTENCE, **options).audio, expected)


@pytest.mark.parametrize(
    "text", ["你好,世界。今天天气很好。", "Say 你好 to my friend, please.", "naïve café, OK?"]
)
def test_other_scripts_are_bit_for_bit_what_upstream_says(engine: F5Engine, api: F5TTS, text: str) -> None:
    expected = spoken_upstream(api, engine.default_voice, text)
    assert np.array_equal(say(engine, text).audio, expected)


@pytest.mark.parametrize(("gain", "rate"), [(0.2, 24_000), (1.5, 24_000), (1.0, 44_100), (0.5, 16_000)])
def test_a_recording_is_heard_as_upstream_hears_it(
    engine: F5Engine, api: F5TTS, tmp_path: Path, gain: float, rate: int
) -> None:
    voice = a_voice(engine, tmp_path, gain, rate)
    expected = spoken_upstream(api, voice, SENTENCE)
    assert np.array_equal(say(engine, SENTENCE, voice=voice).audio, expected)


@pytest.mark.parametrize(
    "arch",
    [
        {"qk_norm": "rms_norm", "text_mask_padding": False},
        {"pe_attn_head": 1, "long_skip_connection": True},
        {"text_embedding_average_upsampling": True, "conv_layers": 0},
    ],
    ids=str,
)
def test_other_architectures_are_bit_for_bit_what_upstream_makes_of_them(
    tmp_path: Path, arch: dict[str, Any]
) -> None:
    models = make_models(tmp_path / "models", arch)
    engine = load(models, tmp_path)
    expected = spoken_upstream(upstream(models), engine.default_voice, SENTENCE)
    assert np.array_equal(say(engine, SENTENCE).audio, expected)


@pytest.fixture
def short_voice(engine: F5Engine, tmp_path: Path) -> Voice:
    """A second and a half of speech: the less reference, the less there is to compute."""
    samples, rate = soundfile.read(engine.default_voice.path)
    path = tmp_path / "short.wav"
    soundfile.write(path, samples[: int(1.5 * rate)], rate, "PCM_16")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return dataclasses.replace(engine.default_voice, path=path, ref_text="Some call me", sha256=sha256)


@pytest.mark.parametrize("count", [1, 2, 5, 12])
@pytest.mark.parametrize("batch", ["1", "4"])
def test_twenty_runs_beside_others_give_the_same_bytes(
    models: TinyModels, short_voice: Voice, tmp_path: Path, count: int, batch: str
) -> None:
    words = [
        "one",
        "two,",
        "three",
        "three",
        "three",
        "four,",
        "five",
        "five",
        "six",
        "seven,",
        "eight",
        "nine",
        "nine",
        "ten",
        "eleven",
        "twelve",
    ]
    text = " [pause:0.2s] ".join(words[:count])
    engine = load(models, tmp_path, F5_BATCH=batch)
    alone = say(engine, text, voice=short_voice)
    assert len(alone.spans) == count
    runs = {digest(alone)}
    for run in range(19):
        if run % 4 == 0:  # another job in between, of another length and another seed
            say(engine, SENTENCE[: 10 + run], voice=short_voice, seed=run)
        runs.add(digest(say(engine, text, voice=short_voice)))
    assert len(runs) == 1
    assert digest(say(engine, text, voice=short_voice, seed=8)) not in runs


def test_a_fresh_process_gives_the_same_bytes(models: TinyModels, engine: F5Engine, tmp_path: Path) -> None:
    program = (
        "import sys, torch, pathlib; torch.set_num_threads(1)\n"
        "from tests.speech.f5_model.conftest import load, say\n"
        "from tests.speech.f5_model.test_f5 import TinyModels, WORDS, digest\n"
        "models = TinyModels(*map(pathlib.Path, sys.argv[2:]))\n"
        "print(digest(say(load(models, pathlib.Path(sys.argv[1])), WORDS)))"
    )
    files = [str(path) for path in dataclasses.astuple(models)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path), *files],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
        cwd=Path(__file__).parents[3],
    )
    assert run.stdout.split() == [digest(say(engine, WORDS))]


@pytest.mark.parametrize("batch", ["2", "4"])
def test_batches_differ_from_single_chunks_by_rounding_only(
    models: TinyModels, engine: F5Engine, short_voice: Voice, tmp_path: Path, batch: str
) -> None:
    words = "One, two and three are words. [pause:0.1s] These are some more. [pause:0.1s] And more. "
    text = words + "And that is all that there is to say. [pause:0.1s] Or nearly all. " + SENTENCE
    single = say(engine, text, nfe_step=16, voice=short_voice)
    batched = say(load(models, tmp_path, F5_BATCH=batch), text, nfe_step=16, voice=short_voice)
    assert [span.start for span in batched.spans] == [span.start for span in single.spans]
    assert np.abs(batched.audio - single.audio).max() <= 1e-5


def test_no_two_chunks_start_from_the_same_noise(engine: F5Engine) -> None:
    text = "The very same words again. [pause:1s] The very same words again."
    speech = say(engine, text)
    first, second = (speech.audio[span.start : span.end] for span in speech.spans)
    assert len(first) == len(second)
    assert not np.array_equal(first, second)


def test_pauses_are_exact_silence_and_chunks_lie_where_their_spans_say(engine: F5Engine) -> None:
    speech = say(engine, f"[pause:250ms]{SENTENCE} [pause:1.5s] {SENTENCE}[pause:0.5s]")
    first, second = speech.spans
    rate = SAMPLE_RATE
    assert first.start == rate // 4
    assert second.start - first.end == 3 * rate // 2
    assert len(speech.audio) - second.end == rate // 2
    silent = [speech.audio[: first.start], speech.audio[first.end : second.start], speech.audio[second.end :]]
    assert not any(part.any() for part in silent)
    assert np.array_equal(speech.audio[first.start : first.end], say(engine, SENTENCE).audio)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("I", (0.7, 1.0)),
        ("42", (0.7, 3)),
        ("Hi there, you.", (0.7, 2)),
        ("1234567890 0987654321", (6, 60)),
        ("你好 hello 世界 world", (1, 5)),
        ("x" * 3000, (150, 350)),
    ],
    ids=["letter", "number", "short", "digits", "mixed", "no space"],
)
def test_odd_texts_get_a_sane_length(engine: F5Engine, text: str, seconds: tuple[float, float]) -> None:
    speech = say(engine, text, nfe_step=1, cfg_strength=0.0)
    assert seconds[0] <= speech.duration <= seconds[1]
    assert all(span.end - span.start <= 25 * SAMPLE_RATE for span in speech.spans)


def test_numbers_are_spelt_out_unless_that_is_off(engine: F5Engine) -> None:
    digits, words = "It was 1984 then.", "It was nineteen eighty-four then."
    assert np.array_equal(say(engine, digits).audio, say(engine, words).audio)
    assert not np.array_equal(say(engine, digits, normalize="off").audio, say(engine, words).audio)
    assert say(engine, digits).spans[0].chunk.tokens[2].text == "1984"


def test_a_long_text_reports_every_chunk(engine: F5Engine) -> None:
    seen: list[Progress] = []
    text = (SENTENCE + " ") * 254
    assert len(text) >= 20_000
    speech = say(engine, text, nfe_step=1, cfg_strength=0.0, speed=2.0, control=JobControl(seen.append))
    assert [report.done for report in seen] == list(range(1, len(speech.spans) + 1))
    assert {report.total for report in seen} == {len(speech.spans)}


def test_a_cancelled_job_stops_at_the_next_chunk(engine: F5Engine) -> None:
    seen: list[Progress] = []
    control = JobControl(lambda report: (seen.append(report), control.cancel("enough")))
    with pytest.raises(WorkerError, match="CANCELLED: enough"):
        say(engine, chunks_of_text(5), control=control)
    assert len(seen) == 1


def test_a_fix_duration_shorter_than_the_reference_is_refused(engine: F5Engine) -> None:
    with pytest.raises(WorkerError, match=r"fix_duration is 3 s .* must be at least 5\.76"):
        say(engine, SENTENCE, fix_duration=3.0)


def test_a_fix_duration_is_shared_by_several_chunks(engine: F5Engine) -> None:
    speech = say(engine, chunks_of_text(3), fix_duration=40.0)
    reference = 4.96  # seconds: the default voice as it is used
    assert len(speech.spans) == 3
    assert speech.duration == pytest.approx(40.0 - reference, abs=0.1)


def test_only_the_languages_of_the_settings_are_spoken(models: TinyModels, tmp_path: Path) -> None:
    engine = load(models, tmp_path, F5_LANGUAGES="en, de")
    assert engine.speaks("de")
    assert not engine.speaks("zh")


def test_a_wish_that_cannot_be_met_is_answered_with_a_warning(engine: F5Engine) -> None:
    warnings = say(engine, SENTENCE, verify=True, normalize="on").warnings
    assert warnings == ("verify has no effect: WHISPER_MODEL is none, so nobody can listen",)


def test_what_health_tells_is_json_without_paths(engine: F5Engine) -> None:
    facts = engine.describe()
    assert facts["model"] == "Tiny"
    assert facts["device"] in ("cpu", "cuda")
    assert not any("/" in str(value) for value in facts.values())

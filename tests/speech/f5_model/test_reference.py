from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from f5_worker.errors import WorkerError
from f5_worker.speech.f5 import F5Engine
from f5_worker.speech.f5_model.reference import check_transcript, cut_recording
from f5_worker.voices.recording import MAX_REFERENCE_SECONDS

RATE = 24_000


def tone(seconds: float, level: float = 0.3) -> NDArray[np.float64]:
    return level * np.sin(2 * np.pi * 220 * np.arange(int(seconds * RATE)) / RATE)


def silence(seconds: float) -> NDArray[np.float64]:
    return np.zeros(int(seconds * RATE))


def written(folder: Path, *parts: NDArray[np.float64], rate: int = RATE) -> Path:
    path = folder / "voice.wav"
    soundfile.write(path, np.concatenate(parts), rate, "PCM_16")
    return path


def test_a_short_recording_is_kept_whole_without_the_silence_around_it(tmp_path: Path) -> None:
    recording = cut_recording(written(tmp_path, silence(0.8), tone(3), silence(0.7)))
    assert not recording.is_cut
    assert recording.seconds == pytest.approx(3.05, abs=0.03)  # and upstream's 50 ms at the end


def test_a_long_recording_is_cut_at_its_last_pause_before_the_limit(tmp_path: Path) -> None:
    phrases = [part for _ in range(10) for part in (tone(2.6), silence(0.3))]
    recording = cut_recording(written(tmp_path, *phrases))
    assert recording.is_cut
    assert recording.seconds == pytest.approx(4 * 2.9 - 0.3 + 0.05, abs=0.03)


def test_a_cut_is_never_in_a_word(tmp_path: Path) -> None:
    phrases = [part for _ in range(8) for part in (tone(2.6), silence(0.04), tone(1.2), silence(0.2))]
    recording = cut_recording(written(tmp_path, *phrases))
    assert recording.seconds <= MAX_REFERENCE_SECONDS
    phrase = 2.6 + 0.04 + 1.2
    assert (recording.seconds - 0.05) % (phrase + 0.2) == pytest.approx(phrase, abs=0.03)


def test_a_recording_with_noise_is_cut_where_only_the_noise_is(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(0, 0.012, 30 * RATE)  # -38 dBFS
    phrases = np.concatenate([part for _ in range(10) for part in (tone(2.6), silence(0.4))])
    recording = cut_recording(written(tmp_path, phrases + noise[: len(phrases)]))
    assert 8.5 < recording.seconds < MAX_REFERENCE_SECONDS


@pytest.mark.parametrize("place", [7.0, 9.3, 11.9])
def test_a_long_recording_without_a_pause_is_cut_where_it_is_quietest(tmp_path: Path, place: float) -> None:
    recording = cut_recording(written(tmp_path, tone(place - 0.03), tone(0.06, 0.1), tone(20)))
    assert recording.is_cut
    assert recording.seconds == pytest.approx(place + 0.05, abs=0.03)


def test_long_pauses_do_not_count(tmp_path: Path) -> None:
    recording = cut_recording(written(tmp_path, tone(4), silence(6), tone(4)))
    assert not recording.is_cut
    assert recording.seconds == pytest.approx(10.05, abs=0.05)


@pytest.mark.parametrize("parts", [(silence(3),), (silence(1), tone(0.2), silence(1))])
def test_a_recording_with_hardly_any_speech_is_refused(
    tmp_path: Path, parts: tuple[NDArray[np.float64], ...]
) -> None:
    with pytest.raises(WorkerError, match=r"VOICE_REJECTED: .* holds 0\.\d s of speech; it must hold"):
        cut_recording(written(tmp_path, *parts))


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("Some call me nature, others call me mother nature.", True),
        ("a " * 200, False),
        ("Hi.", False),
        ("今天天气很好我们一起去公园散步吧", True),
        ("今天天气很好" * 10, False),
    ],
    ids=["right", "too long", "too short", "Chinese", "too much Chinese"],
)
def test_a_transcript_that_nobody_says_in_that_time_is_refused(tmp_path: Path, text: str, fits: bool) -> None:
    recording = cut_recording(written(tmp_path, tone(4)))
    if fits:
        check_transcript(text, recording)
        return
    with pytest.raises(
        WorkerError, match=r"VOICE_REJECTED: the transcript has \d+ letters, which nobody says"
    ):
        check_transcript(text, recording)


def test_a_transcript_of_the_whole_does_not_fit_what_is_left_of_it(tmp_path: Path) -> None:
    phrases = [part for _ in range(10) for part in (tone(2.6), silence(0.3))]
    recording = cut_recording(written(tmp_path, *phrases))
    with pytest.raises(WorkerError, match="after it was cut at a pause before 12 s"):
        check_transcript("word " * 100, recording)  # 14 letters a second of the whole 29


def test_a_voice_is_prepared_once(engine: F5Engine) -> None:
    first = engine._references.get(engine.default_voice, 0.1)
    assert engine._references.get(engine.default_voice, 0.1) is first
    assert engine._references.get(engine.default_voice, 0.2) is not first

import io
import tracemalloc

import numpy as np
import pytest
import soundfile

from f5_worker.errors import Code, WorkerError
from f5_worker.voices.recording import check_reference
from tests.recordings import as_file, recording, speechlike

RATE = 24_000
MOST = 30.0  # seconds
VIDEO = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + bytes(5000)


def _with_nan() -> bytes:
    samples = speechlike(3)
    samples[1000] = np.nan
    return as_file(samples, coding="FLOAT")


def _with_infinity() -> bytes:
    samples = speechlike(3)
    samples[-1] = np.inf
    return as_file(samples, coding="FLOAT")


REJECTED = {
    "empty": (b"", "empty"),
    "text": (b"This is no audio at all.\n" * 100, "cannot be decoded"),
    "json": (b'{"audio": "https://example.com/a.wav"}', "cannot be decoded"),
    "video": (VIDEO, "cannot be decoded"),
    "zeros": (bytes(100_000), "cannot be decoded"),
    "header only": (recording()[:44], "ends before"),
    "half a header": (recording()[:20], "cannot be decoded"),
    "cut WAV": (recording()[:-50_000], "ends before"),
    "cut FLAC": (as_file(speechlike(5), container="FLAC")[:-20_000], "it must be"),
    "no samples": (as_file(np.zeros(0, np.float32)), "0.00 seconds long"),
    "too short": (recording(0.2), "0.20 seconds long; it must be at least 1"),
    "just too short": (recording(0.99), "0.99 seconds long"),
    "digital silence": (as_file(np.zeros(3 * RATE, np.float32)), "silent"),
    "faint noise": (recording(3, peak=0.002), "silent"),
    "rate": (recording(3, rate=7_999), "sample rate of 7999 Hz; it must be at least 8000"),
    "not a number": (_with_nan(), "no numbers"),
    "infinity": (_with_infinity(), "no numbers"),
}


@pytest.mark.parametrize("kind", REJECTED)
def test_unfit_recordings_are_rejected_with_the_reason(kind: str) -> None:
    data, part = REJECTED[kind]
    with pytest.raises(WorkerError) as caught:
        check_reference(data, MOST)
    assert caught.value.code is Code.VOICE_REJECTED
    assert part in caught.value.message


@pytest.mark.parametrize("container", ["WAV", "FLAC", "OGG", "MP3"])
def test_every_container_gives_a_mono_16_bit_wav_at_its_own_rate(container: str) -> None:
    samples = speechlike(3, 44_100)
    reference = check_reference(as_file(samples, 44_100, container), MOST)
    stored = soundfile.info(io.BytesIO(reference.wav))
    assert (stored.channels, stored.samplerate, stored.subtype) == (1, 44_100, "PCM_16")
    assert reference.sample_rate == 44_100
    assert reference.duration == pytest.approx(3, abs=0.06)  # MP3 pads to whole frames
    assert reference.warnings == ()


def test_a_16_bit_mono_recording_keeps_every_sample() -> None:
    data = recording(3)
    kept, _ = soundfile.read(io.BytesIO(check_reference(data, MOST).wav), dtype="int16")
    given, _ = soundfile.read(io.BytesIO(data), dtype="int16")
    assert np.array_equal(kept, given)


def test_rates_above_48_khz_are_brought_down_to_it() -> None:
    reference = check_reference(recording(3, rate=96_000), MOST)
    assert reference.sample_rate == 48_000
    assert reference.duration == pytest.approx(3)


def test_eight_channels_are_mixed_to_one() -> None:
    channels = np.stack([speechlike(2, seed=seed) for seed in range(8)], axis=1)
    kept, _ = soundfile.read(io.BytesIO(check_reference(as_file(channels), MOST).wav), dtype="float32")
    assert kept.shape == (2 * RATE,)
    assert kept == pytest.approx(channels.mean(axis=1), abs=2 / 32_768)


def test_one_second_and_just_the_limit_are_accepted() -> None:
    assert check_reference(recording(1.0), MOST).duration == 1.0
    assert check_reference(recording(30.0), MOST).duration == 30.0


def _clipped() -> bytes:
    return as_file(np.clip(speechlike(5) * 8, -1, 1))


def _mostly_silent() -> bytes:
    return as_file(np.concatenate([speechlike(2), np.zeros(4 * RATE, np.float32)]))


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (_clipped(), "clipped"),
        (_mostly_silent(), "louder than silence"),
        (recording(5, peak=0.01), "very quiet"),
        (recording(5, rate=8_000), "sample rate is 8000 Hz"),
        (recording(12.5), "12.5 seconds long; F5-TTS uses at most 12, up to the last pause"),
    ],
)
def test_poor_recordings_are_accepted_with_a_warning(data: bytes, part: str) -> None:
    (warning,) = check_reference(data, MOST).warnings
    assert part in warning


@pytest.mark.parametrize("container", ["WAV", "FLAC", "OGG", "MP3"])
def test_of_a_recording_that_is_too_long_the_beginning_is_kept_with_a_warning(container: str) -> None:
    samples = speechlike(60, 8_000)
    reference = check_reference(as_file(samples, 8_000, container), MOST)
    assert reference.duration == MOST
    assert reference.warnings[0] == "it is longer than 30 seconds; only its beginning is kept"
    if container == "WAV":
        kept, _ = soundfile.read(io.BytesIO(reference.wav), dtype="float32")
        assert kept == pytest.approx(samples[: len(kept)], abs=1 / 32_768)


def test_a_long_recording_may_end_anywhere_behind_what_is_kept() -> None:
    whole = recording(60)
    assert check_reference(whole[: len(whole) * 2 // 3], MOST).wav == check_reference(whole, MOST).wav


def test_what_is_kept_is_kept_as_it_is_when_it_is_checked_again() -> None:
    once = check_reference(recording(40, 44_100), MOST).wav
    assert check_reference(once, MOST).wav == once


def test_a_good_recording_has_no_warning() -> None:
    assert check_reference(recording(8), MOST).warnings == ()


@pytest.mark.parametrize(
    ("channels", "rate", "seconds", "part"),
    [(1, 48_000, 600, "is silent"), (8, 600_000, 29, "more than 256 MiB when decoded")],
)
def test_a_small_file_of_much_silence_is_refused_before_it_fills_the_memory(
    channels: int, rate: int, seconds: int, part: str
) -> None:
    data = _silence(channels, rate, seconds)
    assert len(data) < 3_000_000
    tracemalloc.start()
    try:
        with pytest.raises(WorkerError, match=part):
            check_reference(data, MOST)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 30_000_000


def _silence(channels: int, rate: int, seconds: int) -> bytes:
    target = io.BytesIO()
    second = np.zeros((rate, channels), np.int16)
    with soundfile.SoundFile(target, "w", rate, channels, format="FLAC") as file:
        for _ in range(seconds):
            file.write(second)
    return target.getvalue()

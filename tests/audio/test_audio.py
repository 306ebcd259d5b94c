import io
import subprocess
import sys
from typing import get_args

import numpy as np
import pytest
import soundfile

from f5_worker.audio import Samples, mix_to_mono, resample
from f5_worker.audio.decoding import UndecodableAudio, decode
from f5_worker.audio.encoding import encode
from f5_worker.errors import WorkerError
from f5_worker.schemas import AudioFormat

RATE = 24_000
FORMATS = get_args(AudioFormat)


def tone(seconds: float, hertz: float = 220.0) -> Samples:
    time = np.arange(round(seconds * RATE)) / RATE
    return (0.4 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


@pytest.mark.parametrize("audio_format", FORMATS)
def test_what_is_encoded_is_decoded_with_the_same_length_and_sound(audio_format: AudioFormat) -> None:
    sound = tone(1.5)
    decoded, rate = decode(encode(sound, RATE, audio_format))
    assert rate == RATE
    assert decoded.shape == (len(sound), 1)
    assert decoded.dtype == np.float32
    middle = slice(RATE // 4, -RATE // 4)  # lossy codecs smear the edges
    assert np.corrcoef(sound[middle], decoded[middle, 0])[0, 1] > 0.999


@pytest.mark.parametrize("audio_format", FORMATS)
def test_the_same_samples_give_the_same_bytes_in_every_process(audio_format: AudioFormat) -> None:
    program = (
        "import hashlib, sys, numpy; from f5_worker.audio.encoding import encode;"
        "sound = (0.4 * numpy.sin(numpy.arange(48000) * 0.05)).astype('float32');"
        "digest = lambda: hashlib.sha256(encode(sound, 24000, sys.argv[1])).hexdigest();"
        "print(digest(), digest())"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", program, audio_format], capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(2)
    ]
    assert len({digest for run in runs for digest in run}) == 1


def test_an_ogg_file_is_still_valid_after_its_serial_number_was_fixed() -> None:
    encoded = encode(tone(30), RATE, "ogg")
    pages = [at for at in range(len(encoded)) if encoded.startswith(b"OggS", at)]
    assert {encoded[at + 14 : at + 18] for at in pages} == {b"\x01\0\0\0"}
    decoded, _ = decode(encoded)  # libogg drops every page whose checksum is wrong
    assert len(decoded) == 30 * RATE


def test_five_minutes_can_be_encoded_as_ogg() -> None:
    sound = np.tile(tone(1), 300)
    info = soundfile.info(io.BytesIO(encode(sound, RATE, "ogg")))
    assert info.frames == len(sound)


def test_sound_louder_than_full_scale_is_clipped_and_does_not_wrap() -> None:
    decoded, _ = decode(encode(np.full(100, 1.7, np.float32), RATE, "wav"))
    assert decoded.min() > 0.99


def test_no_samples_make_a_valid_wav() -> None:
    decoded, _ = decode(encode(np.zeros(0, np.float32), RATE, "wav"))
    assert decoded.shape == (0, 1)


def test_a_format_that_cannot_be_written_is_a_worker_error() -> None:
    with pytest.raises(WorkerError, match="INTERNAL: the audio could not be encoded as mp3"):
        encode(tone(0.1), 7, "mp3")


def test_channels_survive_decoding_and_mix_to_mono() -> None:
    stereo = np.stack([tone(0.5), np.zeros(RATE // 2, np.float32)], axis=1)
    decoded, _ = decode(encode(stereo, RATE, "flac"))
    assert decoded.shape == (RATE // 2, 2)
    mono = mix_to_mono(decoded)
    assert mono.shape == (RATE // 2,)
    assert np.abs(mono - tone(0.5) / 2).max() < 1e-3


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000])
def test_resampling_keeps_the_duration_and_the_pitch(rate: int) -> None:
    time = np.arange(rate) / rate
    resampled = resample(np.sin(2 * np.pi * 440 * time).astype(np.float32), rate, RATE)
    assert len(resampled) == RATE
    assert len(resampled) / RATE == 1.0
    assert np.argmax(np.abs(np.fft.rfft(resampled))) == 440


BROKEN = {
    "empty": (b"", "is empty"),
    "text": (b"This is not audio at all. " * 50, "cannot be decoded"),
    "zeros": (bytes(4096), "cannot be decoded"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(500), "cannot be decoded"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_audio_is_refused_in_a_sentence_that_names_the_formats(name: str) -> None:
    data, reason = BROKEN[name]
    with pytest.raises(UndecodableAudio, match=f"{reason}.*WAV, FLAC, OGG or MP3"):
        decode(data)


@pytest.mark.parametrize("audio_format", ["wav", "flac"])
def test_a_file_that_was_cut_short_is_refused(audio_format: AudioFormat) -> None:
    encoded = encode(tone(5), RATE, audio_format)
    with pytest.raises(UndecodableAudio):
        decode(encoded[: len(encoded) // 2])


def test_a_streamed_wav_without_a_size_is_read() -> None:
    encoded = encode(tone(0.5), RATE, "wav")
    streamed = encoded[:4] + b"\xff\xff\xff\xff" + encoded[8:40] + b"\xff\xff\xff\xff" + encoded[44:]
    decoded, _ = decode(streamed)
    assert len(decoded) == RATE // 2


def test_of_audio_that_is_longer_one_sample_more_than_asked_for_is_decoded() -> None:
    encoded = encode(tone(2), RATE, "flac")
    assert len(decode(encoded, most_seconds=2)[0]) == 2 * RATE
    assert len(decode(encoded, most_seconds=1.5)[0]) == 1.5 * RATE + 1

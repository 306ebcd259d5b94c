"""Audio as bytes and as samples: decode, resample, encode; nothing here touches a disk."""

import io
import math

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from f5_worker.errors import Code, WorkerError
from f5_worker.ogg import with_fixed_serial
from f5_worker.requests import AudioFormat

Samples = NDArray[np.float32]  # [samples] or [samples, channels], -1 to 1

# libsndfile's names of what is read. WAVEX is a WAV with more than two channels or over 16 bits.
_READ = frozenset({"WAV", "WAVEX", "FLAC", "OGG", "MP3"})

# How each format is written: libsndfile's container and coding.
_WRITTEN: dict[AudioFormat, tuple[str, str]] = {
    "wav": ("WAV", "PCM_16"),
    "flac": ("FLAC", "PCM_16"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "ogg": ("OGG", "VORBIS"),
}

# libvorbis keeps what one write gives it on the stack: two minutes at once crash the process.
_BLOCK = 65_536  # samples a write

_RIFF_STREAMED = 0xFFFF_FFFF  # the size in a WAV whose writer could not go back and fill it in


class UndecodableAudio(Exception):
    """The bytes are no whole audio file of a format that is read; its text is a sentence for the caller."""


def decode(data: bytes, most_seconds: float = math.inf) -> tuple[Samples, int]:
    """Decode a WAV, FLAC, OGG or MP3 file: float32 [samples, channels] and its rate in Hz.

    Raises `UndecodableAudio` when the bytes are something else, damaged or a WAV or FLAC cut short, or
    hold more than `most_seconds` of audio, which is known before more than that is held in memory.
    """
    if not data:
        raise UndecodableAudio("the audio file is empty; it must be a WAV, FLAC, OGG or MP3 file")
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            if file.format not in _READ:
                raise UndecodableAudio(
                    f"the audio file is of the format {file.format}; it must be WAV, FLAC, OGG or MP3"
                )
            promised, rate = file.frames, file.samplerate
            most = promised if math.isinf(most_seconds) else int(most_seconds * rate)
            audio: Samples = file.read(min(promised, most + 1), dtype="float32", always_2d=True)
    except soundfile.SoundFileError:
        raise UndecodableAudio(
            "the audio file cannot be decoded; it must be a WAV, FLAC, OGG or MP3 file"
        ) from None
    if len(audio) > most:
        raise UndecodableAudio(
            f"the audio file is longer than {most_seconds:g} seconds; it must be at most that long"
        )
    if len(audio) < promised or _is_cut_wav(data):
        raise UndecodableAudio("the audio file ends before its own header says; it must be a whole file")
    return audio, rate


def _is_cut_wav(data: bytes) -> bool:
    """Whether a WAV ends before its header says; libsndfile reads it as if it were whole."""
    if data[:4] != b"RIFF":
        return False
    size = int.from_bytes(data[4:8], "little")
    return size != _RIFF_STREAMED and size + 8 > len(data) + 1  # a missing pad byte is common and harmless


def mix_to_mono(audio: Samples) -> Samples:
    """The mean of the channels: [samples, channels] ─▶ [samples]."""
    return audio if audio.ndim == 1 else audio.mean(axis=1, dtype=np.float32)


def resample(audio: Samples, rate: int, to: int) -> Samples:
    """Change the sample rate (Hz) of [samples] or [samples, channels], to 20 bits (soxr's HQ)."""
    resampled: Samples = soxr.resample(audio, rate, to, quality="HQ")
    return resampled


def seconds(audio: Samples, rate: int) -> float:
    """How long the audio is."""
    return len(audio) / rate


def encode(audio: Samples, rate: int, audio_format: AudioFormat) -> bytes:
    """Encode audio as a whole file; the same samples give the same bytes. Louder than 1 is clipped.

    Raises `WorkerError(INTERNAL)` when libsndfile cannot write the format.
    """
    container, coding = _WRITTEN[audio_format]
    channels = 1 if audio.ndim == 1 else audio.shape[1]
    target = io.BytesIO()
    try:
        with soundfile.SoundFile(
            target, "w", samplerate=rate, channels=channels, format=container, subtype=coding
        ) as file:
            for start in range(0, len(audio), _BLOCK):
                file.write(audio[start : start + _BLOCK])
    except soundfile.SoundFileError:
        raise WorkerError(
            Code.INTERNAL, f"the audio could not be encoded as {audio_format}; try another audio_format"
        ) from None
    return with_fixed_serial(target.getvalue()) if container == "OGG" else target.getvalue()

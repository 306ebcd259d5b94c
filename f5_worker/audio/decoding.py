"""Bytes of an audio file ─▶ samples."""

import io
import math

import soundfile

from f5_worker.audio import Samples

# libsndfile's names of what is read. WAVEX is a WAV with more than two channels or over 16 bits.
_READ = frozenset({"WAV", "WAVEX", "FLAC", "OGG", "MP3"})

_RIFF_STREAMED = 0xFFFF_FFFF  # the size in a WAV whose writer could not go back and fill it in


class UndecodableAudio(Exception):
    """The bytes are no whole audio file of a format that is read; its text is a sentence for the caller."""


def decode(data: bytes, most_seconds: float = math.inf) -> tuple[Samples, int]:
    """Decode a WAV, FLAC, OGG or MP3 file: float32 [samples, channels] and its rate in Hz.

    Of a longer file only the beginning is decoded: `most_seconds` and one sample more, which says that
    there is more. Raises `UndecodableAudio` when the bytes are something else, damaged, or a WAV or FLAC
    that is cut short before that.
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
            wanted = min(promised, most + 1)
            audio: Samples = file.read(wanted, dtype="float32", always_2d=True)
    except soundfile.SoundFileError:
        raise UndecodableAudio(
            "the audio file cannot be decoded; it must be a WAV, FLAC, OGG or MP3 file"
        ) from None
    if len(audio) < wanted or (len(audio) <= most and _is_cut_wav(data)):
        raise UndecodableAudio("the audio file ends before its own header says; it must be a whole file")
    return audio, rate


def _is_cut_wav(data: bytes) -> bool:
    """Whether a WAV ends before its header says; libsndfile reads it as if it were whole."""
    if data[:4] != b"RIFF":
        return False
    size = int.from_bytes(data[4:8], "little")
    return size != _RIFF_STREAMED and size + 8 > len(data) + 1  # a missing pad byte is common and harmless

"""Samples ─▶ bytes of an audio file; the same samples give the same bytes."""

import io

import soundfile

from f5_worker.audio import Samples
from f5_worker.audio.ogg import with_fixed_serial
from f5_worker.catalog import AUDIO_FORMATS
from f5_worker.errors import Code, WorkerError
from f5_worker.schemas import AudioFormat

# libvorbis keeps what one write gives it on the stack: two minutes at once crash the process.
_BLOCK = 65_536  # samples a write


def encode(audio: Samples, rate: int, audio_format: AudioFormat) -> bytes:
    """Encode audio as a whole file; the same samples give the same bytes. Louder than 1 is clipped.

    Raises `WorkerError(INTERNAL)` when libsndfile cannot write the format.
    """
    part = AUDIO_FORMATS[audio_format]
    channels = 1 if audio.ndim == 1 else audio.shape[1]
    target = io.BytesIO()
    try:
        with soundfile.SoundFile(
            target, "w", samplerate=rate, channels=channels, format=part.container, subtype=part.coding
        ) as file:
            for start in range(0, len(audio), _BLOCK):
                file.write(audio[start : start + _BLOCK])
    except soundfile.SoundFileError:
        raise WorkerError(
            Code.INTERNAL, f"the audio could not be encoded as {audio_format}; try another audio_format"
        ) from None
    return with_fixed_serial(target.getvalue()) if part.container == "OGG" else target.getvalue()

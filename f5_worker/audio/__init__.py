"""Audio as samples: what an array of it means, its rate, and changing that; nothing here touches a disk."""

import numpy as np
import soxr
from numpy.typing import NDArray

SAMPLE_RATE = 24_000  # Hz of all speech: F5-TTS's rate, and what every engine is brought to
RECOGNITION_RATE = 16_000  # Hz; what Whisper, wav2vec2, pocketsphinx and Google take

Audio = NDArray[np.float32]  # mono [samples] at SAMPLE_RATE, -1 to 1
Samples = NDArray[np.float32]  # [samples] or [samples, channels] at any rate, -1 to 1


def mix_to_mono(audio: Samples) -> Samples:
    """The mean of the channels: [samples, channels] ─▶ [samples]."""
    return audio if audio.ndim == 1 else audio.mean(axis=1, dtype=np.float32)


def resample(audio: Samples, rate: int, to: int) -> Samples:
    """Change the sample rate (Hz) of [samples] or [samples, channels], to 20 bits (soxr's HQ)."""
    resampled: Samples = soxr.resample(audio, rate, to, quality="HQ")
    return resampled

"""Reference audio for tests, as bytes of files: what a good recording is, and every way to be a bad one."""

import io

import numpy as np
import soundfile
from numpy.typing import NDArray


def speechlike(seconds: float, rate: int = 24_000, peak: float = 0.5, seed: int = 0) -> NDArray[np.float32]:
    """Noise in syllables of 250 ms, [samples]: loudness and pauses like those of speech."""
    time = np.arange(int(seconds * rate)) / rate
    noise = np.random.default_rng(seed).standard_normal(len(time))
    syllables = noise * (0.2 + np.sin(2 * np.pi * 2 * time) ** 2)
    return (syllables / max(np.abs(syllables).max(initial=0), 1e-9) * peak).astype(np.float32)


def as_file(
    samples: NDArray[np.float32], rate: int = 24_000, container: str = "WAV", coding: str | None = None
) -> bytes:
    target = io.BytesIO()
    soundfile.write(target, samples, rate, format=container, subtype=coding)
    return target.getvalue()


def recording(seconds: float = 5.0, rate: int = 24_000, peak: float = 0.5, seed: int = 0) -> bytes:
    return as_file(speechlike(seconds, rate, peak, seed), rate)

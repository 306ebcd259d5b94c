"""Mel-frequency cepstral coefficients of speech, ten milliseconds a frame."""

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from f5_worker.audio import SAMPLE_RATE, Audio
from f5_worker.timing.checks import HOP

_HOP = round(HOP * SAMPLE_RATE)  # 240 samples
_WINDOW = 600  # samples: 25 ms
_FFT = 1024
_BANDS = 26  # mel bands from 100 Hz to 8 kHz
_COEFFICIENTS = 13


def mfcc(audio: Audio) -> NDArray[np.float32]:
    """Coefficients with their slopes, each with mean 0 and variance 1: [samples] ─▶ [samples // hop, 26]."""
    frames = len(audio) // _HOP
    padded = np.pad(audio, ((_WINDOW - _HOP) // 2, _WINDOW))
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP][:frames]
    power = np.abs(np.fft.rfft(windows * np.hanning(_WINDOW), _FFT)) ** 2
    logarithms = np.log(power @ _mel_filters().T + 1e-8)
    coefficients = logarithms @ _cosines().T
    features = np.hstack([coefficients, np.gradient(coefficients, axis=0)])
    normal = (features - features.mean(axis=0)) / (features.std(axis=0) + 1e-6)
    return np.asarray(normal, np.float32)


@cache
def _mel_filters() -> NDArray[np.float64]:
    """Triangles that are evenly spaced in mel (2595 log10(1 + f / 700)): [bands, bins]."""
    edges = 700 * (10 ** (np.linspace(_mel(100.0), _mel(8000.0), _BANDS + 2) / 2595) - 1)
    bins = np.fft.rfftfreq(_FFT, 1 / SAMPLE_RATE)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.asarray(np.clip(np.minimum(rising, falling), 0, None))


def _mel(hertz: float) -> float:
    return 2595 * math.log10(1 + hertz / 700)


@cache
def _cosines() -> NDArray[np.float64]:
    """The first rows of the discrete cosine transform (type II): [coefficients, bands]."""
    return np.asarray(np.cos(np.pi * np.arange(_COEFFICIENTS)[:, None] * (np.arange(_BANDS) + 0.5) / _BANDS))

"""The mel spectrogram that F5-TTS and Vocos speak through: its numbers, and frames to seconds and back."""

from f5_worker.audio import SAMPLE_RATE

N_MELS = 100  # numbers per frame
N_FFT = 1024  # samples per window
HOP = 256  # samples between two frames: 93.75 frames a second


def frames(seconds: float) -> int:
    """The whole frames in so many seconds, as upstream counts them."""
    return int(seconds * SAMPLE_RATE / HOP)


def seconds(frames: int) -> float:
    """How long so many frames last."""
    return frames * HOP / SAMPLE_RATE

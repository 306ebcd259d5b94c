import numpy as np
import pytest

from f5_worker.audio import SAMPLE_RATE
from f5_worker.settings import Settings
from f5_worker.speech import Span, Speech
from testing.corpus import TINY_ALIGNER
from testing.corpus.sentences import plain, with_numbers
from testing.corpus.timed_speech import DEVELOPMENT_VOICES, chunk_of, sentences


@pytest.fixture
def settings(tmp_path):
    """Settings with the tiny aligner and an empty volume."""
    return Settings(ALIGN_MODEL=str(TINY_ALIGNER), RUNPOD_VOLUME=tmp_path)


@pytest.fixture(scope="session")
def speeches():
    """Plain sentences and ones with numbers, of voices that the aligner was not trained on."""
    voices = DEVELOPMENT_VOICES[:3]
    return sentences(plain, 3, 7, voices) + sentences(with_numbers, 3, 7, voices)


def spoken_over(text, audio):
    """A speech that claims to say `text`."""
    return Speech(audio, (Span(chunk_of(text), 0, len(audio)),))


def noise(seconds, loudness=0.1):
    return np.random.default_rng(0).normal(0, loudness, round(seconds * SAMPLE_RATE)).astype(np.float32)


def silence(seconds):
    return np.zeros(round(seconds * SAMPLE_RATE), np.float32)


def start_errors(timings, speeches):
    """Milliseconds, of every word of speeches of one chunk."""
    return [
        1000 * abs(word.start - true.start)
        for timing, spoken in zip(timings, speeches, strict=True)
        for word, true in zip(timing.words, spoken.truth, strict=True)
    ]

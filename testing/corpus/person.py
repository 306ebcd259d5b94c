"""A person's sentence, the example of the f5-tts package, without the times of its words."""

from f5_worker.audio import SAMPLE_RATE, mix_to_mono, resample
from f5_worker.audio.decoding import decode
from f5_worker.speech import Span, Speech
from f5_worker.speech.f5_model.files import package_folder
from testing.corpus.timed_speech import chunk_of

_RECORDING = "infer/examples/basic/basic_ref_en.wav"
TEXT = "Some call me nature, others call me mother nature."
PAUSE = (2.0, 2.9)  # seconds, about; between "nature," and "others"


def recording() -> bytes:
    """The file as it lies in the package."""
    return (package_folder() / _RECORDING).read_bytes()


def sentence() -> Speech:
    """The recording as speech of one chunk."""
    samples, rate = decode(recording())
    audio = resample(mix_to_mono(samples), rate, SAMPLE_RATE)
    return Speech(audio, (Span(chunk_of(TEXT), 0, len(audio)),))

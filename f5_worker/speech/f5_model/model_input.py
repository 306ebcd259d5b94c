"""A chunk of text ─▶ the model's token ids and the number of mel frames it is given."""

import unicodedata
from dataclasses import dataclass
from types import SimpleNamespace

import torch

from f5_worker.errors import Code, WorkerError
from f5_worker.schemas import Normalize
from f5_worker.speech.f5_model import mel
from f5_worker.speech.f5_model.checkpoint import Vocabulary
from f5_worker.speech.f5_model.reference import Reference
from f5_worker.text.normalization import spell_out

MIN_SPEECH = 0.8  # seconds; with less than that the model makes noise of a word


@dataclass(frozen=True)
class ModelInput:
    """What one chunk asks of the model: `tokens` [text] (long, on the CPU), frames with the reference's."""

    index: int
    text: str
    tokens: torch.Tensor
    frames: int


def speech_frames(text: str, reference: Reference, speed: float) -> int:
    """Frames of speech for a text: upstream's rule, but for texts that it would stretch.

    Upstream speaks everything under 10 bytes at speed 0.3; here such a text gets its predicted
    length or `MIN_SPEECH`, whichever is longer.
    """
    predicted = int(reference.frames / len(reference.text.encode()) * len(text.encode()) / speed)
    return max(predicted, mel.frames(MIN_SPEECH))


def shared_frames(
    texts: list[str], reference: Reference, fix_duration: float, cross_fade: float
) -> list[int]:
    """Frames of each chunk, reference included, for reference and speech of `fix_duration` seconds.

    Upstream's rule: one chunk gets all of it, more than one share it by their length in bytes. Raises
    `WorkerError(INVALID_INPUT)` when the reference leaves too little of it for speech.
    """
    reference_seconds = mel.seconds(reference.frames)
    speech = fix_duration - reference_seconds + cross_fade * (len(texts) - 1)
    if speech < len(texts) * MIN_SPEECH:
        raise WorkerError(
            Code.INVALID_INPUT,
            f"fix_duration is {fix_duration:g} s and includes the reference's {reference_seconds:.2f} s; for "
            f"{len(texts)} chunks it must be at least "
            f"{reference_seconds + len(texts) * MIN_SPEECH - cross_fade * (len(texts) - 1):.2f}",
        )
    if len(texts) == 1:
        return [mel.frames(fix_duration)]
    sizes = [len(text.encode()) for text in texts]
    shares = (reference_seconds + speech * size / sum(sizes) for size in sizes)
    return [mel.frames(seconds) for seconds in shares]


def encode(
    text: str, reference: Reference, upstream: SimpleNamespace, vocabulary: Vocabulary
) -> torch.Tensor:
    """Token ids [tokens] of the reference's transcript and the text, one sequence, as in training."""
    characters = upstream.convert_char_to_pinyin([reference.text + text])
    tokens: torch.Tensor = upstream.list_str_to_idx(characters, vocabulary)[0]
    return tokens


def normalized_text(text: str, language: str, normalize: Normalize) -> str:
    """The text as the model is given it: spelt out, one line, without what cannot be said."""
    said = text if normalize == "off" else spell_out(text, language).text
    heard = (c for c in said if c.isspace() or unicodedata.category(c) not in _UNHEARD)
    return " ".join("".join(heard).split())


_UNHEARD = frozenset({"Cc", "Cf", "Cn", "Co", "So"})  # control and format characters, emoji

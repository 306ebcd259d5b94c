"""Text ─▶ chunks that an engine can speak in one go, each knowing where it stands in the text."""

from collections.abc import Callable
from dataclasses import dataclass

from f5_worker.words import Token


@dataclass(frozen=True)
class Budget:
    """How much text fits a chunk: `cost(text)` is its predicted seconds of speech.

    A chunk costs at most `most`; one that costs less than `least` joins a neighbour where it can.
    """

    cost: Callable[[str], float]
    most: float
    least: float


@dataclass(frozen=True)
class Chunk:
    """A piece of the text, spoken in one go: `text == script.text[start:end]`, tokens inside it.

    `pause` is the exact silence in seconds asked for after it by `[pause:1.5s]`; 0 when none was.
    """

    index: int
    text: str
    start: int
    end: int
    tokens: tuple[Token, ...]
    pause: float


@dataclass(frozen=True)
class Script:
    """The whole text as chunks in order; `lead_in` is the silence in seconds before the first one."""

    text: str
    language: str
    chunks: tuple[Chunk, ...]
    lead_in: float

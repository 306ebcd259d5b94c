"""Word aligners: speech and its known text in, the time of every written word out.

To add an aligner: write `timing/<name>.py` with a class that satisfies `Aligner`, and a line in
`ALIGNERS` of `f5_worker/catalog.py`. The fallback chain tries aligners in order, chunk by chunk.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, Self

from f5_worker.guard import Failed
from f5_worker.job import JobControl
from f5_worker.settings import Settings
from f5_worker.speech import Span, Speech
from f5_worker.text.words import Word


@dataclass(frozen=True)
class ChunkTiming:
    """The times of one chunk's tokens, all of them and in order, or why there are none.

    `billed_seconds` is the audio that a paid service charges for, whether or not it timed the chunk.
    """

    words: tuple[Word, ...] = ()
    failure: str = ""
    billed_seconds: float = 0.0


@dataclass(frozen=True)
class Timing:
    """The times of every token of a speech.

    `method` timed the most words, `shares` gives each method's part of the words (0 to 1),
    `confidence` is the mean score of the words that have one, `billed_seconds` the audio that a paid
    service charges for.
    """

    words: tuple[Word, ...]
    method: str
    shares: dict[str, float]
    confidence: float | None
    warnings: tuple[str, ...] = field(default=())
    billed_seconds: float = 0.0


class Unavailable(Failed):
    """An aligner cannot be used in this worker; its text is the reason, in one sentence."""


class Aligner(Protocol):
    """One aligner of the fallback chain, warm."""

    name: ClassVar[str]
    needs_warning: ClassVar[bool]
    """Whether callers are told when it timed words, since its times are rougher than forced alignment's."""

    @classmethod
    def load(cls, settings: Settings) -> Self:
        """Load and warm the aligner; raise `Unavailable` when what it needs is not there."""
        ...

    def describe(self) -> dict[str, Any]:
        """What `health` tells about the aligner: the models it holds; JSON, no secret, no path."""
        ...

    def unsupported_reason(self, speech: Speech, language: str) -> str:
        """Why this aligner cannot time this speech, in one sentence; empty when it can.

        Decides by what is known: it loads and downloads nothing and asks nobody.
        """
        ...

    def time(
        self, speech: Speech, spans: Sequence[Span], language: str, control: JobControl
    ) -> list[ChunkTiming]:
        """Time the given spans of the speech, one result a span, in the same order.

        Called from several threads at once. Whatever it raises is caught and becomes a warning.
        """
        ...

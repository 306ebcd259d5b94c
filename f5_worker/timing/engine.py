"""The aligner of engines that know when they spoke each word (espeak's word events)."""

from collections.abc import Sequence
from typing import Any, ClassVar, Self

from f5_worker.job import JobControl
from f5_worker.settings import Settings
from f5_worker.speech import Span, Speech
from f5_worker.timing import ChunkTiming


class EngineAligner:
    """Passes on the engine's own word times, which are exact."""

    name: ClassVar[str] = "engine"
    needs_warning: ClassVar[bool] = False

    @classmethod
    def load(cls, settings: Settings) -> Self:
        """Nothing to load."""
        return cls()

    def describe(self) -> dict[str, Any]:
        """It holds nothing."""
        return {}

    def unsupported_reason(self, speech: Speech, language: str) -> str:
        """It times only speech whose engine gave word times."""
        return "" if speech.words is not None else "the engine does not know when it speaks a word"

    def time(
        self,
        speech: Speech,
        spans: Sequence[Span],
        language: str,
        control: JobControl,
    ) -> list[ChunkTiming]:
        """Hand each span the words that lie in its chunk."""
        by_start = {word.token.start: word for word in speech.words or ()}
        timings = []
        for done, span in enumerate(spans, start=1):
            timings.append(ChunkTiming(tuple(by_start[token.start] for token in span.chunk.tokens)))
            control.report("timing", done, len(spans))
        return timings

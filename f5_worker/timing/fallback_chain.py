"""The fallback chain: every aligner in turn, chunk by chunk, until each chunk has its times."""

import itertools
import logging
import math
from collections.abc import Sequence
from dataclasses import replace

from f5_worker.errors import Code, WorkerError
from f5_worker.guard import Failed, Guard
from f5_worker.job import JobControl
from f5_worker.speech import Span, Speech
from f5_worker.text.words import Word
from f5_worker.timing import Aligner, ChunkTiming, Timing

log = logging.getLogger(__name__)

MAX_SECONDS = 60.0  # that an aligner may take, and as long again as the audio lasts


class FallbackChain:
    """Warm aligners, best first. A chunk that one cannot time goes to the next, alone."""

    def __init__(self, aligners: Sequence[Aligner], missing: dict[str, str]) -> None:
        self.aligners = tuple(aligners)
        self._guards = {aligner.name: Guard(aligner.name) for aligner in aligners}
        self.missing = missing
        """Configured aligners that could not be loaded, with the reason."""

    def time(self, speech: Speech, first: str | None, control: JobControl) -> Timing:
        """Time every token of `speech`, each chunk in its language; `first` names the aligner to try first.

        Raises `WorkerError(TIMING_FAILED)` when a chunk is left that no aligner could time.
        """
        warnings = self._unheeded(first)
        timed: dict[int, tuple[Word, ...]] = {}
        billed = 0.0
        for aligner in sorted(self.aligners, key=lambda aligner: aligner.name != first):
            pending = [span for span in speech.spans if span.chunk.index not in timed]
            if not pending:
                break
            for language, spans in _by_language(pending).items():
                try:
                    refusal, results = self._attempt(aligner, speech, spans, language, control)
                except Failed as reason:
                    warnings.append(f"{aligner.name} timed no word: {reason}")
                    continue
                if refusal and aligner.name == first:
                    warnings.append(f"{aligner.name} was not used: {refusal}")
                billed += sum(result.billed_seconds for result in results)
                timed |= _timed(aligner, spans, results)
        left = len(speech.spans) - len(timed)
        if left:
            raise WorkerError(Code.TIMING_FAILED, f"{left} of {len(speech.spans)} chunks could not be timed")
        words = [word for index in sorted(timed) for word in timed[index]]
        return _summary(words, [*warnings, *self._rough({word.method for word in words})], billed)

    def _attempt(
        self, aligner: Aligner, speech: Speech, spans: Sequence[Span], language: str, control: JobControl
    ) -> tuple[str, list[ChunkTiming]]:
        """Why the aligner does not serve, or else its results; whatever it raises becomes `Failed`."""

        def work(own: JobControl) -> tuple[str, list[ChunkTiming]]:
            refusal = aligner.unsupported_reason(speech, language)
            if refusal:
                return refusal, []
            results = aligner.time(speech, spans, language, own)
            return "", [_checked(result, span) for result, span in zip(results, spans, strict=True)]

        return self._guards[aligner.name].run(work, control, MAX_SECONDS + speech.duration)

    def _rough(self, methods: set[str]) -> list[str]:
        """A warning where words were timed by aligners whose use needs one."""
        used = sorted(methods & {aligner.name for aligner in self.aligners if aligner.needs_warning})
        better = [
            aligner.name
            for aligner in self.aligners
            if not aligner.needs_warning and aligner.name != "engine"
        ]
        if not used:
            return []
        instead = f" instead of {' or '.join(better)}" if better else ", whose times are approximate"
        return [f"words were timed by {', '.join(used)}{instead}"]

    def _unheeded(self, first: str | None) -> list[str]:
        if first is None or any(aligner.name == first for aligner in self.aligners):
            return []
        reason = self.missing.get(first, "it is not one of TIMING_METHODS")
        return [f"timing_method {first!r} is not available in this worker: {reason}"]


def _checked(result: ChunkTiming, span: Span) -> ChunkTiming:
    return replace(result, failure=result.failure or _flaw(result.words, span))


def _by_language(spans: Sequence[Span]) -> dict[str, list[Span]]:
    grouped: dict[str, list[Span]] = {}
    for span in spans:
        grouped.setdefault(span.chunk.language, []).append(span)
    return grouped


def _timed(
    aligner: Aligner, spans: Sequence[Span], results: Sequence[ChunkTiming]
) -> dict[int, tuple[Word, ...]]:
    """The words of the chunks that were timed, by the chunk's index."""
    timed: dict[int, tuple[Word, ...]] = {}
    for span, result in zip(spans, results, strict=False):
        if result.failure:
            log.info("chunk not timed", extra={"aligner": aligner.name, "why": result.failure})
        else:
            timed[span.chunk.index] = result.words
    return timed


def _flaw(words: Sequence[Word], span: Span) -> str:
    """What every aligner must keep: each token once, in order, its times in order too."""
    if tuple(word.token for word in words) != span.chunk.tokens:
        return "its words are not the words of the text"
    times = [time for word in words for time in (word.start, word.end)]
    if not all(map(math.isfinite, times)):
        return "a time is not a number"
    if any(later < earlier for earlier, later in itertools.pairwise(times)):
        return "its times go backwards"
    return ""


def _summary(words: list[Word], warnings: list[str], billed: float) -> Timing:
    counts: dict[str, int] = {}
    for word in words:
        counts[word.method] = counts.get(word.method, 0) + 1
    shares = {method: round(count / len(words), 4) for method, count in counts.items()}
    method = max(counts, key=lambda name: counts[name])
    scores = [word.score for word in words if word.score is not None]
    confidence = round(sum(scores) / len(scores), 4) if scores else None
    return Timing(tuple(words), method, shares, confidence, tuple(warnings), billed)

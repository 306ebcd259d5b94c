"""The fallback chain: every aligner in turn, chunk by chunk, until each chunk has its times."""

import itertools
import logging
from collections.abc import Sequence

from f5_worker.errors import Code, WorkerError
from f5_worker.job import JobControl
from f5_worker.speech import Span, Speech
from f5_worker.text.words import Word
from f5_worker.timing import Aligner, ChunkTiming, Timing

log = logging.getLogger(__name__)

_RIGHTFUL = frozenset({"engine", "whisperx"})  # aligners whose use needs no warning


class FallbackChain:
    """Warm aligners, best first. A chunk that one cannot time goes to the next, alone."""

    def __init__(self, aligners: Sequence[Aligner], missing: dict[str, str]) -> None:
        self.aligners = tuple(aligners)
        self.missing = missing
        """Configured aligners that could not be loaded, with the reason."""

    def time(self, speech: Speech, language: str, first: str | None, control: JobControl) -> Timing:
        """Time every token of `speech`; `first` names the aligner to try before the others.

        Raises `WorkerError(TIMING_FAILED)` when a chunk is left that no aligner could time.
        """
        warnings = self._unheeded(first)
        timed: dict[int, tuple[Word, ...]] = {}
        billed = 0.0
        for aligner in sorted(self.aligners, key=lambda aligner: aligner.name != first):
            pending = [span for span in speech.spans if span.chunk.index not in timed]
            if not pending:
                break
            refusal = aligner.unsupported_reason(speech, language)
            if refusal:
                warnings += [f"{aligner.name} was not used: {refusal}"] if aligner.name == first else []
                continue
            results = _attempt(aligner, speech, pending, language, control)
            billed += sum(result.billed_seconds for result in results)
            for span, result in zip(pending, results, strict=True):
                failure = result.failure or _flaw(result.words, span)
                if failure:
                    log.info("chunk not timed", extra={"aligner": aligner.name, "why": failure})
                else:
                    timed[span.chunk.index] = result.words
        left = len(speech.spans) - len(timed)
        if left:
            raise WorkerError(Code.TIMING_FAILED, f"{left} of {len(speech.spans)} chunks could not be timed")
        return _summary([word for index in sorted(timed) for word in timed[index]], warnings, billed)

    def _unheeded(self, first: str | None) -> list[str]:
        if first is None or any(aligner.name == first for aligner in self.aligners):
            return []
        reason = self.missing.get(first, "it is not one of TIMING_METHODS")
        return [f"timing_method {first!r} is not available in this worker: {reason}"]


def _attempt(
    aligner: Aligner, speech: Speech, spans: Sequence[Span], language: str, control: JobControl
) -> list[ChunkTiming]:
    """Run one aligner; whatever goes wrong in it is a reason to try the next, never to lose the speech."""
    try:
        return aligner.time(speech, spans, language, control)
    except WorkerError as error:
        if error.code is Code.CANCELLED:
            raise
        failure = error.message
    except Exception as error:  # a library's bug is a reason to try the next aligner
        log.warning("aligner failed", exc_info=True, extra={"aligner": aligner.name})
        failure = type(error).__name__
    return [ChunkTiming(failure=failure) for _ in spans]


def _flaw(words: Sequence[Word], span: Span) -> str:
    """What every aligner must keep: each token once, in order, its times in order too."""
    if tuple(word.token for word in words) != span.chunk.tokens:
        return "its words are not the words of the text"
    times = [time for word in words for time in (word.start, word.end)]
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
    lesser = sorted(set(counts) - _RIGHTFUL)
    if lesser:
        warnings = [*warnings, f"words were timed by {', '.join(lesser)} instead of whisperx"]
    confidence = round(sum(scores) / len(scores), 4) if scores else None
    return Timing(tuple(words), method, shares, confidence, tuple(warnings), billed)

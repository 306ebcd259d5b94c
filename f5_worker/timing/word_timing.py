"""When spoken words are heard ─▶ when the written words they stand for are heard."""

from collections.abc import Sequence
from dataclasses import dataclass

from f5_worker.audio import SAMPLE_RATE, Audio
from f5_worker.speech import Span, Speech
from f5_worker.text.normalization import SpokenWord
from f5_worker.text.words import Token, Word


@dataclass(frozen=True)
class WordTiming:
    """One spoken word: `start` and `end` in seconds from the start of its chunk, `score` 0 to 1 or None."""

    start: float
    end: float
    score: float | None


def chunk_audio(speech: Speech, span: Span) -> Audio:
    """The samples of one chunk at `SAMPLE_RATE`."""
    return speech.audio[span.start : span.end]


def written_words(
    span: Span, spoken: Sequence[SpokenWord], heard: Sequence[WordTiming | None], method: str
) -> tuple[Word, ...]:
    """Every token of the chunk once, in order, with times in seconds of the whole audio.

    A token is heard from its first spoken word to its last; its score is their mean. Tokens none of whose
    words was heard share the time between their neighbours by their length, and have no score.
    """
    tokens = span.chunk.tokens
    by_token: dict[int, list[WordTiming]] = {}
    for word, part in zip(spoken, heard, strict=True):
        if part is not None:
            by_token.setdefault(word.token, []).append(part)
    length = (span.end - span.start) / SAMPLE_RATE
    times = [_joined(by_token[index]) if index in by_token else None for index in range(len(tokens))]
    offset = span.start / SAMPLE_RATE
    return tuple(
        Word(token, offset + each.start, offset + each.end, each.score, method)
        for token, each in zip(tokens, _interpolated(tokens, times, length), strict=True)
    )


def _joined(parts: Sequence[WordTiming]) -> WordTiming:
    scores = [part.score for part in parts if part.score is not None]
    return WordTiming(parts[0].start, parts[-1].end, sum(scores) / len(scores) if scores else None)


def _interpolated(
    tokens: Sequence[Token], times: Sequence[WordTiming | None], length: float
) -> list[WordTiming]:
    """Give the tokens that were not heard the time between those that were, within [0, length]."""
    filled: list[WordTiming] = []
    waiting: list[Token] = []
    for token, each in (*zip(tokens, times, strict=True), (None, WordTiming(length, length, None))):
        if each is None and token is not None:
            waiting.append(token)
        elif each is not None:
            left = filled[-1].end if filled else 0.0
            start = min(max(each.start, left), length)
            filled += interpolate(waiting, left, start)
            waiting = []
            if token is not None:
                filled.append(WordTiming(start, min(max(each.end, start), length), each.score))
    return filled


def interpolate(tokens: Sequence[Token], start: float, end: float) -> list[WordTiming]:
    """Spread tokens evenly over a stretch of time, by their number of characters; no scores."""
    characters = sum(len(token.text) for token in tokens)
    spread: list[WordTiming] = []
    done = 0
    for token in tokens:
        left = start + (end - start) * done / characters
        done += len(token.text)
        spread.append(WordTiming(left, start + (end - start) * done / characters, None))
    return spread

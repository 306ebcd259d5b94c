"""The fallback chain gives every chunk the best times to be had, and says who measured them."""

from collections.abc import Sequence

import numpy as np
import pytest

from f5_worker.audio import SAMPLE_RATE
from f5_worker.errors import Code, WorkerError
from f5_worker.job import JobControl
from f5_worker.speech import Span, Speech
from f5_worker.text.chunks import Chunk
from f5_worker.text.words import Word, tokenize
from f5_worker.timing import ChunkTiming
from f5_worker.timing.engine import EngineAligner
from f5_worker.timing.fallback_chain import FallbackChain

TEXTS = ("One two.", "Three four five.")


def speech_of(texts: Sequence[str] = TEXTS, languages: Sequence[str] = ("en", "en")) -> Speech:
    """One second of silence a chunk; the fallback chain looks at no sample."""
    whole = " ".join(texts)
    spans, start = [], 0
    for index, text in enumerate(texts):
        tokens = tokenize(whole, start, start + len(text))
        chunk = Chunk(index, text, start, start + len(text), tokens, 0.0, languages[index])
        spans.append(Span(chunk, index * SAMPLE_RATE, (index + 1) * SAMPLE_RATE))
        start += len(text) + 1
    return Speech(np.zeros(len(texts) * SAMPLE_RATE, np.float32), tuple(spans))


def times_of(span: Span, method: str, score: float | None) -> tuple[Word, ...]:
    begin = span.start / SAMPLE_RATE
    return tuple(
        Word(token, begin + 0.1 * i, begin + 0.1 * i + 0.05, score, method)
        for i, token in enumerate(span.chunk.tokens)
    )


class TimerOf:
    """Times the chunks it is told to; `score` is what it says of itself."""

    def __init__(self, name: str, chunks: set[int], score: float | None = 0.9) -> None:
        self.name = name  # type: ignore[misc] # a class variable in the protocol; here one per aligner
        self.needs_warning = name not in ("engine", "whisperx")  # type: ignore[misc]
        self.chunks = chunks
        self.score = score

    def unsupported_reason(self, speech: Speech, language: str) -> str:
        return "" if language == "en" else f"it does not know {language!r}"

    def time(
        self, speech: Speech, spans: Sequence[Span], language: str, control: JobControl
    ) -> list[ChunkTiming]:
        return [
            ChunkTiming(times_of(span, self.name, self.score))
            if span.chunk.index in self.chunks
            else ChunkTiming(failure="low score")
            for span in spans
        ]


class CrashingAligner(TimerOf):
    def time(
        self, speech: Speech, spans: Sequence[Span], language: str, control: JobControl
    ) -> list[ChunkTiming]:
        raise RuntimeError("a bug in a library")


def test_the_first_aligner_that_succeeds_is_used_without_a_warning() -> None:
    timing = FallbackChain([TimerOf("whisperx", {0, 1}), TimerOf("dtw", {0, 1})], {}).time(
        speech_of(), None, JobControl()
    )
    assert timing.method == "whisperx"
    assert timing.shares == {"whisperx": 1.0}
    assert timing.confidence == 0.9
    assert timing.warnings == ()
    assert [word.token.text for word in timing.words] == ["One", "two.", "Three", "four", "five."]


def test_only_the_chunk_that_failed_goes_to_the_next_aligner() -> None:
    timing = FallbackChain([TimerOf("whisperx", {1}), TimerOf("dtw", {0, 1}, score=None)], {}).time(
        speech_of(), None, JobControl()
    )
    assert [word.method for word in timing.words] == ["dtw", "dtw", "whisperx", "whisperx", "whisperx"]
    assert timing.method == "whisperx"
    assert timing.shares == {"dtw": 0.4, "whisperx": 0.6}
    assert timing.warnings == ("words were timed by dtw instead of whisperx",)


def test_the_aligner_asked_for_is_tried_first() -> None:
    fallback_chain = FallbackChain([TimerOf("whisperx", {0, 1}), TimerOf("dtw", {0, 1})], {})
    assert fallback_chain.time(speech_of(), "dtw", JobControl()).method == "dtw"


def test_a_aligner_that_is_not_there_is_named_with_its_reason() -> None:
    fallback_chain = FallbackChain([TimerOf("dtw", {0, 1})], {"google": "no credentials are set"})
    warnings = fallback_chain.time(speech_of(), "google", JobControl()).warnings
    assert warnings[0] == "timing_method 'google' is not available in this worker: no credentials are set"


def test_a_crash_of_a_aligner_costs_nothing_but_its_turn() -> None:
    fallback_chain = FallbackChain([CrashingAligner("whisperx", set()), TimerOf("dtw", {0, 1})], {})
    assert fallback_chain.time(speech_of(), None, JobControl()).method == "dtw"


def test_when_nothing_can_time_a_chunk_the_error_says_how_many() -> None:
    fallback_chain = FallbackChain([TimerOf("whisperx", {0})], {})
    with pytest.raises(WorkerError, match="1 of 2 chunks") as caught:
        fallback_chain.time(speech_of(), None, JobControl())
    assert caught.value.code is Code.TIMING_FAILED


def test_a_language_that_a_aligner_refuses_passes_it_by() -> None:
    with pytest.raises(WorkerError, match="2 of 2 chunks"):
        FallbackChain([TimerOf("whisperx", {0, 1})], {}).time(
            speech_of(languages=("xx", "xx")), None, JobControl()
        )


@pytest.mark.parametrize("spoil", [lambda words: words[1:], lambda words: words[::-1]])
def test_a_aligner_that_loses_or_reorders_words_is_not_believed(spoil: object) -> None:
    class Spoiling(TimerOf):
        def time(
            self, speech: Speech, spans: Sequence[Span], language: str, control: JobControl
        ) -> list[ChunkTiming]:
            whole = super().time(speech, spans, language, control)
            return [ChunkTiming(spoil(timing.words)) for timing in whole]  # type: ignore[operator] # a lambda

    fallback_chain = FallbackChain([Spoiling("whisperx", {0, 1}), TimerOf("dtw", {0, 1})], {})
    assert fallback_chain.time(speech_of(), None, JobControl()).shares == {"dtw": 1.0}


def test_times_that_go_backwards_are_not_believed() -> None:
    class Backwards(TimerOf):
        def time(
            self, speech: Speech, spans: Sequence[Span], language: str, control: JobControl
        ) -> list[ChunkTiming]:
            return [
                ChunkTiming(
                    tuple(Word(t, 1.0 - 0.1 * i, 1.0, 0.9, "x") for i, t in enumerate(s.chunk.tokens))
                )
                for s in spans
            ]

    fallback_chain = FallbackChain([Backwards("whisperx", {0, 1}), TimerOf("dtw", {0, 1})], {})
    assert fallback_chain.time(speech_of(), None, JobControl()).shares == {"dtw": 1.0}


def test_an_engine_that_knows_its_words_needs_no_other_aligner() -> None:
    speech = speech_of()
    known = tuple(word for span in speech.spans for word in times_of(span, "engine", 1.0))
    timing = FallbackChain([EngineAligner(), TimerOf("dtw", {0, 1})], {}).time(
        Speech(speech.audio, speech.spans, known), None, JobControl()
    )
    assert timing.method == "engine"
    assert timing.words == known


def test_cancellation_is_not_taken_for_a_failed_aligner() -> None:
    class Cancelled(TimerOf):
        def time(
            self, speech: Speech, spans: Sequence[Span], language: str, control: JobControl
        ) -> list[ChunkTiming]:
            control.check()
            return []

    control = JobControl()
    control.cancel("the job was cancelled")
    with pytest.raises(WorkerError, match="cancelled"):
        FallbackChain([Cancelled("whisperx", set()), TimerOf("dtw", {0, 1})], {}).time(
            speech_of(), None, control
        )


def test_a_chain_without_forced_alignment_does_not_speak_of_it() -> None:
    timing = FallbackChain([TimerOf("sphinx", {0, 1})], {}).time(speech_of(), None, JobControl())
    assert timing.warnings == ("words were timed by sphinx, whose times are approximate",)

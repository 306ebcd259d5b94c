"""Google Speech-to-Text: hears the words again, with times, and matches them with the author's words."""

import logging
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from babel.core import get_global

from f5_worker.audio import RECOGNITION_RATE, SAMPLE_RATE, Audio, resample
from f5_worker.job import JobControl
from f5_worker.settings import Settings
from f5_worker.speech import Span, Speech
from f5_worker.text.normalization import SpokenWord, say, spoken_words
from f5_worker.timing import ChunkTiming, Unavailable
from f5_worker.timing.checks import HOP, flaw, loud_frames, trimmed
from f5_worker.timing.word_timing import WordTiming, chunk_audio, written_words

if TYPE_CHECKING:
    from google.cloud.speech import SpeechClient

log = logging.getLogger(__name__)

_MAX_SECONDS = 55.0  # seconds a request: about 60 s and 10 MB are taken inline, and 55 s are 1.8 MB
_SEARCH = 10.0  # seconds before that in which the quietest place to cut is looked for
_PHRASE = 100  # characters an adaptation phrase may have
_MIN_HEARD = 0.5  # share of the words that must be recognised for their times to be believed
_CALL_TIMEOUT = 30.0  # seconds a call
_PATIENCE = 30.0  # seconds for all calls of a job, retries included, and half as long as its audio besides
_REST = 60.0  # seconds for which Google is not asked again once it did not answer


class GoogleAligner:
    """Recognises each chunk with its own text as a hint. Every second sent is billed by Google."""

    name: ClassVar[str] = "google"
    needs_warning: ClassVar[bool] = True

    def __init__(self, client: "SpeechClient") -> None:
        self._client = client
        self._ask_again = 0.0  # on the monotonic clock

    @classmethod
    def load(cls, settings: Settings) -> Self:
        """Find credentials; raise `Unavailable` when there are none, or the package is not installed."""
        try:
            from f5_worker.timing.google_access import make_client
        except ImportError:
            raise Unavailable("the google-cloud-speech package is not installed") from None
        return cls(make_client(settings))

    def describe(self) -> dict[str, Any]:
        """It holds nothing but a connection."""
        return {}

    def unsupported_reason(self, speech: Speech, language: str) -> str:
        """It is asked in the language's main country, unless it did not answer a moment ago."""
        if time.monotonic() < self._ask_again:
            return "Google did not answer another job a moment ago"
        return "" if _locale(language) else f"no country is known for the language {language!r}"

    def time(
        self, speech: Speech, spans: Sequence[Span], language: str, control: JobControl
    ) -> list[ChunkTiming]:
        """Recognise every chunk; once Google does not answer or refuses the credentials, ask no more."""
        from google.api_core.exceptions import (
            DeadlineExceeded,
            GoogleAPICallError,
            PermissionDenied,
            RetryError,
            ServiceUnavailable,
            Unauthenticated,
        )
        from google.auth.exceptions import GoogleAuthError

        deadline = time.monotonic() + _PATIENCE + speech.duration / 2
        timings: list[ChunkTiming] = []
        for done, span in enumerate(spans, start=1):
            control.check()
            try:
                timings.append(self._time_chunk(chunk_audio(speech, span), span, language, deadline))
            except (Unauthenticated, PermissionDenied, GoogleAuthError) as error:
                failure = f"Google refused the credentials ({type(error).__name__})"
                return timings + [ChunkTiming(failure=failure)] * (len(spans) - len(timings))
            except (RetryError, ServiceUnavailable, DeadlineExceeded) as error:
                self._ask_again = time.monotonic() + _REST
                failure = f"Google did not answer ({type(error).__name__})"
                return timings + [ChunkTiming(failure=failure)] * (len(spans) - len(timings))
            except GoogleAPICallError as error:
                timings.append(ChunkTiming(failure=f"Google refused the request ({type(error).__name__})"))
            control.report("timing", done, len(spans))
        return timings

    def _time_chunk(self, audio: Audio, span: Span, language: str, deadline: float) -> ChunkTiming:
        spoken = spoken_words(span.chunk, language)
        loud = loud_frames(audio)
        if not spoken or not loud.any():
            return ChunkTiming(failure="there is nothing to align: no word or no sound")
        recognised, billed = self._recognise(audio, span.chunk.text, language, deadline)
        heard = matched(spoken, [part for word in recognised for part in _split(*word, language)])
        found = sum(each is not None for each in heard)
        if found < _MIN_HEARD * len(spoken):
            failure = f"Google recognised {found} of {len(spoken)} words"
            return ChunkTiming(failure=failure, billed_seconds=billed)
        fitted = trimmed(heard, loud)
        problem = flaw(fitted, loud)
        if problem:
            return ChunkTiming(failure=problem, billed_seconds=billed)
        return ChunkTiming(written_words(span, spoken, fitted, self.name), billed_seconds=billed)

    def _recognise(
        self, audio: Audio, text: str, language: str, deadline: float
    ) -> tuple[list[tuple[str, WordTiming]], float]:
        """The words Google hears, with times from the start of the audio, and the seconds it bills.

        `deadline` is on the monotonic clock; calls that are not answered by then raise.
        """
        from google.api_core.exceptions import DeadlineExceeded, ResourceExhausted, ServiceUnavailable
        from google.api_core.retry import Retry, if_exception_type
        from google.cloud.speech import RecognitionAudio, RecognitionConfig, SpeechContext

        config = RecognitionConfig(
            encoding=RecognitionConfig.AudioEncoding.LINEAR16,
            sample_rate_hertz=RECOGNITION_RATE,
            language_code=_locale(language),
            enable_word_time_offsets=True,
            enable_word_confidence=True,
            speech_contexts=[SpeechContext(phrases=_phrases(text))],
        )
        temporary = if_exception_type(ResourceExhausted, ServiceUnavailable, DeadlineExceeded)
        words: list[tuple[str, WordTiming]] = []
        billed = 0.0
        for start, end in _requests(audio):
            left = max(deadline - time.monotonic(), 0.0)
            response = self._client.recognize(
                config=config,
                audio=RecognitionAudio(content=_pcm(audio[start:end])),
                retry=Retry(predicate=temporary, initial=0.5, maximum=8.0, timeout=left),
                timeout=min(_CALL_TIMEOUT, left),
            )
            billed += seconds(response.total_billed_time)
            words += _words_of(response.results, start / SAMPLE_RATE)
        return words, billed


def matched(
    spoken: Sequence[SpokenWord], recognised: Sequence[tuple[str, WordTiming]]
) -> list[WordTiming | None]:
    """Times for the words that were recognised, by the longest common runs of both; None for the others."""
    heard: list[WordTiming | None] = [None] * len(spoken)
    matcher = SequenceMatcher(
        None, [word.text for word in spoken], [text for text, _ in recognised], autojunk=False
    )
    for block in matcher.get_matching_blocks():
        for offset in range(block.size):
            heard[block.a + offset] = recognised[block.b + offset][1]
    return heard


def seconds(moment: Any) -> float:
    """A time offset as timedelta, protobuf Duration or number, in seconds."""
    if isinstance(moment, timedelta):
        return moment.total_seconds()
    if hasattr(moment, "nanos"):
        return float(moment.seconds + moment.nanos / 1e9)
    return float(moment)


def _words_of(results: Iterable[Any], offset: float) -> Iterator[tuple[str, WordTiming]]:
    for result in results:
        for word in result.alternatives[0].words if result.alternatives else ():
            start, end = offset + seconds(word.start_time), offset + seconds(word.end_time)
            yield word.word, WordTiming(start, max(start, end), word.confidence or None)


def _split(text: str, heard: WordTiming, language: str) -> list[tuple[str, WordTiming]]:
    """A recognised word as it is said ("$5" is two words), its time shared out evenly."""
    words = say(text, language)
    step = (heard.end - heard.start) / max(len(words), 1)
    return [
        (word, WordTiming(heard.start + step * index, heard.start + step * (index + 1), heard.score))
        for index, word in enumerate(words)
    ]


def _requests(audio: Audio) -> Iterator[tuple[int, int]]:
    """Samples [start, end) of each request: under the inline limit, cut where it is quietest."""
    start = 0
    while len(audio) - start > _MAX_SECONDS * SAMPLE_RATE:
        last = start + round(_MAX_SECONDS * SAMPLE_RATE)
        first = last - round(_SEARCH * SAMPLE_RATE)
        hop = round(HOP * SAMPLE_RATE) * 10
        loudness = [float(np.square(audio[at : at + hop]).sum()) for at in range(first, last, hop)]
        end = first + hop * int(np.argmin(loudness)) + hop // 2
        yield start, end
        start = end
    yield start, len(audio)


def _pcm(audio: Audio) -> bytes:
    return (np.clip(resample(audio, SAMPLE_RATE, RECOGNITION_RATE), -1, 1) * 32767).astype(np.int16).tobytes()


def _phrases(text: str) -> list[str]:
    """The text in pieces that end between words, each short enough for an adaptation phrase."""
    return re.findall(rf"\S.{{0,{_PHRASE - 2}}}(?=\s|\Z)|\S{{1,{_PHRASE}}}", text, re.DOTALL)


def _locale(language: str) -> str:
    """A language with the country it is mostly spoken in ("en": "en-US"), from CLDR; "" when unknown."""
    parts = str(get_global("likely_subtags").get(language, "")).split("_")
    return f"{language}-{parts[-1]}" if len(parts) > 1 else ""

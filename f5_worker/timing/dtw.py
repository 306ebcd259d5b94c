"""Dynamic time warping against espeak-ng's rendering of the text, whose word times are known; any language.

Pauses are cut out of both before they are compared, because a speaker pauses where the rendering does not.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from f5_worker.audio import SAMPLE_RATE, Audio, resample
from f5_worker.errors import WorkerError
from f5_worker.espeak_ng.process import Spoken, speaking
from f5_worker.espeak_ng.word_times import spoken_text, time_words
from f5_worker.job import JobControl
from f5_worker.settings import Settings
from f5_worker.speech import Span, Speech
from f5_worker.speech.espeak import voices_by_language
from f5_worker.text.chunks import Chunk
from f5_worker.text.normalization import SpokenWord, spoken_words
from f5_worker.text.words import Token
from f5_worker.timing import ChunkTiming, Unavailable
from f5_worker.timing.checks import HOP, flaw, loud_frames, trimmed
from f5_worker.timing.dtw_mfcc import mfcc
from f5_worker.timing.dtw_path import warping_path
from f5_worker.timing.word_timing import WordTiming, chunk_audio, written_words

_WORDS_PER_MINUTE = 175  # espeak-ng's default
_CLAUSE = 10  # words
_MARGIN = 4  # frames kept on either side of a loud one: closures and soft consonants


class DtwAligner:
    """Speaks each chunk's words with espeak-ng and finds the same sounds in the audio."""

    name: ClassVar[str] = "dtw"
    needs_warning: ClassVar[bool] = True

    def __init__(self, voices: dict[str, str]) -> None:
        self._voices = voices

    @classmethod
    def load(cls, settings: Settings) -> Self:
        """Find espeak-ng's voices; raise `Unavailable` when the library does not work."""
        try:
            return cls(voices_by_language())
        except WorkerError as error:
            raise Unavailable(error.message) from None

    def describe(self) -> dict[str, Any]:
        """It holds no model; espeak-ng's voices are its languages."""
        return {}

    def unsupported_reason(self, speech: Speech, language: str) -> str:
        """It needs a voice of the language."""
        return "" if language in self._voices else f"espeak-ng does not speak {language!r}"

    def time(
        self, speech: Speech, spans: Sequence[Span], language: str, control: JobControl
    ) -> list[ChunkTiming]:
        """Render all chunks in one process, then warp each one onto its audio."""
        spoken = [spoken_words(span.chunk, language) for span in spans]
        texts = [_rendered_chunk(words, language) for words in spoken]
        timings = []
        with speaking(
            [spoken_text(text) for text in texts], self._voices[language], _WORDS_PER_MINUTE, control
        ) as (rate, results):
            for span, words, text, result in zip(spans, spoken, texts, results, strict=True):
                timings.append(
                    _time_chunk(chunk_audio(speech, span), span, words, _reference(text, result, rate))
                )
                control.report("timing", len(timings), len(spans))
        return timings


def _rendered_chunk(words: Sequence[SpokenWord], language: str) -> Chunk:
    """The spoken words as a text of their own, one token a word, with a comma now and then.

    espeak-ng loses its place in a clause of more than some hundred characters.
    """
    tokens: list[Token] = []
    text = ""
    for index, word in enumerate(words, start=1):
        written = f"{word.text}," if index % _CLAUSE == 0 else word.text
        tokens.append(Token(written, len(text), len(text) + len(written)))
        text += f"{written} "
    return Chunk(0, text, 0, len(text), tuple(tokens), 0.0, language)


def _reference(text: Chunk, spoken: Spoken, rate: int) -> tuple[Audio, list[WordTiming]]:
    """The rendering at `SAMPLE_RATE`, and when each of its words is heard in it."""
    samples = np.frombuffer(spoken.samples, np.int16).astype(np.float32) / np.float32(32768)
    audio = resample(samples, rate, SAMPLE_RATE)
    if not text.tokens:
        return audio, []
    words = time_words(text, spoken.events, len(samples), 0.0, len(audio) / SAMPLE_RATE)
    return audio, [WordTiming(word.start, word.end, None) for word in words]


def _time_chunk(
    audio: Audio, span: Span, words: Sequence[SpokenWord], reference: tuple[Audio, list[WordTiming]]
) -> ChunkTiming:
    rendering, known = reference
    loud = loud_frames(audio)
    if not words or not loud.any() or not loud_frames(rendering).any():
        return ChunkTiming(failure="there is nothing to align: no word or no sound")
    fitted = trimmed(_warped(audio, rendering, known), loud)
    problem = flaw(fitted, loud)
    return ChunkTiming(failure=problem) if problem else ChunkTiming(written_words(span, words, fitted, "dtw"))


def _warped(audio: Audio, rendering: Audio, known: Sequence[WordTiming]) -> list[WordTiming]:
    """Carry word times over from the rendering to the audio."""
    kept, kept_there = _sounding(audio), _sounding(rendering)
    path = warping_path(mfcc(rendering)[kept_there], mfcc(audio)[kept])
    there, here = kept_there[path[:, 0]] * HOP, kept[path[:, 1]] * HOP
    firsts = np.searchsorted(there, [each.start for each in known])
    lasts = np.searchsorted(there, [each.end for each in known], side="right") - 1
    starts = here[np.clip(firsts, 0, len(here) - 1)]
    ends = np.maximum(here[np.clip(lasts, 0, len(here) - 1)] + HOP, starts)
    ends[:-1] = np.minimum(ends[:-1], np.maximum(starts[1:], starts[:-1]))
    return [WordTiming(float(start), float(end), None) for start, end in zip(starts, ends, strict=True)]


def _sounding(audio: Audio) -> NDArray[np.intp]:
    """Frames that are loud, or near one that is."""
    loud = loud_frames(audio)
    near = np.convolve(loud, np.ones(2 * _MARGIN + 1), mode="same") > 0
    return np.flatnonzero(near)

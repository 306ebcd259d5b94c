"""The embedded engine: espeak-ng, which needs no model, no voice and no GPU, and times its own words."""

import unicodedata
from itertools import groupby
from typing import Any, ClassVar, Self

import numpy as np

from f5_worker.audio import SAMPLE_RATE, Audio, resample
from f5_worker.errors import CannotStart, Code, WorkerError
from f5_worker.espeak_ng.process import Spoken, list_voices, speaking
from f5_worker.espeak_ng.word_times import spoken_text, time_words
from f5_worker.job import JobControl
from f5_worker.settings import Settings
from f5_worker.speech import Span, Speech, SpeechOptions, Verifier
from f5_worker.text.breaks import Break, break_between
from f5_worker.text.chunks import Budget, Chunk, Script
from f5_worker.text.words import Word
from f5_worker.voices.library import Voice

# Where several voices speak a language the one of best priority does, but for English: the American
# one, as in F5-TTS's example voice and in the aligners' English models, comes second to the British.
_PREFERRED = {"en": "gmw/en-US"}

_NORMAL = 175  # words a minute; the library's default, speed 1
_SLOWEST = 80  # words a minute; it goes no slower (its fastest, 450, is beyond speed 2)

_LETTER = 1 / 17  # seconds of speech a character at speed 1, measured on English and German prose
_SYLLABLE = 1 / 4  # a wide character: Chinese, Japanese, Korean, an emoji
_DIGIT = 2 / 5  # "1984" is five words
_MAX_SECONDS, _MIN_SECONDS = (
    25.0,
    1.0,
)  # seconds a chunk: F5-TTS speaks up to about 30 s, its reference included

# Seconds of silence between two chunks at speed 1, by what ends there: what the library itself makes
# between two sentences, clauses, paragraphs. Its own silence around a text is 12 ms before, 7 ms after.
_GAPS = {
    Break.CHARACTER: 0.0,
    Break.WORD: 0.0,
    Break.CLAUSE: 0.14,
    Break.SENTENCE: 0.28,
    Break.PARAGRAPH: 0.5,
}


class EspeakEngine:
    """Speaks each script in child processes of its own, so that nothing spoken before is heard in it."""

    name: ClassVar[str] = "espeak"
    unused_options: ClassVar[frozenset[str]] = frozenset(
        {
            "normalize",
            "verify",
            "local_voice",
            "ref_text",
            "nfe_step",
            "cfg_strength",
            "sway_sampling_coef",
            "target_rms",
            "cross_fade_duration",
            "fix_duration",
        }
    )

    default_voice: Voice | None = None

    def __init__(self, voices: dict[str, str]) -> None:
        """`voices`: ISO 639-1 code ─▶ the library's identifier of the voice that speaks it."""
        self._voices = voices

    @classmethod
    def load(cls, settings: Settings) -> Self:
        """Find the voices and speak a word, which proves that library and data are whole."""
        try:
            engine = cls(voices_by_language())
            with speaking(["Ready."], engine._voices["en"], _NORMAL, JobControl()) as (_, spoken):
                works = any(next(spoken).samples)
        except (WorkerError, KeyError):
            works = False
        if not works:
            raise CannotStart(
                "espeak-ng does not speak: its library or data is damaged; reinstall espeakng-loader"
            )
        return engine

    def speaks(self, language: str) -> bool:
        """Whether the ISO 639-1 `language` can be spoken."""
        return language in self._voices

    def budget(self, voice: Voice | None, options: SpeechOptions) -> Budget:
        """Chunks of up to 25 seconds, by a fixed time per character."""
        speed = _rate(options.speed) / _NORMAL
        return Budget(cost=lambda text: _seconds(text) / speed, most=_MAX_SECONDS, least=_MIN_SECONDS)

    def speak(
        self,
        script: Script,
        voice: Voice | None,
        options: SpeechOptions,
        control: JobControl,
        verifier: Verifier | None = None,
    ) -> Speech:
        """Speak every chunk with a voice of its language, and with the time of every word.

        The English voice speaks what is in a language that has none.

        Raises `WorkerError(SYNTHESIS_FAILED)` when the library fails or nothing can be heard,
        `WorkerError(CANCELLED)` when the job is cancelled.
        """
        rate = _rate(options.speed)
        track = _Track(script, rate / _NORMAL)
        for language, group in groupby(script.chunks, key=lambda chunk: chunk.language):
            chunks = list(group)
            texts = [spoken_text(chunk) for chunk in chunks]
            voice_name = self._voices.get(language, self._voices["en"])
            with speaking(texts, voice_name, rate, control) as (sample_rate, results):
                for chunk, spoken in zip(chunks, results, strict=True):
                    track.add(chunk, spoken, sample_rate)
                    control.report("synthesis", chunk.index + 1, len(script.chunks))
                    control.check()
        return track.speech(_warnings(options.speed))

    def transcribe(self, voice: Voice) -> str:
        """As given: espeak-ng has voices of its own and no ears."""
        return voice.ref_text

    def describe(self) -> dict[str, Any]:
        """The languages that it speaks."""
        return {"device": "cpu", "languages": sorted(self._voices)}


class _Track:
    """The audio as it grows, chunk after chunk, and what lies where in it."""

    def __init__(self, script: Script, speed: float) -> None:
        self._script = script
        self._speed = speed
        self._parts: list[Audio] = []
        self._length = 0  # samples
        self._spans: list[Span] = []
        self._words: list[Word] = []
        self._add_silence(script.lead_in)

    def add(self, chunk: Chunk, spoken: Spoken, rate: int) -> None:
        samples: Audio = np.frombuffer(spoken.samples, np.int16).astype(np.float32) / np.float32(32768)
        audio = resample(samples, rate, SAMPLE_RATE).clip(-1, 1)  # a filter overshoots a full-scale peak
        span = Span(chunk, self._length, self._append(audio))
        self._spans.append(span)
        self._words += time_words(
            chunk, spoken.events, len(samples), span.start / SAMPLE_RATE, span.end / SAMPLE_RATE
        )
        self._add_silence(chunk.pause or self._gap(chunk))

    def speech(self, warnings: tuple[str, ...]) -> Speech:
        if all(span.start == span.end for span in self._spans):
            raise WorkerError(
                Code.SYNTHESIS_FAILED,
                "espeak-ng has no sound for any character of text in language "
                f"{self._script.languages[0]!r}; check the text and its language",
            )
        return Speech(np.concatenate(self._parts), tuple(self._spans), tuple(self._words), warnings)

    def _gap(self, chunk: Chunk) -> float:
        following = self._script.chunks[chunk.index + 1 : chunk.index + 2]
        if not following:
            return 0.0
        kind = break_between(self._script.text, chunk.tokens[-1], following[0].tokens[0])
        return _GAPS[kind] / self._speed

    def _append(self, audio: Audio) -> int:
        self._parts.append(audio)
        self._length += len(audio)
        return self._length

    def _add_silence(self, seconds: float) -> None:
        self._append(np.zeros(round(seconds * SAMPLE_RATE), np.float32))


def voices_by_language() -> dict[str, str]:
    """The best voice for every language with a two-letter code (ISO 639-1)."""
    ranked = sorted(
        (priority, len(identifier), identifier, language)
        for identifier, priority, language in list_voices()
        if len(language) == 2
    )
    best: dict[str, str] = {}
    for _, _, identifier, language in ranked:  # of equals the shortest: no variant, no romanisation
        best.setdefault(language, identifier)
    return best | _PREFERRED


def _rate(speed: float) -> int:
    """Words a minute."""
    return max(_SLOWEST, round(_NORMAL * speed))


def _warnings(speed: float) -> tuple[str, ...]:
    if round(_NORMAL * speed) >= _SLOWEST:
        return ()
    return (f"speed {speed:g} is slower than espeak-ng can speak; it spoke at {_SLOWEST / _NORMAL:.2f}",)


def _seconds(text: str) -> float:
    """About how long the text takes at speed 1."""
    return sum(map(_character_seconds, text))


def _character_seconds(character: str) -> float:
    if character.isdigit():
        return _DIGIT
    return _SYLLABLE if unicodedata.east_asian_width(character) in "WF" else _LETTER

"""WhisperX's alignment models on the known text: no transcription, no voice activity detection.

The models are WhisperX's. Its `align` is not used: torchaudio's `forced_align` finds the same times on the
same emissions, an order of magnitude faster and without NLTK (bench/timing_speed.py).
"""

import importlib
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from f5_worker.audio import RECOGNITION_RATE, SAMPLE_RATE, Audio, resample
from f5_worker.job import JobControl
from f5_worker.settings import Settings
from f5_worker.speech import Span, Speech
from f5_worker.start_report import stage
from f5_worker.text.normalization import say, spoken_words
from f5_worker.timing import ChunkTiming, Unavailable
from f5_worker.timing.checks import contiguous, flaw, loud_frames, trimmed
from f5_worker.timing.whisperx_languages import LanguageModels
from f5_worker.timing.word_timing import WordTiming, chunk_audio, written_words

if TYPE_CHECKING:
    from f5_worker.timing.whisperx_model import AlignModel

# Of a chunk; bench/timing_accuracy.py measures what these let through and what they refuse. In a wrong
# text many words fit by chance, in a right one few do not fit: a low quantile tells them apart.
MIN_SCORE = 0.3
_QUANTILE = 0.25


class WhisperXAligner:
    """Aligns each chunk's words with its audio. Models are kept, one a language."""

    name: ClassVar[str] = "whisperx"
    needs_warning: ClassVar[bool] = False

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._models = LanguageModels(self._load_model)
        self._from_start = [language.strip() for language in settings.align_languages.split(",")]

    @classmethod
    def load(cls, settings: Settings) -> Self:
        """Load the models of `ALIGN_LANGUAGES`; raise `Unavailable` when one is not to be had."""
        if find_spec("whisperx") is None:
            raise Unavailable("the whisperx package is not installed; WORKER_PROFILE=runtime has it")
        with stage("whisperx_imports"):
            importlib.import_module("f5_worker.timing.whisperx_model")
        aligner = cls(settings)
        for language in aligner._from_start:
            with stage(f"aligner_{language}"):
                aligner._models.preload(language)
        return aligner

    def describe(self) -> dict[str, Any]:
        """The languages whose models are loaded."""
        return {"languages": sorted(self._models.loaded())}

    def unsupported_reason(self, speech: Speech, language: str) -> str:
        """It needs a model of the language, which is loaded by `time`; nothing is loaded to find this out."""
        from f5_worker.timing.whisperx_model import is_known

        if not is_known(language, self._name(language)):
            return f"no alignment model is known for the language {language!r}"
        return self._models.problem(language)

    def time(
        self, speech: Speech, spans: Sequence[Span], language: str, control: JobControl
    ) -> list[ChunkTiming]:
        """Align every chunk by itself; raise `Unavailable` when the language's model cannot be had now."""
        model = self._models.get(language, control)
        timings = []
        for done, span in enumerate(spans, start=1):
            control.check()
            timings.append(_time_chunk(model, chunk_audio(speech, span), span, language))
            control.report("timing", done, len(spans))
        return timings

    def score(self, speech: Speech, span: Span, language: str) -> float:
        """The score of one chunk, 0 to 1, whatever the checks make of it."""
        words = [word.text for word in spoken_words(span.chunk, language)]
        audio = resample(chunk_audio(speech, span), SAMPLE_RATE, RECOGNITION_RATE)
        model = self._models.get(language, JobControl())
        return chunk_score(model.time_words(audio, words) or [])

    def match_score(self, audio: Audio, text: str, language: str) -> float | None:
        """The share of words that score as those of a right text; None but in `ALIGN_LANGUAGES`.

        A model that some job had loaded on first use does not count: what another says must not depend on it.
        """
        if language not in self._from_start:
            return None
        heard = self._models.loaded()[language].time_words(
            resample(audio, SAMPLE_RATE, RECOGNITION_RATE), say(text, language)
        )
        if heard is None:
            return 0.0  # more text than fits into the audio
        scores = [each.score for each in heard if each.score is not None]
        return sum(score >= MIN_SCORE for score in scores) / len(scores) if scores else None

    def _load_model(self, language: str) -> "AlignModel":
        from f5_worker.timing.whisperx_model import AlignModel

        return AlignModel.load(language, self._name(language), self._settings.volume / "models")

    def _name(self, language: str) -> str | None:
        return named_models(self._settings.align_model).get(language)


def named_models(setting: str | None) -> dict[str, str]:
    """`ALIGN_MODEL` by language: "en=NAME,de=NAME", where a name without a language is English."""
    entries = [entry.strip() for entry in (setting or "").split(",") if entry.strip()]
    pairs = [entry.split("=", 1) if "=" in entry else ("en", entry) for entry in entries]
    return {language: name for language, name in pairs if name}


def _time_chunk(model: "AlignModel", audio: Audio, span: Span, language: str) -> ChunkTiming:
    spoken = spoken_words(span.chunk, language)
    loud = loud_frames(audio)
    if not spoken or not loud.any():
        return ChunkTiming(failure="there is nothing to align: no word or no sound")
    heard = model.time_words(resample(audio, SAMPLE_RATE, RECOGNITION_RATE), [word.text for word in spoken])
    if heard is None:
        return ChunkTiming(failure="the text is too long for its audio")
    fitted = trimmed(contiguous(heard, loud), loud)
    score = chunk_score(heard)
    problem = flaw(fitted, loud)
    if not problem and score < MIN_SCORE:
        problem = f"the score {score:.2f} is under {MIN_SCORE}: the audio does not match the text"
    return (
        ChunkTiming(failure=problem)
        if problem
        else ChunkTiming(written_words(span, spoken, fitted, "whisperx"))
    )


def chunk_score(heard: Sequence[WordTiming]) -> float:
    """The score that three of four words reach, of those that have one; 0 when none has."""
    scores = [each.score for each in heard if each.score is not None]
    return float(np.quantile(scores, _QUANTILE)) if scores else 0.0

"""faster-whisper: what is said in a recording, and how much of a known text is heard in speech."""

import difflib
import re
from typing import Any

import numpy as np

from f5_worker.audio import RECOGNITION_RATE, SAMPLE_RATE, Audio, Samples, resample
from f5_worker.errors import CannotStart, WorkerError
from f5_worker.models.out_of_memory import memory_errors
from f5_worker.models.store import is_folder, load_or_fetch
from f5_worker.settings import Settings
from f5_worker.text.normalization import spell_out
from f5_worker.text.words import is_unspaced

_WORD = re.compile(r"[^\W_]+")


class Transcriber:
    """A warm Whisper model. The same audio gives the same text: beam search, no sampling."""

    def __init__(self, model: Any) -> None:
        self._model = model

    @classmethod
    def load(cls, settings: Settings) -> "Transcriber | None":
        """The model that `WHISPER_MODEL` names or that lies in that folder; None where it says `none`.

        It runs once here: only then does CTranslate2 look for its GPU libraries, or notice a file that is
        missing because its download broke off. Raises `CannotStart` when it cannot be loaded or run.
        """
        if settings.whisper_model == "none":
            return None
        import torch
        from faster_whisper import WhisperModel

        device = "cuda" if torch.cuda.is_available() else "cpu"
        models, name = settings.volume / "models", settings.whisper_model

        def load() -> "Transcriber":
            model = WhisperModel(
                name,
                device=device,
                compute_type="float16" if device == "cuda" else "int8",
                download_root=str(models / "hub"),
                local_files_only=True,
            )
            transcriber = cls(model)
            transcriber.transcribe(np.zeros(RECOGNITION_RATE, np.float32), RECOGNITION_RATE, "en")
            return transcriber

        try:
            if is_folder(name):
                return load()
            return load_or_fetch(models, f"Whisper model {name}", load, "whisper", name)
        except WorkerError as error:
            raise CannotStart(f"WHISPER_MODEL is {name!r}: {error.message}.") from None
        except (RuntimeError, ValueError, OSError) as error:
            raise CannotStart(
                f"WHISPER_MODEL is {name!r}, which cannot be loaded ({type(error).__name__}); it must be "
                "a size of faster-whisper, a repository or folder with its files, or none."
            ) from error

    def transcribe(self, samples: Samples, rate: int, language: str | None = None) -> str:
        """The words in mono `samples` [samples] at `rate` Hz; "" when none are understood.

        The language is found by the model where it is not known. Raises `WorkerError(OUT_OF_MEMORY)`.
        """
        mono = resample(samples, rate, RECOGNITION_RATE) if rate != RECOGNITION_RATE else samples
        with memory_errors("Whisper does not fit the memory; take a smaller WHISPER_MODEL, or a larger GPU"):
            segments, _ = self._model.transcribe(
                np.ascontiguousarray(mono, np.float32),
                language=language,
                beam_size=5,
                temperature=0.0,
                condition_on_previous_text=False,
                without_timestamps=True,
            )
            return " ".join(segment.text.strip() for segment in segments).strip()

    def match_score(self, audio: Audio, text: str, language: str) -> float:
        """How much of `text`, as it is said, is heard in audio at `SAMPLE_RATE`, word by word: 0 to 1."""
        heard = self.transcribe(audio, SAMPLE_RATE, language)
        return text_match(text, spell_out(heard, language).text)


def text_match(text: str, heard: str) -> float:
    """How alike the words of two texts are, 0 to 1: twice the words in common by the words of both.

    A word that was skipped and a word that was said twice both cost. Case and punctuation do not.
    """
    return difflib.SequenceMatcher(None, _words(text), _words(heard), autojunk=False).ratio()


def _words(text: str) -> list[str]:
    """Words, or characters of scripts that are written without spaces."""
    spaced = "".join(f" {character} " if is_unspaced(character) else character for character in text)
    return _WORD.findall(spaced.casefold())

"""A wav2vec2 model of one language: audio and its words ─▶ when each word is heard."""

import contextlib
import importlib
import io
import math
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
import torchaudio.pipelines
from numpy.typing import NDArray
from torchaudio.functional import TokenSpan, forced_align, merge_tokens

from f5_worker.audio import RECOGNITION_RATE
from f5_worker.models.store import is_folder, load_or_fetch
from f5_worker.models.unused_modules import import_without
from f5_worker.timing.word_timing import WordTiming

# None of these is needed for torchaudio's models, WhisperX's choice for en, fr, de, es and it; they would be
# more than half of all that a worker imports.
_light = import_without("whisperx.alignment", "transformers", "nltk", "nltk.data", "pandas")
_IN_TORCHAUDIO: dict[str, str] = _light.DEFAULT_ALIGN_MODELS_TORCH  # a model's name by language
_ON_THE_HUB: dict[str, str] = _light.DEFAULT_ALIGN_MODELS_HF

_WINDOW = 30 * RECOGNITION_RATE  # samples; attention over more than this grows with the square of it
_CONTEXT = RECOGNITION_RATE  # samples on either side of a window that are computed and thrown away
_MIN_SAMPLES = 400  # samples; the receptive field of one frame
_BLANKS = ("<pad>", "[pad]", "-")  # the CTC blank in Hugging Face's and torchaudio's dictionaries

_SEPARATOR = "|"
_DISCOUNT = math.log(0.5)
_WILDCARD = "*"  # stands for a word that has no letter in the dictionary: any sound fits it


def is_known(language: str, name: str | None) -> bool:
    """Whether there is a model to look for: one that is named, or WhisperX's own for the language."""
    return bool(name) or language in _IN_TORCHAUDIO or language in _ON_THE_HUB


def read_model(
    language: str, name: str | None, models: Path, device: str, *, local_only: bool
) -> tuple[Any, dict[str, Any]]:
    """WhisperX's model and its description, from the volume; unless `local_only`, from the network else.

    Raises ValueError or OSError when there is no such model, or none for the language.
    """
    bundle = getattr(torchaudio.pipelines, name or _IN_TORCHAUDIO.get(language, ""), None)
    folder = models / ("torchaudio" if bundle else "hub")
    if bundle and local_only and not (folder / bundle._path).exists():  # noqa: SLF001 - it has no public name
        raise FileNotFoundError(f"{bundle._path} is not on the volume")  # noqa: SLF001 - as above
    with contextlib.redirect_stdout(io.StringIO()):  # it prints what it also raises
        whisperx = _light if bundle else importlib.import_module("whisperx.alignment")
        load = whisperx.load_align_model
        model, metadata = load(language, device, name, str(folder), model_cache_only=local_only)
    return model, metadata


class AlignModel:
    """A warm model with its dictionary. `seconds_a_frame` is the time between two frames of an emission."""

    def __init__(self, model: Any, metadata: dict[str, Any], device: str) -> None:
        self._model = model.eval()
        self._kind = metadata["type"]
        self._device = device
        self._dictionary: dict[str, int] = metadata["dictionary"]
        self._blank = next((self._dictionary[name] for name in _BLANKS if name in self._dictionary), 0)
        one, two = (len(self._run(np.zeros(count * RECOGNITION_RATE, np.float32))) for count in (1, 2))
        self._stride = RECOGNITION_RATE // (two - one)  # samples a frame
        self.seconds_a_frame = self._stride / RECOGNITION_RATE

    @classmethod
    def load(cls, language: str, name: str | None, models: Path) -> Self:
        """Load a model by name or folder (None: WhisperX's own for the language), from disk where it can.

        Raises `CannotStart` when it can neither be loaded nor fetched, ValueError or OSError when a folder
        does not hold one.
        """
        device = "cuda" if torch.cuda.is_available() else "cpu"

        def load() -> tuple[Any, dict[str, Any]]:
            return read_model(language, name, models, device, local_only=True)

        if not is_known(language, name) or (name and is_folder(name)):
            model, metadata = load()
        else:
            title = f"alignment model {name or ''} for {language}".replace("  ", " ")
            model, metadata = load_or_fetch(models, title, load, "aligner", language, name or "")
        return cls(model, metadata, device)

    def time_words(self, audio: NDArray[np.float32], words: Sequence[str]) -> list[WordTiming] | None:
        """When each word is heard in audio at `RECOGNITION_RATE`, in seconds; None when they do not fit.

        A word begins with its first letter and ends where the next symbol begins, because a CTC model marks
        where a letter is recognised, not where it ends. The score is the probability of its letters in
        relation to the likeliest symbols of the same frames; a word of unknown letters only has none.
        """
        between = [_SEPARATOR] if _SEPARATOR in self._dictionary else []
        symbols = [*between]
        places: list[range] = []
        for word in words:
            letters = self._letters(word)
            places.append(range(len(symbols), len(symbols) + len(letters)))
            symbols += letters + between
        emission = self.emission(audio)
        spans = self._align(emission, symbols)
        if spans is None:
            return None
        starts = [span.start for span in spans] + [len(emission)]
        heard = []
        for place in places:
            known = [spans[index] for index in place if symbols[index] != _WILDCARD]
            frames = sum(len(span) for span in known)
            odds = sum(span.score * len(span) for span in known)
            score = math.exp(odds / frames) if frames else None
            start, end = (starts[index] * self.seconds_a_frame for index in (place.start, place.stop))
            heard.append(WordTiming(start, end, score))
        return heard

    def _letters(self, word: str) -> list[str]:
        """The word's letters that the model knows, accents dropped where it must be; else `_WILDCARD`."""
        plain = (
            character if character in self._dictionary else unicodedata.normalize("NFD", character)
            for character in word
        )
        known = [character for character in "".join(plain) if character in self._dictionary]
        return known or [_WILDCARD]

    def emission(self, audio: NDArray[np.float32]) -> torch.Tensor:
        """Log probabilities of every symbol: float32 [samples] at `RECOGNITION_RATE` ─▶ [frames, symbols].

        Long audio is computed in windows of 30 s, so that time and memory grow with its length only.
        """
        if len(audio) <= _WINDOW + 2 * _CONTEXT:
            return self._run(audio)
        parts = []
        for start in range(0, len(audio), _WINDOW):
            left = max(0, start - _CONTEXT)
            part = self._run(audio[left : start + _WINDOW + _CONTEXT])
            first = (start - left) // self._stride
            is_last = start + _WINDOW >= len(audio)
            parts.append(part[first:] if is_last else part[first : first + _WINDOW // self._stride])
        return torch.cat(parts)

    def _run(self, audio: NDArray[np.float32]) -> torch.Tensor:
        padded = np.pad(audio, (0, max(0, _MIN_SAMPLES - len(audio))))
        batch = torch.from_numpy(padded).unsqueeze(0).to(self._device)
        with torch.inference_mode():
            scores = self._model(batch)[0] if self._kind == "torchaudio" else self._model(batch).logits
            return torch.log_softmax(scores[0].float(), dim=-1).cpu()

    def _wildcard(self, emission: torch.Tensor) -> torch.Tensor:
        """The column of `_WILDCARD`: less than the likeliest letter, or it would take others' sounds too."""
        letters = emission.clone()
        letters[:, self._blank] = -torch.inf
        return letters.max(dim=1, keepdim=True).values + _DISCOUNT

    def _align(self, emission: torch.Tensor, symbols: Sequence[str]) -> list[TokenSpan] | None:
        """The likeliest frames of every symbol, in order, with its log odds against the likeliest there."""
        targets = [self._dictionary.get(symbol, emission.shape[1]) for symbol in symbols]
        repeats = sum(left == right for left, right in pairwise(targets))
        if not targets or len(targets) + repeats > len(emission):
            return None
        extended = torch.cat([emission, self._wildcard(emission)], dim=1)
        path, scores = forced_align(
            extended.unsqueeze(0), torch.tensor([targets], dtype=torch.int32), blank=self._blank
        )
        odds = (scores[0] - emission.max(dim=1).values).clamp(max=0.0)
        return list(merge_tokens(path[0], odds, self._blank))

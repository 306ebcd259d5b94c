"""Our engine and upstream's `infer_process` on the same files, each behind the same three methods."""

import io
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
import yaml
from f5_tts.infer import utils_infer
from f5_tts.model import DiT
from f5_tts.model.utils import seed_everything

from f5_worker.job import JobControl
from f5_worker.settings import Settings
from f5_worker.speech import SpeechOptions
from f5_worker.speech.f5 import F5Engine
from f5_worker.speech.f5_model.batches import plan
from f5_worker.speech.f5_model.model_input import ModelInput
from f5_worker.speech.f5_model.reference import Reference
from f5_worker.text.chunks import Chunk, Script
from f5_worker.text.words import tokenize
from testing.tiny_models import TinyModels

SEED = 1

# Over half of what upstream puts into a chunk with the default voice, so that none holds two; without
# commas, where it would cut. With the 5 s reference about 9 s of speech.
_SENTENCE = "Remember that I am mighty and enduring so respect me and I will nurture you number {}."
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


class Speaker(Protocol):
    """Who turns a text into audio [samples]."""

    name: str

    def speak(self, script: Script, steps: int) -> np.ndarray:
        """Speak with `SEED`."""

    def solve(self, steps: int) -> object:
        """Speak one chunk, in this thread and with nothing around it whose work depends on `steps`."""

    def stages(self) -> dict[str, tuple[object, str]]:
        """The methods in which its work is done: name: (object, method)."""


class Ours:
    """The worker's engine, without anybody who listens to what it says."""

    name = "ours"

    def __init__(self, models: TinyModels, volume: Path) -> None:
        self.engine = F5Engine.load(
            Settings.model_validate({"RUNPOD_VOLUME": volume, **models.environment()})
        )

    def speak(self, script: Script, steps: int) -> np.ndarray:
        """Speak with `SEED`."""
        options = SpeechOptions(seed=SEED, nfe_step=steps)
        return self.engine.speak(script, None, options, JobControl()).audio

    def solve(self, steps: int) -> object:
        """One chunk, in this thread: `speak` leaves it to another, whose work would not be counted."""
        options = SpeechOptions(seed=SEED, nfe_step=steps)
        reference = self._reference(options)
        [batch] = plan(self._inputs(text_of(1), options), 1)
        return self.engine._synthesizer._batch_waves(batch, (0,), reference, options)

    def stages(self) -> dict[str, tuple[object, str]]:
        """Solver and vocoder."""
        synthesizer = self.engine._synthesizer
        return {"solver": (synthesizer, "_solve"), "vocoder": (synthesizer, "_decode")}

    def frames(self, script: Script) -> list[int]:
        """Frames of every chunk, its reference included: what the arithmetic grows with."""
        return [each.frames for each in self._inputs(script, SpeechOptions(seed=SEED))]

    def _inputs(self, script: Script, options: SpeechOptions) -> list[ModelInput]:
        texts = [chunk.text for chunk in script.chunks]
        inputs: list[ModelInput] = self.engine._synthesizer.inputs(texts, self._reference(options), options)
        return inputs

    def _reference(self, options: SpeechOptions) -> Reference:
        return self.engine._references.get(self.engine.default_voice, options.target_rms)


class Upstream:
    """f5-tts as its own `F5TTS.infer` runs it, with our default voice."""

    name = "upstream"

    def __init__(self, models: TinyModels, ours: Ours) -> None:
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._voice = ours.engine.default_voice
        arch = yaml.safe_load(models.config.read_text())["model"]["arch"]
        with redirect_stdout(io.StringIO()):
            self._vocoder = utils_infer.load_vocoder(
                is_local=True, local_path=str(models.vocoder), device=self._device
            )
            self._model = utils_infer.load_model(DiT, arch, str(models.checkpoint), device=self._device)

    def speak(self, script: Script, steps: int) -> np.ndarray:
        """Speak with `SEED`; its lines about the text are thrown away."""
        with redirect_stdout(io.StringIO()):
            path, ref_text = utils_infer.preprocess_ref_audio_text(
                str(self._voice.path), self._voice.ref_text
            )
            seed_everything(SEED)
            audio: np.ndarray = utils_infer.infer_process(
                path,
                ref_text,
                script.text,
                self._model,
                self._vocoder,
                progress=None,
                show_info=lambda _: None,
                nfe_step=steps,
                device=self._device,
            )[0]
        return audio

    def solve(self, steps: int) -> object:
        """Its sampling alone: around it are threads, whose work would not be counted."""
        mel = torch.zeros(1, 470, 100, device=self._device)
        text: list[Any] = [list(text_of(1).text)]
        return self._model.sample(mel, text, 1800, steps=steps, cfg_strength=2.0, sway_sampling_coef=-1.0)

    def stages(self) -> dict[str, tuple[object, str]]:
        """Solver and vocoder; chunks run in threads, so together they can be longer than the whole."""
        return {"solver": (self._model, "sample"), "vocoder": (self._vocoder, "decode")}


def text_of(count: int) -> Script:
    """A text of `count` sentences, each a chunk, as upstream cuts it too."""
    pieces = [_SENTENCE.format(_NUMBERS[index % len(_NUMBERS)]) for index in range(count)]
    text = " ".join(pieces)
    chunks, start = [], 0
    for index, piece in enumerate(pieces):
        end = start + len(piece)
        chunks.append(Chunk(index, piece, start, end, tokenize(text, start, end), 0.0, "en"))
        start = end + 1
    return Script(text, tuple(chunks), 0.0)

"""The warm models: batches of inputs in, one wave per chunk out."""

from collections.abc import Generator, Iterator
from contextlib import closing
from functools import partial
from types import SimpleNamespace

import numpy as np
import torch
from torch import Tensor

from f5_worker.audio import Audio
from f5_worker.errors import Code, WorkerError
from f5_worker.job import JobControl
from f5_worker.models.out_of_memory import memory_errors
from f5_worker.speech import SpeechOptions
from f5_worker.speech.f5_model import mel, model_input, solver
from f5_worker.speech.f5_model.batches import SINGLE_BUCKET, Batch, plan
from f5_worker.speech.f5_model.checkpoint import (
    TEXT_POSITIONS,
    load_transformer,
    load_vocoder,
    read_vocabulary,
)
from f5_worker.speech.f5_model.device import DeviceThread, to_host
from f5_worker.speech.f5_model.files import ModelFiles
from f5_worker.speech.f5_model.flow import Flow
from f5_worker.speech.f5_model.lru_cache import LruCache
from f5_worker.speech.f5_model.mel import HOP, N_MELS
from f5_worker.speech.f5_model.model_input import ModelInput
from f5_worker.speech.f5_model.reference import Reference

_KEPT_SCHEDULES = 8  # 17 MB each for F5TTS_v1_Base at 32 steps, in float32
_GPU_BATCH = 8  # chunks
_WARM_FRAMES = 64
_GPU_WARM_FRAMES = (703, 1407)  # of jobs with 5 s of reference, a frame short of a length that is padded to


class Synthesizer:
    """F5-TTS and Vocos on one device, in fp16 on a GPU as upstream, in fp32 on a CPU."""

    def __init__(self, upstream: SimpleNamespace, files: ModelFiles, batch: int) -> None:
        """Load both; `batch` is the most chunks solved together, 0 for what suits the device.

        Raises `CannotStart` with what is wrong with the files.
        """
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.dtype = torch.float16 if _has_half(self.device) else torch.float32
        self.batch = batch or (_GPU_BATCH if self.device.type == "cuda" else 1)
        self._single_bucket = SINGLE_BUCKET if self.device.type == "cuda" else 1
        self.thread = DeviceThread(self.device)
        self._upstream = upstream
        self._vocabulary = read_vocabulary(upstream, files.vocabulary)
        self._flow = self.thread.run(partial(self._load_flow, files))
        self._vocoder = self.thread.run(partial(load_vocoder, upstream, files, self.device))
        self._schedules: LruCache[tuple[int, float, bool], solver.Schedule] = LruCache(_KEPT_SCHEDULES)
        torch.backends.cudnn.deterministic = True  # the same request gives the same bytes
        torch.backends.cudnn.benchmark = False

    def inputs(self, texts: list[str], reference: Reference, options: SpeechOptions) -> list[ModelInput]:
        """Tokens and lengths of the chunks of a request, in order. Raises `WorkerError(INVALID_INPUT)`."""
        if options.fix_duration is None:
            wanted = [
                reference.frames + model_input.speech_frames(text, reference, options.speed) for text in texts
            ]
        else:
            wanted = model_input.shared_frames(
                texts, reference, options.fix_duration, options.cross_fade_duration
            )
        return [
            self._model_input(index, text, reference, frames)
            for index, (text, frames) in enumerate(zip(texts, wanted, strict=True))
        ]

    def samples(self, chunk: ModelInput, reference: Reference) -> int:
        """How long the wave of a chunk will be: a centred inverse transform gives one hop less."""
        frames = chunk.frames - reference.frames
        return (frames - 1 if self._vocoder[1].istft.padding == "center" else frames) * HOP

    def waves(
        self,
        chunks: list[ModelInput],
        attempts: list[int],
        reference: Reference,
        options: SpeechOptions,
        control: JobControl,
    ) -> Generator[tuple[ModelInput, Audio], None, None]:
        """Speak inputs, batch by batch, in an order that their lengths decide.

        The next batch is spoken while this one's waves are listened to; close the iterator to stop that.
        `attempts[index]` counts how often a chunk was spoken before. Raises `WorkerError`:
        `OUT_OF_MEMORY`, `CANCELLED`, and `SYNTHESIS_FAILED` for audio that is not finite.
        """
        batches = self._batches(chunks, tuple(attempts), reference, options, control)
        with closing(self.thread.prefetch(batches)) as spoken:
            for batch in spoken:
                yield from batch

    def _batches(
        self,
        chunks: list[ModelInput],
        attempts: tuple[int, ...],
        reference: Reference,
        options: SpeechOptions,
        control: JobControl,
    ) -> Iterator[list[tuple[ModelInput, Audio]]]:
        for batch in plan(chunks, self.batch, self._single_bucket):
            control.check()
            size = f"{len(batch.inputs)} x {mel.seconds(batch.length):.0f} s of speech and reference"
            with memory_errors(f"{size} do not fit the memory; {self._memory_advice()}"):
                waves = self._batch_waves(batch, attempts, reference, options)
            yield list(zip(batch.inputs, waves, strict=True))

    def _batch_waves(
        self, batch: Batch, attempts: tuple[int, ...], reference: Reference, options: SpeechOptions
    ) -> list[Audio]:
        with torch.inference_mode():
            mels = self._solve(batch, attempts, reference, options)
            waves = to_host([self._decode(mel, reference) for mel in mels])
        return [_finite(wave.numpy()) for wave in waves]

    def _memory_advice(self) -> str:
        fewer = "set F5_BATCH to a smaller number, or " if self.batch > 1 else ""
        return f"{fewer}take a {'larger GPU' if self.device.type == 'cuda' else 'machine with more memory'}"

    def warm_up(self) -> None:
        """Run both models once on noise, so that the first job does not pay for what is done lazily."""
        longest = _WARM_FRAMES
        if self.device.type == "cuda":
            longest = max(_GPU_WARM_FRAMES)
            for frames in _GPU_WARM_FRAMES:
                self._warm_up(1, frames)
        self._warm_up(self.batch, longest)

    def _warm_up(self, chunks: int, frames: int) -> None:
        silent = torch.zeros(1, frames // 3, N_MELS, dtype=self.dtype, device=self.device)
        reference = Reference(silent, frames // 3 - 1, ". ", None, 1.0, 1.0, 1.0)
        chunk = ModelInput(0, "", torch.zeros(1, dtype=torch.long), frames)
        options = SpeechOptions(seed=0, nfe_step=1)
        for _ in self.waves([chunk] * chunks, [0], reference, options, JobControl()):
            pass

    def _load_flow(self, files: ModelFiles) -> Flow:
        return Flow(load_transformer(self._upstream, files, self._vocabulary, self.device, self.dtype))

    def _model_input(self, index: int, text: str, reference: Reference, frames: int) -> ModelInput:
        tokens = model_input.encode(text, reference, self._upstream, self._vocabulary)
        frames = max(frames, len(tokens) + 1, reference.mel.shape[1] + 1)  # as upstream's `CFM.sample`
        if frames > TEXT_POSITIONS:
            raise WorkerError(
                Code.INVALID_INPUT,
                f"chunk {index} needs {mel.seconds(frames):.0f} s with the reference and the model is "
                f"made for at most {mel.seconds(TEXT_POSITIONS):.0f}; raise speed",
            )
        return ModelInput(index, text, tokens, frames)

    def _solve(
        self, batch: Batch, attempts: tuple[int, ...], reference: Reference, options: SpeechOptions
    ) -> list[Tensor]:
        """The mels of a batch, each [frames of its speech, 100]."""
        is_guided = options.cfg_strength >= solver.MIN_GUIDANCE
        chunks = batch.inputs
        given = self._flow.conditions(
            reference.mel,
            [chunk.tokens for chunk in chunks],
            [chunk.frames for chunk in chunks],
            batch.length,
            is_guided=is_guided,
        )
        noise = torch.zeros(len(chunks), batch.length, N_MELS, device=self.device, dtype=self.dtype)
        for row, chunk in zip(noise, chunks, strict=True):
            seed = solver.chunk_seed(options.seed, chunk.index, attempts[chunk.index])
            row[: chunk.frames] = solver.draw_noise(self._flow, chunk.frames, seed)
        schedule = self._schedule(options, is_guided=is_guided)
        mels = solver.solve(self._flow, noise, schedule, given, options.cfg_strength)
        mels[:, : reference.mel.shape[1]] = reference.mel
        return [mel[reference.frames : chunk.frames] for mel, chunk in zip(mels, chunks, strict=True)]

    def _schedule(self, options: SpeechOptions, *, is_guided: bool) -> solver.Schedule:
        steps, sway = options.nfe_step, options.sway_sampling_coef
        make = partial(solver.make_schedule, self._flow, self._upstream, steps, sway, is_guided=is_guided)
        return self._schedules.get((steps, sway, is_guided), make)

    def _decode(self, mel: Tensor, reference: Reference) -> Tensor:
        """One chunk by itself, [samples]: in a padded batch Vocos gets the last frames wrong."""
        wave: Tensor = self._vocoder(mel.float().T[None])
        if reference.rms is not None:
            wave = wave * reference.rms / reference.target_rms
        return wave[0]


def _finite(audio: Audio) -> Audio:
    if not np.isfinite(audio).all():
        raise WorkerError(
            Code.SYNTHESIS_FAILED,
            "the model gave samples that are no numbers; try another seed, or a smaller cfg_strength",
        )
    return audio


def _has_half(device: torch.device) -> bool:
    """Upstream's own rule: fp16 from compute capability 7 (Volta) on."""
    return device.type == "cuda" and bool(torch.cuda.get_device_capability(device) >= (7, 0))

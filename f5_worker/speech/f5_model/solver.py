"""Noise ─▶ mel: the time schedule and the Euler loop, with a generator of its own for every chunk."""

import hashlib
from dataclasses import dataclass
from types import SimpleNamespace

import torch
from torch import Tensor

from f5_worker.speech.f5_model.flow import Conditions, Flow
from f5_worker.speech.f5_model.mel import N_MELS
from f5_worker.speech.f5_model.tables import Modulation

MIN_GUIDANCE = 1e-5  # a `cfg_strength` below this is none, as upstream


@dataclass(frozen=True)
class Schedule:
    """The steps of an `nfe_step` and a `sway_sampling_coef`: each one's table and length of time (scalar)."""

    tables: tuple[Modulation, ...]
    lengths: tuple[Tensor, ...]


def make_schedule(
    flow: Flow, upstream: SimpleNamespace, steps: int, sway: float, *, is_guided: bool
) -> Schedule:
    """The times of upstream's `CFM.sample`, its pruned schedules (EPSS) included, and their tables."""
    times = upstream.get_epss_timesteps(steps, device=flow.device, dtype=flow.state_dtype)
    times = times + sway * (torch.cos(torch.pi / 2 * times) - 1 + times)
    tables = flow.modulations(times[:-1], rows=2 if is_guided else 1)
    return Schedule(tuple(tables), (times[1:] - times[:-1]).unbind())


def chunk_seed(seed: int, index: int, attempt: int = 0) -> int:
    """The seed of one chunk: the request's own for the first attempt of the first chunk, as upstream."""
    if (index, attempt) == (0, 0):
        return seed
    digest = hashlib.sha256(f"{seed}/{index}/{attempt}".encode()).digest()
    return int.from_bytes(digest[:8]) >> 1  # torch takes 63 bits on every device


def draw_noise(flow: Flow, frames: int, seed: int) -> Tensor:
    """The start of one chunk, [frames, 100]: what upstream draws after `torch.manual_seed(seed)`."""
    generator = torch.Generator(flow.device).manual_seed(seed)
    return torch.randn(frames, N_MELS, generator=generator, device=flow.device, dtype=flow.dtype)


def solve(flow: Flow, noise: Tensor, schedule: Schedule, given: Conditions, cfg_strength: float) -> Tensor:
    """Euler's method from noise to mel, both [batch, frames, 100]; nothing waits for the device."""
    mel = noise.to(flow.state_dtype)
    for table, length in zip(schedule.tables, schedule.lengths, strict=True):
        velocity = flow.velocity(mel, table, given)
        if given.is_guided:
            cond, uncond = velocity.chunk(2)
            velocity = cond + (cond - uncond) * cfg_strength
        mel = mel + length * velocity
    return mel

"""What a step reads instead of computing: the modulation of each block, the rotary angles of each frame.

In float32 both functions of a pair agree. In half precision upstream's round at every operator on the
way, which turns frame 1400 by up to 0.65 rad too much or too little; the others compute in float32 (angles
in float64) and leave it to whoever uses them to round once.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call
from torch.nn import functional

_ROTARY_BASE = 10_000  # of f5-tts's rotary embedding, which takes no other


@dataclass(frozen=True)
class Modulation:
    """One step's shifts, scales (with 1 added) and gates: `blocks` [blocks, 6, dim], `last` [2, dim]."""

    blocks: Tensor
    last: Tensor


def upstream_modulations(dit: Any, times: Tensor, rows: int) -> list[Modulation]:
    """The tables of `times` [steps], each by itself in a batch of `rows`, to round as upstream does."""
    return [_upstream_modulation(dit, time, rows) for time in times.unbind()]


def _upstream_modulation(dit: Any, time: Tensor, rows: int) -> Modulation:
    embedded = functional.silu(dit.time_embed(time.repeat(1)).repeat(rows, 1))
    blocks = [block.attn_norm.linear(embedded)[0].unflatten(0, (6, -1)) for block in dit.transformer_blocks]
    return _with_ones(torch.stack(blocks), dit.norm_out.linear(embedded)[0].unflatten(0, (2, -1)))


def float32_modulations(dit: Any, times: Tensor, dtype: torch.dtype) -> list[Modulation]:
    """The tables of `times` [steps], all in one product a block, in float32 and then rounded to `dtype`."""
    embedded = functional.silu(_in_float32(dit.time_embed, times.float()))
    blocks = [
        _in_float32(block.attn_norm.linear, embedded).unflatten(-1, (6, -1))
        for block in dit.transformer_blocks
    ]
    last = _in_float32(dit.norm_out.linear, embedded).unflatten(-1, (2, -1))
    steps = zip(torch.stack(blocks, dim=1).unbind(), last.unbind(), strict=True)
    exact = [_with_ones(*tables) for tables in steps]
    return [Modulation(table.blocks.to(dtype), table.last.to(dtype)) for table in exact]


def upstream_angles(dit: Any, length: int) -> Tensor:
    """Rotary angles [length, head], each twice in a row, in the model's own precision."""
    angles: Tensor = dit.rotary_embed.forward_from_seq_len(length)[0][0]
    return angles


def float64_angles(dit: Any, length: int) -> Tensor:
    """Rotary angles [length, head / 2] in float64."""
    buffer = dit.rotary_embed.inv_freq
    exponents = torch.arange(len(buffer), device=buffer.device, dtype=torch.float64) / len(buffer)
    positions = torch.arange(length, device=buffer.device, dtype=torch.float64)
    return torch.outer(positions, _ROTARY_BASE**-exponents)


def _in_float32(module: Any, x: Tensor) -> Tensor:
    """`module(x)` with its weights widened for this call alone."""
    wide = {name: weight.float() for name, weight in module.named_parameters()}
    out: Tensor = functional_call(module, wide, (x,))
    return out


def _with_ones(blocks: Tensor, last: Tensor) -> Modulation:
    blocks[:, 1] += 1  # scales, of attention and of the feed-forward part
    blocks[:, 4] += 1
    last[0] += 1
    return Modulation(blocks, last)

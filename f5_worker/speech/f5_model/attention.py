"""Attention over the frames of padded rows: torch's own with a mask, or flash attention without one.

Torch's flash kernel takes no mask, so padded rows would fall to one half as fast. Its variant for
sequences of different lengths needs none: each row is handed to it as two, its frames and its padding.
"""

from collections.abc import Callable
from itertools import chain
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

_AMPERE = (8, 0)  # compute capability, from which on flash attention runs
_CHECKED = (70, 128, 64)  # frames of the rows that the kernel is tried on; one has no padding
_TOLERANCE = 2e-2  # of values of about 1, in bfloat16

# Queries, keys, values, each [frames of all rows, heads, head]; boundaries; the longest sequence.
Kernel = Callable[[Tensor, Tensor, Tensor, Tensor | None, int], Tensor]


class Attention(Protocol):
    """Attends within rows, of which only the first frames count."""

    def padding(
        self, frames: list[int], length: int, device: torch.device, dtype: torch.dtype
    ) -> Tensor | None:
        """What `attend` must know of rows with so many `frames`, padded to `length`."""
        ...

    def attend(self, query: Tensor, key: Tensor, value: Tensor, padding: Tensor | None) -> Tensor:
        """Each row's frames attend to one another: all [rows, length, heads, head]."""
        ...


class Masked:
    """Torch's own choice of a kernel."""

    def padding(
        self, frames: list[int], length: int, device: torch.device, dtype: torch.dtype
    ) -> Tensor | None:
        """A bias [rows, 1, 1, length]; None where no row is padded."""
        mask = frame_mask(frames, length, device)
        if mask is None:
            return None
        return torch.zeros_like(mask, dtype=dtype).masked_fill(~mask, -torch.inf)[:, None, None]

    def attend(self, query: Tensor, key: Tensor, value: Tensor, padding: Tensor | None) -> Tensor:
        """Scaled dot product attention."""
        heads_first = (part.transpose(1, 2) for part in (query, key, value))
        mixed: Tensor = functional.scaled_dot_product_attention(*heads_first, attn_mask=padding)
        return mixed.transpose(1, 2)


class Unmasked:
    """A kernel for sequences of different lengths; padding attends to padding, and nothing reads that."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def padding(self, frames: list[int], length: int, device: torch.device, _: torch.dtype) -> Tensor | None:
        """Where sequences begin, and the last ends: int32 [2 * rows + 1], where a graph can read it."""
        ends = ((row * length + count, (row + 1) * length) for row, count in enumerate(frames))
        return torch.tensor([0, *chain.from_iterable(ends)], dtype=torch.int32, device=device)

    def attend(self, query: Tensor, key: Tensor, value: Tensor, padding: Tensor | None) -> Tensor:
        """All rows at once."""
        flat = [part.flatten(0, 1) for part in (query, key, value)]
        mixed: Tensor = self._kernel(flat[0], flat[1], flat[2], padding, query.shape[1])
        return mixed.unflatten(0, query.shape[:2])


def choose_attention(device: torch.device, dtype: torch.dtype) -> Attention:
    """`Unmasked` where flash attention runs and agrees with `Masked`, which serves everywhere."""
    masked, unmasked = Masked(), Unmasked(flash_attention)
    has_flash = (
        device.type == "cuda"
        and dtype in (torch.float16, torch.bfloat16)
        and torch.cuda.get_device_capability(device) >= _AMPERE
    )
    return unmasked if has_flash and agree(masked, unmasked, device, dtype) else masked


def agree(one: Attention, other: Attention, device: torch.device, dtype: torch.dtype) -> bool:
    """Whether two ways give the same on padded rows; what cannot run does not agree."""
    frames, length = list(_CHECKED), max(_CHECKED)
    generator = torch.Generator().manual_seed(0)
    shape = (3, len(frames), length, 2, 64)
    query, key, value = torch.randn(shape, generator=generator).to(device, dtype)
    mask = frame_mask(frames, length, device)
    try:
        results = [
            way.attend(query, key, value, way.padding(frames, length, device, dtype))[mask]
            for way in (one, other)
        ]
    except (AttributeError, RuntimeError, TypeError):
        return False
    return bool(torch.allclose(*results, atol=_TOLERANCE, rtol=0))


def flash_attention(
    query: Tensor, key: Tensor, value: Tensor, boundaries: Tensor | None, longest: int
) -> Tensor:
    """The operator below torch 2.11's public `varlen_attn`, which torch 2.8 has under this name only."""
    out: Tensor = torch.ops.aten._flash_attention_forward(  # noqa: SLF001
        query, key, value, boundaries, boundaries, longest, longest, 0.0, False, False
    )[0]
    return out


def frame_mask(frames: list[int], length: int, device: torch.device) -> Tensor | None:
    """[rows, length], True where a row has a frame; None where no row is padded."""
    if all(count == length for count in frames):
        return None
    counts = torch.tensor(frames, device=device)
    return torch.arange(length, device=device) < counts[:, None]

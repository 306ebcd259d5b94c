"""How the flow's arithmetic is done: `Exact` gives upstream's bits, `Fused` has half the passes over memory.

A GPU spends as long on reading and writing activations between the products as on the products
themselves, so there every pass counts; `Fused` differs from `Exact` by rounding alone.
"""

from collections.abc import Callable
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn import functional

from f5_worker.speech.f5_model.tables import (
    Modulation,
    float32_modulations,
    float64_angles,
    upstream_angles,
    upstream_modulations,
)

_EPS = 1e-6  # of upstream's layer norms
_ALIGNED = 64  # columns: half-precision products are fast, and right, in whole tiles

Rotary = tuple[Tensor, Tensor]
Feed = Callable[[Any, Tensor], Tensor]


class Operators(Protocol):
    """What `Flow` is made of; x is [rows, frames, dim], shifts, scales and gates are [dim]."""

    def arrange(self, dit: Any) -> None:
        """Change the weights to the order that is used here."""
        ...

    def state_dtype(self, dtype: torch.dtype) -> torch.dtype:
        """The precision of times, mel and guidance for weights of `dtype`."""
        ...

    def modulations(self, dit: Any, times: Tensor, rows: int, dtype: torch.dtype) -> list[Modulation]:
        """The tables of `times` [steps] for a batch of `rows`."""
        ...

    def rotary(self, dit: Any, length: int, dtype: torch.dtype) -> Rotary:
        """The tables that `turn` takes, for so many frames."""
        ...

    def embed(self, proj: Any, halves: Tensor) -> Tensor:
        """Project the input: [1 or, with guidance, 2, chunks, frames, columns] ─▶ [rows, frames, dim]."""
        ...

    def project(self, attention: Any, x: Tensor) -> Tensor:
        """Queries, keys and values: [rows, frames, 3, heads, head]."""
        ...

    def modulate(self, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        """The layer norm of x, scaled and shifted."""
        ...

    def add_gated(self, x: Tensor, gate: Tensor, y: Tensor) -> Tensor:
        """X and y, gated."""
        ...

    def feed(self, feed_forward: Any, x: Tensor) -> Tensor:
        """The feed-forward part of a block."""
        ...

    def turn(self, query_key: Tensor, rotary: Rotary) -> Tensor:
        """Rotary position embedding of [rows, frames, 2, heads, head], queries and keys together."""
        ...


class Exact:
    """Upstream's own arithmetic; the rotation takes fewer operators and gives the same bits.

    Products have upstream's own shapes: MKL's kernels for Intel CPUs with AVX2 round a row differently beside
    other rows, or a column beside other columns.
    """

    def arrange(self, dit: Any) -> None:
        """All stays as it is."""

    def state_dtype(self, dtype: torch.dtype) -> torch.dtype:
        """The weights' own, as upstream."""
        return dtype

    def modulations(self, dit: Any, times: Tensor, rows: int, _: torch.dtype) -> list[Modulation]:
        """As upstream computes them."""
        return upstream_modulations(dit, times, rows)

    def rotary(self, dit: Any, length: int, _: torch.dtype) -> Rotary:
        """Cosines, and sines of which every even one is negated: [length, 1, 1, head]."""
        angles = upstream_angles(dit, length)[:, None, None]
        signs = torch.tensor([-1, 1], device=angles.device, dtype=angles.dtype)
        return angles.cos(), (angles.sin().unflatten(-1, (-1, 2)) * signs).flatten(-2)

    def embed(self, proj: Any, halves: Tensor) -> Tensor:
        """With the text and without it, one after the other."""
        return torch.cat([proj(half) for half in halves])

    def project(self, attention: Any, x: Tensor) -> Tensor:
        """Three products."""
        layers = (attention.to_q, attention.to_k, attention.to_v)
        return torch.stack([layer(x) for layer in layers], dim=2).unflatten(-1, (attention.heads, -1))

    def modulate(self, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        """Three passes."""
        return functional.layer_norm(x, x.shape[-1:], eps=_EPS) * scale + shift

    def add_gated(self, x: Tensor, gate: Tensor, y: Tensor) -> Tensor:
        """Two passes."""
        return x + gate * y

    def feed(self, feed_forward: Any, x: Tensor) -> Tensor:
        """Upstream's module."""
        out: Tensor = feed_forward(x)
        return out

    def turn(self, query_key: Tensor, rotary: Rotary) -> Tensor:
        """Neighbours swapped, and each pair turned."""
        cos, sin = rotary
        swapped = query_key.unflatten(-1, (-1, 2)).flip(-1).flatten(-2)
        return query_key * cos + swapped * sin


class Fused:
    """One pass where `Exact` takes two or three; times, tables and mel in float32, rounded once."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed

    def arrange(self, dit: Any) -> None:
        """One weight for query, key and value (`qkv`), even components of each head first in the first two.

        The input has its columns in whole tiles.
        """
        for block in dit.transformer_blocks:
            _fuse_projections(block.attn)
            _split_heads(block.attn)
        proj = dit.input_embed.proj
        missing = -proj.in_features % _ALIGNED
        proj.weight = torch.nn.Parameter(functional.pad(proj.weight, (0, missing)), requires_grad=False)

    def state_dtype(self, _: torch.dtype) -> torch.dtype:
        """Float32: 32 sums in half precision would round 32 times."""
        return torch.float32

    def modulations(self, dit: Any, times: Tensor, _: int, dtype: torch.dtype) -> list[Modulation]:
        """In float32, whatever the rows."""
        return float32_modulations(dit, times, dtype)

    def rotary(self, dit: Any, length: int, dtype: torch.dtype) -> Rotary:
        """Cosines, twice, [length, 1, 1, head] and sines [length, 1, 1, head / 2]."""
        angles = float64_angles(dit, length)[:, None, None]
        return angles.cos().repeat(1, 1, 1, 2).to(dtype), angles.sin().to(dtype)

    def embed(self, proj: Any, halves: Tensor) -> Tensor:
        """All rows at once."""
        out: Tensor = proj(halves.flatten(0, 1))
        return out

    def project(self, attention: Any, x: Tensor) -> Tensor:
        """One product."""
        return functional.linear(x, *attention.qkv).unflatten(-1, (3, attention.heads, -1))

    def modulate(self, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        """The time is one for all rows, so scale and shift are the norm's own weight and bias."""
        return functional.layer_norm(x, x.shape[-1:], scale, shift, _EPS)

    def add_gated(self, x: Tensor, gate: Tensor, y: Tensor) -> Tensor:
        """One pass."""
        return torch.addcmul(x, gate, y)

    def turn(self, query_key: Tensor, rotary: Rotary) -> Tensor:
        """Halves instead of neighbours: no swap, which would scatter reads of two bytes."""
        cos, sin = rotary
        even, odd = query_key.chunk(2, dim=-1)
        turned = query_key * cos
        turned_even, turned_odd = turned.chunk(2, dim=-1)
        turned_even.addcmul_(odd, sin, value=-1)
        turned_odd.addcmul_(even, sin)
        return turned


def choose_operators(device: torch.device, dtype: torch.dtype) -> Operators:
    """`Fused` on a GPU, `Exact` elsewhere: its bits are upstream's, and a CPU is bound by the products."""
    if device.type != "cuda":
        return Exact()
    return Fused(feed_with_epilogue if _has_epilogue(device, dtype) else feed_in_parts)


def feed_in_parts(feed_forward: Any, x: Tensor) -> Tensor:
    """A feed-forward part as its module does it, without asking about dropout."""
    out: Tensor = feed_forward.ff[2](feed_forward.ff[0](x))
    return out


def feed_with_epilogue(feed_forward: Any, x: Tensor) -> Tensor:
    """The same with the GELU in cuBLASLt's product; CUDA only: on a CPU that operator is another GELU."""
    first, second = feed_forward.ff[0][0], feed_forward.ff[2]
    hidden = torch._addmm_activation(first.bias, x.flatten(0, 1), first.weight.t(), use_gelu=True)  # noqa: SLF001
    out: Tensor = second(hidden).unflatten(0, x.shape[:2])
    return out


def _has_epilogue(device: torch.device, dtype: torch.dtype) -> bool:
    """Whether this torch still has that operator, and it is the GELU that the model was trained with."""
    x = torch.linspace(-3, 3, 256, device=device, dtype=dtype).view(16, 16)
    eye, zero = torch.eye(16, device=device, dtype=dtype), torch.zeros(16, device=device, dtype=dtype)
    try:
        fused = torch._addmm_activation(zero, x, eye, use_gelu=True)  # noqa: SLF001
    except (AttributeError, RuntimeError):
        return False
    return bool(torch.allclose(fused, functional.gelu(x, approximate="tanh"), atol=2e-3))


def _fuse_projections(attention: Any) -> None:
    """One weight for query, key and value; the three stay as views of it, so nothing is held twice."""
    layers = (attention.to_q, attention.to_k, attention.to_v)
    weight = torch.cat([layer.weight for layer in layers])
    bias = torch.cat([layer.bias for layer in layers])
    size = len(weight) // 3
    for index, layer in enumerate(layers):
        layer.weight = torch.nn.Parameter(weight[index * size : (index + 1) * size], requires_grad=False)
        layer.bias = torch.nn.Parameter(bias[index * size : (index + 1) * size], requires_grad=False)
    attention.qkv = (weight, bias)


def _split_heads(attention: Any) -> None:
    """Reorder what makes queries and keys; their products do not depend on it."""
    weight, bias = attention.qkv
    count = 2 * len(weight) // 3
    for tensor in (weight, bias):
        tensor[:count] = _halves(tensor[:count], 2 * attention.heads)
    for norm in (attention.q_norm, attention.k_norm):
        if norm is not None:
            norm.weight.copy_(_halves(norm.weight, 1))


def _halves(tensor: Tensor, heads: int) -> Tensor:
    """[heads * head, ...] with the even components of each head before the odd ones."""
    return tensor.unflatten(0, (heads, -1, 2)).transpose(1, 2).flatten(0, 2).clone()

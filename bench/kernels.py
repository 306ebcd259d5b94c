"""Kernels and bytes of one solver step on a GPU, counted without one: F5TTS_v1_Base on fake CUDA tensors.

    python -m bench.kernels [--quick] [--json FILE] [--check]

Needs torch 2.11 or newer, which has CUDA's operators for fake tensors on machines without CUDA. An
operator that is no view is a kernel, a convolution two (cuDNN's and its bias); bytes are those of the
tensors it is given and makes, element-wise operators' alone.
"""

import sys
from collections.abc import Iterator
from math import prod
from typing import Any

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from bench.parts.report import finish, parser_for, print_table
from bench.parts.sizes import F5_BASE
from f5_worker.speech.f5_model.attention import Unmasked, flash_attention
from f5_worker.speech.f5_model.flow import Conditions, Flow
from f5_worker.speech.f5_model.operators import Fused, feed_with_epilogue
from f5_worker.speech.f5_model.solver import Schedule, solve
from f5_worker.speech.f5_model.tables import Modulation
from f5_worker.speech.f5_model.upstream import import_upstream

MAX_KERNELS, MAX_GB = 290, 3.3  # a step of one chunk of 1406 frames, guided; element-wise traffic
ONE, EIGHT = [1406], [1400] * 8  # frames: 10 s of speech after 5 s of reference, one chunk and a batch
BUCKET = 1408

_PRODUCTS = {"addmm", "mm", "_addmm_activation"}
_SAME_MEMORY = {"_unsafe_view", "_reshape_alias", "lift_fresh", "device"}


def main() -> int:
    """Count, print, and with --check compare with the bars."""
    options = parser_for(__doc__, "the single chunk alone").parse_args()
    rows = [count(ONE, ONE[0])] if options.quick else [count(ONE, ONE[0]), count(EIGHT, BUCKET)]
    print_table(f"A solver step, torch {torch.__version__}", rows)
    single = rows[0]
    missed = [
        f"one chunk: {single[name]:.4g} {name}, the bar is {most}"
        for name, most in (("kernels", MAX_KERNELS), ("element-wise GB", MAX_GB))
        if single[name] > most
    ]
    return finish(options, rows, missed)


def count(frames: list[int], length: int) -> dict[str, Any]:
    """One guided step of so many chunks, padded to `length`."""
    with torch.no_grad(), FakeTensorMode(allow_non_fake_inputs=True), torch.device("cuda"):
        flow = Flow(_dit(), Fused(feed_with_epilogue), Unmasked(flash_attention))
        given, schedule = _conditions(frames, length), _schedule()
        noise = torch.empty(len(frames), length, 100)
        with _Kernels() as kernels:
            solve(flow, noise, schedule, given, 2.0)
    elementwise = [size for name, size in kernels.seen if _kind(name) == "element-wise"]
    return {
        "chunks": len(frames),
        "frames": length,
        "kernels": len(kernels.seen) + sum(name == "convolution" for name, _ in kernels.seen),
        "products": sum(_kind(name) == "product" for name, _ in kernels.seen),
        "element-wise": len(elementwise),
        "element-wise GB": sum(elementwise) / 1e9,
    }


def _dit() -> Any:
    """Made in half precision: fake weights cannot be turned into it."""
    usual = torch.get_default_dtype()
    torch.set_default_dtype(torch.float16)
    try:
        return import_upstream().DiT(**F5_BASE, text_num_embeds=2545, mel_dim=100).eval()
    finally:
        torch.set_default_dtype(usual)


def _conditions(frames: list[int], length: int) -> Conditions:
    """Shapes alone: what `Flow.conditions` makes, whose text embedding asks for values."""
    rows, half = 2 * len(frames), torch.float16
    is_padded = any(number < length for number in frames)
    return Conditions(
        inputs=torch.empty(rows, length, 768, dtype=half),
        rotary=(torch.empty(length, 1, 1, 64, dtype=half), torch.empty(length, 1, 1, 32, dtype=half)),
        mask=torch.empty(rows, length, dtype=torch.bool) if is_padded else None,
        padding=torch.empty(2 * rows + 1, dtype=torch.int32),
        is_guided=True,
    )


def _schedule() -> Schedule:
    half = torch.float16
    table = Modulation(torch.empty(22, 6, 1024, dtype=half), torch.empty(2, 1024, dtype=half))
    return Schedule((table,), (torch.empty(()),))


class _Kernels(TorchDispatchMode):  # type: ignore[misc]  # types are checked without torch
    """Notes every operator that is no view, with the bytes that it touches."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, int]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__
        returns = func._schema.returns
        is_view = any(item.alias_info and not item.alias_info.is_write for item in returns)
        if not is_view and name not in _SAME_MEMORY:
            made = tree_leaves(out)[:1]  # layer norms and attention make statistics besides
            self.seen.append((name, sum(map(_bytes, _tensors([args, kwargs, made])))))
        return out


def _tensors(values: Any) -> Iterator[Tensor]:
    return (leaf for leaf in tree_leaves(values) if isinstance(leaf, Tensor))


def _bytes(tensor: Tensor) -> int:
    """Of distinct elements: an expanded dimension is read once."""
    sizes = (size for size, stride in zip(tensor.shape, tensor.stride(), strict=True) if stride)
    return int(prod(sizes) * tensor.element_size())


def _kind(name: str) -> str:
    if name in _PRODUCTS:
        return "product"
    return "other" if name == "convolution" or "attention" in name else "element-wise"


if __name__ == "__main__":
    sys.exit(main())

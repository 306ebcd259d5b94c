"""The GPU's operators, attention and tables against the CPU's, on a CPU: they differ by rounding alone."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from f5_worker.speech.f5_model import solver
from f5_worker.speech.f5_model.attention import Masked, Unmasked, agree, choose_attention
from f5_worker.speech.f5_model.flow import Conditions, Flow
from f5_worker.speech.f5_model.operators import Exact, Fused, choose_operators, feed_in_parts
from f5_worker.speech.f5_model.tables import (
    float32_modulations,
    float64_angles,
    upstream_angles,
    upstream_modulations,
)
from f5_worker.speech.f5_model.upstream import import_upstream
from testing.tiny_models import TINY, randomise
from tests.speech.f5_model.emulation import one_by_one

CPU = torch.device("cpu")
ARCHITECTURES: list[dict[str, Any]] = [
    {},
    {"qk_norm": "rms_norm"},
    {"pe_attn_head": 1},
    {"long_skip_connection": True},
]
LENGTH, SINGLE, PADDED = 128, [128], [128, 100, 64]


def make_dit(dtype: torch.dtype = torch.float32, **arch: Any) -> Any:
    dit = import_upstream().DiT(**TINY | arch, text_num_embeds=60, mel_dim=100, text_mask_padding=True)
    randomise(dit)
    return dit.eval().to(dtype).requires_grad_(requires_grad=False)


def make_fused(dit: Any) -> Flow:
    return Flow(dit, Fused(feed_in_parts), Unmasked(one_by_one))


def conditions(flow: Flow, frames: list[int], guided: bool = True) -> Conditions:
    reference = torch.randn(1, 31, 100, generator=torch.Generator().manual_seed(1)).to(flow.dtype)
    tokens = [torch.arange(20 + index) for index in range(len(frames))]
    return flow.conditions(reference, tokens, frames, LENGTH, is_guided=guided)


def velocity(flow: Flow, frames: list[int], guided: bool = True) -> Tensor:
    mel = torch.randn(len(frames), LENGTH, 100, generator=torch.Generator().manual_seed(2))
    time = torch.tensor([0.37], dtype=flow.state_dtype)
    given = conditions(flow, frames, guided)
    out = flow.velocity(mel.to(flow.state_dtype), flow.modulations(time, 2 if guided else 1)[0], given)
    return out if given.mask is None else out[given.mask]


def difference(one: Tensor, other: Tensor) -> float:
    return float((one - other).norm() / other.norm())


@torch.inference_mode()
@pytest.mark.parametrize("arch", ARCHITECTURES, ids=str)
def test_the_gpu_s_way_differs_from_the_cpu_s_by_rounding(arch: dict[str, Any]) -> None:
    exact, fused = Flow(make_dit(**arch)), make_fused(make_dit(**arch))
    for frames, guided in product((SINGLE, PADDED), (True, False)):
        assert 0 < difference(velocity(fused, frames, guided), velocity(exact, frames, guided)) <= 1e-6


@torch.inference_mode()
def test_attention_without_a_mask_is_attention_with_one() -> None:
    masked, unmasked = (Flow(make_dit(), Exact(), way) for way in (Masked(), Unmasked(one_by_one)))
    assert difference(velocity(unmasked, PADDED), velocity(masked, PADDED)) <= 1e-6


@torch.inference_mode()
def test_without_a_mask_a_padded_row_is_attended_as_it_is_alone() -> None:
    way = Unmasked(one_by_one)
    query, key, value = torch.randn(3, 2, LENGTH, 2, 64, generator=torch.Generator().manual_seed(3))
    together = way.attend(query, key, value, way.padding([100, LENGTH], LENGTH, CPU, torch.float32))
    parts = (part[:1, :100] for part in (query, key, value))
    alone = way.attend(*parts, way.padding([100], 100, CPU, torch.float32))
    assert torch.equal(together[:1, :100], alone)


def wrong(query: Tensor, key: Tensor, value: Tensor, boundaries: Tensor, longest: int) -> Tensor:
    """Heeds no padding."""
    return one_by_one(query, key, value, torch.arange(0, len(query) + 1, longest), longest)


def missing(*_: object) -> Tensor:
    raise RuntimeError("no such operator")


@pytest.mark.parametrize(("kernel", "expected"), [(one_by_one, True), (wrong, False), (missing, False)])
def test_a_kernel_that_is_wrong_or_missing_is_found_out(
    kernel: Callable[..., Tensor], expected: bool
) -> None:
    assert agree(Masked(), Unmasked(kernel), CPU, torch.float32) == expected


def test_a_cpu_keeps_to_upstream_s_arithmetic() -> None:
    for dtype in (torch.float32, torch.float16, torch.bfloat16):
        assert isinstance(choose_operators(CPU, dtype), Exact)
        assert isinstance(choose_attention(CPU, dtype), Masked)


class Passes(TorchDispatchMode):
    """Counts operators that read or write, rather than look at the same memory in another shape."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        is_view = any(
            returned.alias_info and not returned.alias_info.is_write for returned in func._schema.returns
        )
        is_view |= func.overloadpacket.__name__ in ("_unsafe_view", "_reshape_alias")
        if not is_view:
            self.names.append(func.overloadpacket.__name__)
        return out


@torch.no_grad()  # where composite operators are counted by their parts
def test_a_block_is_at_most_thirteen_operators() -> None:
    counts = []
    for depth in (2, 3):
        flow = Flow(make_dit(depth=depth), Fused(feed_in_parts), Masked())
        given, mel = conditions(flow, SINGLE), torch.randn(1, LENGTH, 100)
        step = flow.modulations(torch.tensor([0.37]), 2)[0]
        with Passes() as passes:
            flow.velocity(mel, step, given)
        counts.append(len(passes.names))
    assert 0 < counts[1] - counts[0] <= 13


@torch.inference_mode()
def test_tables_in_float32_are_upstream_s_but_for_their_rounding() -> None:
    dit, times = make_dit(), torch.linspace(0, 0.9, 7)
    pairs = zip(
        float32_modulations(dit, times, torch.float32), upstream_modulations(dit, times, 2), strict=True
    )
    for ours, theirs in pairs:
        assert difference(ours.blocks, theirs.blocks) <= 1e-6
        assert difference(ours.last, theirs.last) <= 1e-6
    angles, expected = float64_angles(dit, 400), upstream_angles(dit, 400)
    assert difference(angles.repeat_interleave(2, -1), expected) <= 1e-6


def solved(flow: Flow) -> Tensor:
    schedule = solver.make_schedule(flow, import_upstream(), 16, -1.0, is_guided=True)
    noise = torch.randn(1, LENGTH, 100, generator=torch.Generator().manual_seed(4)).to(flow.dtype)
    return solver.solve(flow, noise, schedule, conditions(flow, SINGLE), 2.0).double()


@torch.inference_mode()
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
def test_half_precision_is_three_times_as_exact_as_upstream_s(dtype: torch.dtype) -> None:
    """The weights are rounded to `dtype` for all three, so that only the arithmetic is compared."""
    flows = Flow(make_dit(dtype).float()), Flow(make_dit(dtype)), make_fused(make_dit(dtype))
    truth, upstream, ours = (solved(flow) for flow in flows)
    assert difference(ours, truth) <= difference(upstream, truth) / 3


def test_query_key_and_value_are_held_once() -> None:
    dit = make_dit()
    make_fused(dit)
    attention = dit.transformer_blocks[0].attn
    storages = {layer.weight.untyped_storage().data_ptr() for layer in (attention.to_q, attention.to_k)}
    assert storages == {attention.qkv[0].untyped_storage().data_ptr()}

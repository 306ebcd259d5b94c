from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from f5_worker.speech import SpeechOptions
from f5_worker.speech.f5 import F5Engine
from f5_worker.speech.f5_model.flow import Conditions, Flow
from f5_worker.speech.f5_model.solver import Schedule, chunk_seed, draw_noise, make_schedule, solve
from f5_worker.speech.f5_model.upstream import import_upstream
from testing.tiny_models import TINY, randomise
from tests.speech.f5_model.conftest import assert_is_upstream_s

# Operators that make the host wait for a value, whose result's shape depends on one, or that bring
# tensors to another device or precision.
WAITS = (
    "_local_scalar_dense",
    "_to_copy",
    "_unique2",
    "equal",
    "is_nonzero",
    "item",
    "masked_select",
    "nonzero",
    "unique",
)


class Recorder(TorchDispatchMode):
    """Writes down every operator and the shapes that it makes."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, tuple[int, ...]]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        self.seen.append((func.overloadpacket.__name__, tuple(getattr(out, "shape", ()))))
        return out


def make_dit(dtype: torch.dtype = torch.float32) -> Any:
    """Upstream's model, with the same weights every time."""
    dit = import_upstream().DiT(**TINY, text_num_embeds=60, mel_dim=100, text_mask_padding=True).eval()
    randomise(dit)
    return dit.to(dtype)


@pytest.fixture(scope="module")
def dit() -> Any:
    return make_dit()


@pytest.fixture(scope="module")
def flow(dit: Any) -> Flow:
    return Flow(dit)


def batch(flow: Flow, frames: list[int], length: int, guided: bool) -> Conditions:
    reference = torch.randn(1, 31, 100, generator=torch.Generator().manual_seed(1)).to(flow.dtype)
    tokens = [torch.arange(20 + index) for index in range(len(frames))]
    return flow.conditions(reference, tokens, frames, length, is_guided=guided)


def schedule(flow: Flow, steps: int, guided: bool) -> Schedule:
    return make_schedule(flow, import_upstream(), steps, -1.0, is_guided=guided)


@torch.inference_mode()
def test_a_velocity_is_bit_for_bit_upstream_s(dit: Any, flow: Flow) -> None:
    given = batch(flow, [120], 120, guided=True)
    mel = torch.randn(1, 120, 100, generator=torch.Generator().manual_seed(2))
    time = torch.tensor(0.37)
    ours = flow.velocity(mel, flow.modulations(time[None], rows=2)[0], given)
    cond = given.inputs[:1, :, 100:200]
    upstream = dit(mel, cond, torch.arange(20)[None], time, cfg_infer=True)
    assert_is_upstream_s(ours, upstream)


@torch.inference_mode()
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
def test_in_half_precision_it_is_upstream_s_too(dtype: torch.dtype) -> None:
    """A GPU's precisions: what is mixed with a table of another one would be float32, or an error."""
    theirs, flow = make_dit(dtype), Flow(make_dit(dtype))
    given = batch(flow, [120], 120, guided=True)
    mel = torch.randn(1, 120, 100, generator=torch.Generator().manual_seed(2)).to(dtype)
    time = torch.tensor(0.37, dtype=dtype)
    ours = flow.velocity(mel, flow.modulations(time[None], rows=2)[0], given)
    assert ours.dtype == dtype
    assert torch.equal(
        ours, theirs(mel, given.inputs[:1, :, 100:200], torch.arange(20)[None], time, cfg_infer=True)
    )


@torch.inference_mode()
@pytest.mark.parametrize("guided", [True, False])
def test_a_padded_row_says_what_it_says_alone(flow: Flow, guided: bool) -> None:
    frames = [90, 120, 64]
    noise = torch.zeros(3, 128, 100)
    for row, count in zip(noise, frames, strict=True):
        row[:count] = draw_noise(flow, count, seed=count)
    steps = schedule(flow, 8, guided)
    together = solve(flow, noise, steps, batch(flow, frames, 128, guided), 2.0)
    reference = torch.randn(1, 31, 100, generator=torch.Generator().manual_seed(1))
    for index, count in enumerate(frames):
        given = flow.conditions(reference, [torch.arange(20 + index)], [count], count, is_guided=guided)
        alone = solve(flow, noise[index : index + 1, :count], steps, given, 2.0)
        assert torch.allclose(together[index : index + 1, :count], alone, atol=1e-5, rtol=0)


@torch.inference_mode()
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16], ids=str)
@pytest.mark.parametrize("guided", [True, False], ids=["guided", "unguided"])
@pytest.mark.parametrize("frames", [[128], [128, 100]], ids=["single", "padded batch"])
def test_the_solver_never_waits_for_the_device(frames: list[int], guided: bool, dtype: torch.dtype) -> None:
    flow = Flow(make_dit(dtype))
    given, steps = batch(flow, frames, 128, guided=guided), schedule(flow, 8, guided=guided)
    noise = torch.randn(len(frames), 128, 100).to(dtype)
    with Recorder() as recorder:
        solve(flow, noise, steps, given, 2.0)
    assert recorder.seen
    assert not [name for name, _ in recorder.seen if name in WAITS]


@torch.inference_mode()
def test_every_step_runs_the_same_operators_on_the_same_shapes(flow: Flow) -> None:
    given, steps = batch(flow, [128, 100], 128, guided=True), schedule(flow, 8, guided=True)
    mel = torch.randn(2, 128, 100)
    seen = []
    for table in steps.tables:
        with Recorder() as recorder:
            flow.velocity(mel, table, given)
        seen.append(recorder.seen)
    assert all(step == seen[0] for step in seen)


@torch.inference_mode()
def test_a_step_has_fewer_operators_than_upstream_s(dit: Any, flow: Flow) -> None:
    given, steps = batch(flow, [128], 128, guided=True), schedule(flow, 8, guided=True)
    mel, cond = torch.randn(1, 128, 100), given.inputs[:1, :, 100:200].clone()
    with Recorder() as ours:
        flow.velocity(mel, steps.tables[0], given)
    dit(mel, cond, torch.arange(20)[None], torch.tensor(0.5), cfg_infer=True, cache=True)  # fills its cache
    with Recorder() as theirs:
        dit(mel, cond, torch.arange(20)[None], torch.tensor(0.5), cfg_infer=True, cache=True)
    dit.clear_cache()
    assert len(ours.seen) < 0.75 * len(theirs.seen)


def test_the_first_chunk_s_seed_is_the_request_s_and_all_seeds_differ() -> None:
    seeds = [
        chunk_seed(seed, index, attempt) for seed in range(5) for index in range(50) for attempt in range(3)
    ]
    assert chunk_seed(42, 0) == 42
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_drawing_noise_leaves_the_global_generator_alone(engine: F5Engine, flow: Flow) -> None:
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    draw_noise(flow, 10, SpeechOptions(seed=1).seed)
    assert torch.equal(before, torch.random.get_rng_state())

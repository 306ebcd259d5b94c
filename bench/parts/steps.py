"""What one solver step makes the machine do: operators on a CPU, kernels on a GPU, and waits of the host."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch.autograd import DeviceType
from torch.profiler import ProfilerActivity, profile
from torch.utils._python_dispatch import TorchDispatchMode

_FEWER, _MORE = 8, 9  # steps: whole schedules, of which f5-tts prunes none

# What makes the host wait: operators that ask for a value, and what CUDA is then called with.
_ASKING = ("_local_scalar_dense", "is_nonzero", "nonzero")
_WAITING = ("cudaStreamSynchronize", "cudaDeviceSynchronize", "cudaEventSynchronize")


def work_per_step(solve: Callable[[int], object]) -> dict[str, int]:
    """What a run of 9 steps does more than one of 8: `work` (operators or kernels) and `waits`."""
    count = _kernels if torch.cuda.is_available() else _operators
    counts = []
    for steps in (_FEWER, _MORE):
        solve(steps)  # fills what is kept between runs
        counts.append(count(partial(solve, steps)))
    return {name: counts[1][name] - counts[0][name] for name in ("work", "waits")}


class _Names(TorchDispatchMode):
    """Notes the name of every operator of its thread."""

    def __init__(self) -> None:
        super().__init__()
        self.noted: Counter[str] = Counter()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.noted[func.overloadpacket.__name__] += 1
        return func(*args, **(kwargs or {}))


def _operators(call: Callable[[], object]) -> dict[str, int]:
    with _Names() as names:
        call()
    return {"work": names.noted.total(), "waits": sum(names.noted[name] for name in _ASKING)}


def _kernels(call: Callable[[], object]) -> dict[str, int]:
    with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as profiler:
        call()
        torch.cuda.synchronize()
    events = profiler.events()
    kernels = [
        event
        for event in events
        if event.device_type == DeviceType.CUDA and not event.name.startswith(("Memcpy", "Memset"))
    ]
    return {"work": len(kernels), "waits": sum(event.name in _WAITING for event in events)}

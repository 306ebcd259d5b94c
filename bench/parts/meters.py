"""What one call costs: seconds, CPU seconds, peak memory; and how much of it lies in some of its methods."""

import ctypes
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar
from unittest import mock

import torch

Result = TypeVar("Result")


@dataclass(frozen=True)
class Cost(Generic[Result]):
    """`mib` is the peak of what was held above what was held before, on a GPU that of its memory.

    `other_cores` is how many of the machine's cores other processes kept busy meanwhile.
    """

    seconds: float
    cpu_seconds: float
    other_cores: float
    mib: float
    result: Result


def cost_of(call: Callable[[], Result]) -> Cost[Result]:
    """Call it once; on a GPU until the device has done what it was given."""
    held = _reset_peak()
    before = time.perf_counter(), time.process_time(), _busy_seconds()
    result = call()
    _settle()
    after = time.perf_counter(), time.process_time(), _busy_seconds()
    seconds, cpu_seconds, busy = (end - start for start, end in zip(before, after, strict=True))
    return Cost(seconds, cpu_seconds, max(0.0, busy - cpu_seconds) / seconds, _peak() - held, result)


@contextmanager
def stopwatch(methods: dict[str, tuple[object, str]]) -> Iterator[dict[str, float]]:
    """Add up the seconds spent in methods, given as name: (object, method), of all threads together.

    On a GPU each call then waits for the device, so what is timed here is not what overlaps elsewhere.
    """
    seconds = dict.fromkeys(methods, 0.0)
    with ExitStack() as stack:
        for name, (owner, method) in methods.items():
            stack.enter_context(
                mock.patch.object(owner, method, _timed(getattr(owner, method), name, seconds))
            )
        yield seconds


def _timed(method: Callable[..., Any], name: str, seconds: dict[str, float]) -> Callable[..., Any]:
    def timed(*args: Any, **kwargs: Any) -> Any:
        started = time.perf_counter()
        result = method(*args, **kwargs)
        _settle()
        seconds[name] += time.perf_counter() - started
        return result

    return timed


def _settle() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def _busy_seconds() -> float:
    """Seconds that all cores together have worked since the machine started, for any process."""
    user, nice, system = Path("/proc/stat").read_text().split()[1:4]
    return (int(user) + int(nice) + int(system)) / os.sysconf("SC_CLK_TCK")


def _reset_peak() -> float:
    """Start a new peak; MiB that are held now."""
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
        return float(torch.cuda.memory_allocated() / 2**20)
    ctypes.CDLL("libc.so.6").malloc_trim(0)  # gives back what an earlier call has freed
    Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


def _peak() -> float:
    """MiB, at most, since `_reset_peak`."""
    if torch.cuda.is_available():
        return float(torch.cuda.max_memory_allocated() / 2**20)
    return _status("VmHWM")


def _status(key: str) -> float:
    """One of the process's own figures, in MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(key))

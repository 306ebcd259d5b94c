"""One thread, and on a GPU one stream of its own, in which all work of the speech models is done.

cuDNN keeps its plans by thread: a thread a job would make them again for every job. One stream means
that work is done in the order in which it was queued, and beside what Whisper and the aligners do.
"""

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

import torch
from torch import Tensor

Result = TypeVar("Result")


class DeviceThread:
    """Runs what it is given one after the other, for as long as the process lives."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._executor = ThreadPoolExecutor(
            1, thread_name_prefix="device", initializer=_own_stream, initargs=(device,)
        )

    def run(self, work: Callable[[], Result]) -> Result:
        """The result of `work`, or what it raises. Never call it from work of this thread's own."""
        return self._executor.submit(work).result()

    def prefetch(self, results: Iterator[Result]) -> Generator[Result, None, None]:
        """The results in their order, each made while the one before is used; raises what making one raises.

        Closed early, it waits for the result that is being made and asks for no more.
        """
        coming: Future[Result | None] = self._executor.submit(next, results, None)
        try:
            while (result := coming.result()) is not None:
                coming = self._executor.submit(next, results, None)
                yield result
        finally:
            if not coming.cancel():
                wait([coming])


def to_host(tensors: list[Tensor]) -> list[Tensor]:
    """The tensors in the CPU's memory; a GPU is waited for once, after the last of them was queued."""
    if not tensors or not tensors[0].is_cuda:
        return [tensor.cpu() for tensor in tensors]
    pinned = [torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True) for tensor in tensors]
    for target, tensor in zip(pinned, tensors, strict=True):
        target.copy_(tensor, non_blocking=True)
    torch.cuda.current_stream().synchronize()
    return pinned


def _own_stream(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.set_stream(torch.cuda.Stream(device))

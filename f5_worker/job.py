"""One job on its way through the worker: progress out, cancellation in, blocking work off the event loop."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, TypeVarTuple

from f5_worker.errors import Code, WorkerError
from f5_worker.stopwatch import Stopwatch

T = TypeVar("T")
Arguments = TypeVarTuple("Arguments")


@dataclass(frozen=True)
class Progress:
    """How far one stage of a job is: `done` of `total` steps (chunks, bytes, words)."""

    stage: str
    done: int
    total: int


def _ignore(_: Progress) -> None:
    return None


class JobControl:
    """Handed to everything that takes long; safe to use from any thread."""

    def __init__(self, on_progress: Callable[[Progress], None] = _ignore) -> None:
        self._on_progress = on_progress
        self._cancelled = threading.Event()
        self._reason = ""

    def report(self, stage: str, done: int, total: int) -> None:
        """Say how far a stage is; cheap, throttled further on."""
        self._on_progress(Progress(stage, done, total))

    def cancel(self, reason: str) -> None:
        """Ask the work to stop at its next `check`; `reason` ends up in the error's sentence."""
        self._reason = reason
        self._cancelled.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether the work was asked to stop."""
        return self._cancelled.is_set()

    def check(self) -> None:
        """Raise `WorkerError(CANCELLED)` once the job has been cancelled; call it between chunks."""
        if self.is_cancelled:
            raise WorkerError(Code.CANCELLED, self._reason)


@dataclass(frozen=True)
class Job:
    """The platform's job id (safe as a file name), the wires to its running work, and what it took."""

    id: str
    control: JobControl
    stages: Stopwatch = field(default_factory=Stopwatch)

    async def in_thread(self, work: Callable[[*Arguments], T], *arguments: *Arguments) -> T:
        """Run blocking `work(*arguments)` in a thread, so that the event loop stays free.

        When the job is cancelled meanwhile, the work is told through `control` and waited for: a
        cancelled job must have stopped before the next one may use the model.
        """
        self.control.check()
        running = asyncio.ensure_future(asyncio.to_thread(work, *arguments))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            self.control.cancel("the job was cancelled")
            await _settled(running)
            raise


async def _settled(running: asyncio.Future[T]) -> None:
    """Wait for a future to end, however it ends and however often this task is cancelled again."""
    while not running.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait([running])
    if not running.cancelled():
        running.exception()  # the job's own error no longer matters; asking for it keeps asyncio quiet

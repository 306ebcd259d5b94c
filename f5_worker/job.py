"""One job on its way through the worker: its id, its control, and blocking work done off the event loop."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from f5_worker.control import JobControl
from f5_worker.stages import Stages

T = TypeVar("T")


@dataclass(frozen=True)
class Job:
    """The platform's job id (safe as a file name), the wires to its running work, and what it took."""

    id: str
    control: JobControl
    stages: Stages = field(default_factory=Stages)

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Run blocking `work` in a thread, so that the event loop stays free.

        When the job is cancelled meanwhile, the work is told through `control` and waited for: a
        cancelled job must have stopped before the next one may use the model.
        """
        self.control.check()
        running = asyncio.ensure_future(asyncio.to_thread(work))
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

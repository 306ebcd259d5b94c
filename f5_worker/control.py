"""The two wires between a running job and the outside: progress out, cancellation in."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from f5_worker.errors import Code, WorkerError


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

    def check(self) -> None:
        """Raise `WorkerError(CANCELLED)` once the job has been cancelled; call it between chunks."""
        if self._cancelled.is_set():
            raise WorkerError(Code.CANCELLED, self._reason)

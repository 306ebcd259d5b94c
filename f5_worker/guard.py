"""Work after synthesis, kept apart: it may raise, run out of memory or hang, and the job goes on without it.

Every aligner, the verifier, the subtitles and every store are used through a `Guard` of their own. What it
catches is logged here; who asked makes a warning of the reason.
"""

import logging
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from f5_worker.errors import CannotStart, WorkerError
from f5_worker.job import JobControl, Progress
from f5_worker.models.out_of_memory import give_memory_back, is_out_of_memory

log = logging.getLogger(__name__)

T = TypeVar("T")

_POLL = 0.05  # seconds between two looks at whether the job was cancelled
_GRACE = 10.0  # seconds in which the work of a cancelled job may end by itself


class Failed(Exception):
    """Guarded work gave no result; the text is the reason, in words that may reach the client."""


class Guard:
    """Runs the calls into one part of the worker; while one of them hangs, no other is begun.

    Threads are used again, since cuDNN keeps its plans by thread, and end with the process.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._overdue: threading.Event | None = None
        self._idle: list[SimpleQueue[_Call[Any]]] = []  # where the threads that have nothing to do wait

    def run(self, work: Callable[[JobControl], T], control: JobControl, limit: float) -> T:
        """What `work` returns, in another thread and within `limit` seconds.

        `work` gets a control that is cancelled with the job and when the limit has passed; work that heeds
        neither is left behind. Raises `Failed` for whatever goes wrong in it, and
        `WorkerError(CANCELLED)` for a cancelled job, once the work has ended or had time to.
        """
        control.check()
        if self._overdue is not None and not self._overdue.is_set():
            raise Failed("an earlier call of it still hangs")
        call: _Call[T] = _Call(work, control)
        self._begin(call)
        deadline = time.monotonic() + limit
        while not call.ended.wait(_POLL) and time.monotonic() < deadline:
            if control.is_cancelled and not call.control.is_cancelled:
                call.control.cancel("the job was cancelled")
                deadline = min(deadline, time.monotonic() + _GRACE)
        if not call.ended.is_set():
            call.control.cancel("it took too long")
            self._overdue = call.ended
        control.check()
        if call.ended is self._overdue:
            log.warning("part of the worker hangs", extra={"part": self.name, "limit": limit})
            raise Failed(f"it took longer than {limit:.0f} s")
        return self._outcome(call)

    def _begin(self, call: "_Call[T]") -> None:
        try:
            calls = self._idle.pop()
        except IndexError:
            calls = SimpleQueue()
            threading.Thread(target=self._serve, args=[calls], name=self.name, daemon=True).start()
        calls.put(call)

    def _serve(self, calls: "SimpleQueue[_Call[Any]]") -> None:
        while True:
            call = calls.get()
            call.run()
            self._idle.append(calls)
            call.ended.set()
            del call  # it holds the job's audio

    def _outcome(self, call: "_Call[T]") -> T:
        if call.error is None:
            return call.results[0]
        log.warning("part of the worker failed", exc_info=call.error, extra={"part": self.name})
        reason = _reason(call.error)
        if is_out_of_memory(call.error):
            give_memory_back(call.error)
        raise Failed(reason) from None


class _Call(Generic[T]):
    """One call of `work`, and what came of it once it has `ended`."""

    def __init__(self, work: Callable[[JobControl], T], control: JobControl) -> None:
        def report(progress: Progress) -> None:
            control.report(progress.stage, progress.done, progress.total)

        self.control = JobControl(report)
        self.ended = threading.Event()
        self.results: list[T] = []
        self.error: BaseException | None = None
        self._work = work

    def run(self) -> None:
        """Do the work; whatever it raises is kept for whoever waits."""
        try:
            self.results.append(self._work(self.control))
        except BaseException as error:  # noqa: BLE001 - logged by whoever waits
            self.error = error


def _reason(error: BaseException) -> str:
    if isinstance(error, WorkerError):
        return error.message
    if isinstance(error, Failed | CannotStart):
        return str(error)
    if is_out_of_memory(error):
        return "there was not enough memory"
    return f"it failed ({type(error).__name__})"

"""A job's blocking work runs off the event loop and has stopped before its cancellation is over."""

import asyncio
import threading

import pytest

from f5_worker.errors import WorkerError
from f5_worker.job import Job, JobControl


def test_the_event_loop_stays_free_while_a_job_works() -> None:
    async def scenario() -> str:
        release = threading.Event()
        job = Job("a", JobControl())
        working = asyncio.create_task(job.in_thread(release.wait))
        await asyncio.sleep(0)
        release.set()  # reached only if the wait does not block the loop
        return "done" if await working else "failed"

    assert asyncio.run(scenario()) == "done"


def test_cancellation_stops_the_work_at_its_next_check_and_waits_for_it() -> None:
    started, stopped = threading.Event(), threading.Event()
    control = JobControl()

    def work() -> None:
        started.set()
        try:
            while True:
                control.check()
        finally:
            stopped.set()

    async def scenario() -> None:
        working = asyncio.create_task(Job("a", control).in_thread(work))
        await asyncio.to_thread(started.wait)
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        assert stopped.is_set()

    asyncio.run(scenario())


def test_a_cancelled_job_starts_no_further_work() -> None:
    control = JobControl()
    control.cancel("the job was cancelled")
    with pytest.raises(WorkerError, match="CANCELLED: the job was cancelled"):
        asyncio.run(Job("a", control).in_thread(lambda: pytest.fail("work was started")))

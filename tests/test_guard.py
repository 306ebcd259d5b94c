"""A guard gives what the work gave, or a reason: whatever it raises, and however long it hangs."""

import logging
import threading
from collections.abc import Iterator

import pytest

from f5_worker.errors import Code, WorkerError
from f5_worker.guard import Failed, Guard
from f5_worker.job import JobControl, Progress

LONG = 1e6  # seconds: the limit plays no part
SHORT = 0.2  # seconds: the limit passes


@pytest.fixture
def over() -> Iterator[threading.Event]:
    """Set when the test ends, so that what hangs until then ends with it."""
    event = threading.Event()
    yield event
    event.set()


def raised(error: BaseException) -> str:
    def work(_: JobControl) -> None:
        raise error

    with pytest.raises(Failed) as failed:
        Guard("a part").run(work, JobControl(), LONG)
    return str(failed.value)


def test_the_result_and_the_progress_of_the_work_come_through() -> None:
    reports: list[Progress] = []

    def work(control: JobControl) -> int:
        control.report("timing", 1, 2)
        return 42

    assert Guard("a part").run(work, JobControl(reports.append), LONG) == 42
    assert reports == [Progress("timing", 1, 2)]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RuntimeError("/a/path and a text"), "it failed (RuntimeError)"),
        (SystemExit(1), "it failed (SystemExit)"),
        (MemoryError(), "there was not enough memory"),
        (RuntimeError("CUDA out of memory. Tried to allocate"), "there was not enough memory"),
        (WorkerError(Code.OUT_OF_MEMORY, "take a smaller model"), "take a smaller model"),
        (WorkerError(Code.CANCELLED, "something below it was cancelled"), "something below it was cancelled"),
    ],
)
def test_whatever_is_raised_becomes_a_reason(error: BaseException, reason: str) -> None:
    assert raised(error) == reason


def test_what_was_raised_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    raised(RuntimeError("a bug in a library"))
    assert "a bug in a library" in caplog.text


def test_work_that_hangs_is_left_behind_and_not_begun_again_while_it_hangs(over: threading.Event) -> None:
    guard = Guard("a part")
    with pytest.raises(Failed, match="it took longer than 0 s"):
        guard.run(lambda _: over.wait(), JobControl(), SHORT)
    with pytest.raises(Failed, match="an earlier call of it still hangs"):
        guard.run(lambda _: pytest.fail("it was begun"), JobControl(), LONG)
    over.set()
    while True:  # until the guard has noticed that the call ended
        try:
            assert guard.run(lambda _: 1, JobControl(), LONG) == 1
            break
        except Failed:
            continue


def test_work_that_heeds_its_control_ends_when_the_limit_has_passed() -> None:
    ended = threading.Event()

    def work(control: JobControl) -> None:
        while not control.is_cancelled:
            pass
        ended.set()

    with pytest.raises(Failed, match="it took longer"):
        Guard("a part").run(work, JobControl(), SHORT)
    ended.wait()


def test_another_call_is_not_held_up_by_one_that_hangs(over: threading.Event) -> None:
    guard, began = Guard("a part"), threading.Event()

    def hang(_: JobControl) -> None:
        began.set()
        over.wait()

    first = threading.Thread(target=guard.run, args=(hang, JobControl(), LONG))
    first.start()
    began.wait()
    assert guard.run(lambda _: 2, JobControl(), LONG) == 2
    assert first.is_alive()
    over.set()
    first.join()


def test_a_cancelled_job_ends_with_its_work() -> None:
    control = JobControl()

    def work(own: JobControl) -> None:
        control.cancel("enough")
        while not own.is_cancelled:
            pass

    with pytest.raises(WorkerError, match="enough") as stopped:
        Guard("a part").run(work, control, LONG)
    assert stopped.value.code is Code.CANCELLED


def test_a_cancelled_job_does_not_wait_long_for_work_that_hangs(
    over: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("f5_worker.guard._GRACE", SHORT)
    control = JobControl()

    def work(_: JobControl) -> None:
        control.cancel("enough")
        over.wait()

    with pytest.raises(WorkerError, match="enough"):
        Guard("a part").run(work, control, LONG)


def test_calls_one_after_the_other_share_a_thread() -> None:
    guard = Guard("a part")
    threads = {guard.run(lambda _: threading.get_ident(), JobControl(), LONG) for _ in range(5)}
    assert len(threads) == 1

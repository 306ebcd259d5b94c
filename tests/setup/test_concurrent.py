"""Several workers, one volume: one builds, the others wait, and a dead builder is replaced."""

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from network_venv.lock import BuildLock
from tests.setup.conftest import Project


def until(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.02)


def kill(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate()


def builds(err: str) -> bool:
    return "building the environment" in err


def test_of_three_at_once_one_builds_and_all_get_it(project: Project) -> None:
    project.index.delay = 1.0
    processes = [project.start() for _ in range(3)]
    results = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert len({out for out, _ in results}) == 1
    assert sum(builds(err) for _, err in results) == 1
    waiting = [err for _, err in results if not builds(err)]
    assert all("waiting for process" in err and " s so far" in err for err in waiting)
    assert project.leftovers() == []


def test_when_the_builder_is_killed_one_of_the_others_takes_over(project: Project) -> None:
    project.index.delay = 1.0
    first = project.start()
    until(project.index.has_sent_a_wheel)
    others = [project.start() for _ in range(2)]
    kill(first)
    results = [process.communicate() for process in others]
    assert [process.returncode for process in others] == [0, 0], results
    assert sum(builds(err) for _, err in results) == 1
    assert sum("not shown a sign of life" in err for _, err in results) >= 1
    assert all(project.speaks(out) for out, _ in results)
    assert (project.volume / "venv" / "bin" / "python").exists()
    assert project.leftovers() == []


def test_a_killed_build_is_never_taken_for_a_good_one(project: Project) -> None:
    project.index.delay = 0.3
    for pause in (0.1, 0.3, 0.5, 0.7, 0.9):
        process = project.start()
        time.sleep(pause)
        kill(process)
        link = project.volume / "venv"
        assert not link.is_symlink() or project.speaks(str(link / "bin" / "python"))
        for path in (project.volume / "venvs").glob("cpython-*"):
            assert project.speaks(str(path / "bin" / "python"))
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert project.speaks(done.stdout)
    assert project.leftovers() == []


def test_a_stopped_build_cleans_up_at_once(project: Project) -> None:
    project.index.delay = 1.0
    process = project.start()
    until(project.index.has_sent_a_wheel)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate()
    assert (process.returncode, out) == (143, "")
    assert project.leftovers() == []
    assert not list((project.volume / "venvs").iterdir())


def test_a_builder_that_was_taken_for_dead_waits_for_its_successor(project: Project) -> None:
    project.index.delay = 1.0
    slow = project.start()
    until(project.index.has_sent_a_wheel)
    slow.send_signal(signal.SIGSTOP)
    successor = project.start()
    out, err = successor.communicate()
    slow.send_signal(signal.SIGCONT)
    slow_out, slow_err = slow.communicate()
    assert successor.returncode == 0, err
    assert slow.returncode == 0, slow_err
    assert slow_out == out
    assert project.speaks(out)
    assert project.leftovers() == []


def test_only_one_of_many_holds_the_lock(tmp_path: Path) -> None:
    locks = [BuildLock(tmp_path, "the build") for _ in range(5)]
    assert [lock.acquire() for lock in locks] == [True, False, False, False, False]
    locks[0].release()
    assert locks[1].acquire()
    locks[1].release()
    assert list(tmp_path.iterdir()) == []


def test_who_waits_says_what_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    holder, waiter = (
        BuildLock(tmp_path, "the download of models"),
        BuildLock(tmp_path, "the download of models"),
    )
    assert holder.acquire()
    assert not waiter.acquire()
    waiter.wait()
    holder.release()
    assert " to finish the download of models, " in capsys.readouterr().err


def test_losing_the_lock_is_noticed_and_the_successor_keeps_it(tmp_path: Path) -> None:
    slow, successor = BuildLock(tmp_path, "the build"), BuildLock(tmp_path, "the build")
    assert slow.acquire()
    (tmp_path / ".lock").rename(tmp_path / ".dead-slow")
    assert successor.acquire()
    assert not slow.held()
    slow.release()
    assert successor.held()
    successor.release()


def test_a_lock_that_lost_its_holder_half_way_through_release_is_free(tmp_path: Path) -> None:
    (tmp_path / ".lock").mkdir()
    lock = BuildLock(tmp_path, "the build")
    assert lock.acquire()
    lock.release()

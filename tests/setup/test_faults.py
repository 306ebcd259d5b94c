"""Faults of the registry and of the machines that build: each ends in a good start or in one sentence."""

import os
import random
import time
from pathlib import Path

import pytest

from tests.setup.conftest import Project
from tests.setup.test_concurrent import builds, kill
from tests.setup.test_installers import sentence


def test_after_ten_kills_at_random_moments_the_next_start_succeeds(project: Project) -> None:
    moments = random.Random(20)  # noqa: S311 - not a secret
    project.index.delay = 0.5
    for _ in range(10):
        process = project.start()
        time.sleep(moments.uniform(0.0, 2.5))
        kill(process)
        link = project.volume / "venv"
        assert not link.is_symlink() or project.speaks(str(link / "bin" / "python"))
        for path in (project.volume / "venvs").glob("[!.]*"):
            assert project.speaks(str(path / "bin" / "python"))
            project.publish(version=f"1.{moments.randrange(10**6)}")  # or nothing would be left to kill
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert project.speaks(done.stdout)
    assert project.leftovers() == []


def test_of_eight_at_once_one_builds_and_all_get_it(project: Project) -> None:
    project.index.delay = 1.0
    processes = [project.start() for _ in range(8)]
    results = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0] * 8, results
    assert len({out for out, _ in results}) == 1
    assert sum(builds(err) for _, err in results) == 1
    assert project.leftovers() == []


def test_a_connection_cut_in_the_middle_of_a_file_is_tried_again(project: Project) -> None:
    project.index.faults = ["", "cut"]
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert project.speaks(done.stdout)


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_a_corrupt_file_is_refused_with_the_cure(project: Project, installer: str) -> None:
    if installer == "pip":
        (project.folder / "bin" / "uv").unlink()
    project.index.faults = ["corrupt"] * 100
    done = project.run()
    assert (done.returncode, done.stdout) == (1, "")
    assert "refresh the lock file" in sentence(done.stderr)
    assert not list((project.volume / "venvs").iterdir())


def test_a_slow_registry_is_waited_for_and_said_so(project: Project) -> None:
    project.index.delay = 3.0
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert "still installing" in done.stderr


@pytest.mark.parametrize("skew", [-86_400.0, 86_400.0])
def test_the_lock_of_a_dead_host_is_taken_over_whatever_its_clock_said(project: Project, skew: float) -> None:
    lock = project.volume / "venvs" / ".lock"
    lock.mkdir(parents=True)
    (lock / "abcdef").write_text("00000007 process 1 on a-host-that-died")
    moment = time.time() + skew
    os.utime(lock / "abcdef", (moment, moment))
    os.utime(lock, (moment, moment))
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert "process 1 on a-host-that-died has not shown a sign of life" in done.stderr
    assert project.leftovers() == []


def test_an_environment_of_another_python_is_left_alone(project: Project) -> None:
    other = Path(project.run().stdout).parents[1]
    (other / "complete.json").write_text('{"python": "/other/python3.12", "files": {}}')
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert builds(done.stderr)
    assert project.speaks(done.stdout)


def test_an_environment_that_came_with_the_image_is_used_without_a_build(
    project: Project, tmp_path: Path
) -> None:
    image = tmp_path / "image"
    project.run()
    project.volume.rename(image)
    project.volume.mkdir()
    project.environ["WORKER_BUILT_IN"] = str(image)
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(image)
    assert list(project.volume.iterdir()) == []


def test_an_image_without_the_right_environment_is_no_hindrance(project: Project, tmp_path: Path) -> None:
    project.environ["WORKER_BUILT_IN"] = str(tmp_path / "nothing")
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(project.volume)

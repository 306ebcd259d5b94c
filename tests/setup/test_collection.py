"""Environments of old versions go once nobody uses them, judged by the volume's own clock."""

import os
import time
from pathlib import Path

from network_venv.collection import KEEP, SHORT_OF_SPACE, collect
from network_venv.environment import Environment
from tests.setup.conftest import Project


def environment(venvs: Path, name: str, unused: float) -> Environment:
    """An environment that showed its last use that many seconds ago."""
    made = Environment(venvs / name)
    made.path.mkdir()
    made.show_use()
    moment = time.time() - unused
    os.utime(made.path / "in-use", (moment, moment))
    return made


def test_only_what_was_unused_for_long_is_removed(tmp_path: Path) -> None:
    kept = environment(tmp_path, "new", 10 * KEEP)
    environment(tmp_path, "old", KEEP + 60)
    environment(tmp_path, "recent", KEEP - 60)
    collect(tmp_path, kept, KEEP)
    assert {path.name for path in tmp_path.iterdir()} == {"new", "recent"}


def test_a_build_in_progress_and_a_lock_are_left_alone(tmp_path: Path) -> None:
    for name in (".building-x", ".lock"):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (0, 0))
    collect(tmp_path, Environment(tmp_path / "new"), 0)
    assert {path.name for path in tmp_path.iterdir()} == {".building-x", ".lock"}


def test_a_build_removes_what_was_not_used_for_a_week_and_keeps_the_last_version(project: Project) -> None:
    oldest = Path(project.run().stdout).parents[1]
    project.publish(version="2.0")
    last = Path(project.run().stdout).parents[1]
    os.utime(oldest / "in-use", (0, 0))
    project.publish(version="3.0")
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert f"removing {oldest.name}" in done.stderr
    assert not oldest.exists()
    assert last.exists()
    assert project.leftovers() == []


def test_short_of_space_what_was_not_used_for_an_hour_goes_first(project: Project) -> None:
    old = Path(project.run().stdout).parents[1]
    moment = time.time() - SHORT_OF_SPACE - 60
    os.utime(old / "in-use", (moment, moment))
    project.publish(version="2.0")
    project.need = 5e15  # more than any disk has, so that it ends in the sentence all the same
    assert project.run().returncode == 1
    assert not old.exists()


def test_every_start_shows_use(project: Project) -> None:
    sign = Path(project.run().stdout).parents[1] / "in-use"
    os.utime(sign, (0, 0))
    project.run()
    assert sign.stat().st_mtime > 0

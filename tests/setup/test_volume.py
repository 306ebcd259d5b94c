"""A volume that cannot be used stops the worker with one sentence: which, what was found, what to do."""

import os
import shutil
import subprocess

import pytest

from tests.setup.conftest import Project
from tests.setup.test_installers import sentence

READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"'


def read_only(project: Project) -> tuple[str, ...]:
    """What comes before a command that shall see the volume read-only; skips where that is not allowed."""
    unshare = shutil.which("unshare")
    flags = ["--mount"] if os.geteuid() == 0 else ["--mount", "--map-root-user"]
    prefix = (unshare or "unshare", *flags, "sh", "-c", READ_ONLY, "sh", str(project.volume))
    if unshare is None or subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let the test mount a folder read-only (unshare --mount)")
    return prefix


def test_a_missing_volume_is_not_made(project: Project) -> None:
    project.volume.rmdir()
    done = project.run()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert f"{project.volume} does not exist" in sentence(done.stderr)
    assert "attach a network volume" in sentence(done.stderr)
    assert not project.volume.exists()


def test_a_file_in_its_place_is_named(project: Project) -> None:
    project.volume.rmdir()
    project.volume.touch()
    done = project.run()
    assert (done.returncode, done.stdout) == (1, "")
    assert "is not a folder" in sentence(done.stderr)


def test_a_volume_that_takes_no_file_is_refused_even_for_root(project: Project) -> None:
    project.environ["RUNPOD_VOLUME"] = "/proc"
    done = project.run()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "Nothing can be written to the volume /proc" in sentence(done.stderr)


def test_too_little_space_is_refused_with_both_numbers(project: Project) -> None:
    project.need = 5e15
    done = project.run()
    assert (done.returncode, done.stdout) == (1, "")
    free = shutil.disk_usage(project.volume).free / 1e9
    words = sentence(done.stderr).split()
    assert "5000000.00" in words
    assert float(words[words.index("has") + 1]) == pytest.approx(free, rel=0.2)
    assert project.index.requests == []
    assert project.leftovers() == []


def test_a_read_only_volume_without_an_environment_is_refused(project: Project) -> None:
    done = project.run(read_only(project))
    assert (done.returncode, done.stdout) == (1, "")
    assert "Read-only file system" in sentence(done.stderr)


def test_a_read_only_volume_with_a_good_environment_starts(project: Project) -> None:
    prefix = read_only(project)
    first = project.run()
    second = project.run(prefix)
    assert second.returncode == 0, second.stderr
    assert second.stdout == first.stdout
    assert "S3" in second.stderr


def test_a_full_volume_ends_in_a_sentence_and_the_next_start_finds_nothing_half_made(
    project: Project,
) -> None:
    read_only(project)
    project.publish(f"spoken = True\nfiller = {'x' * 4_000_000!r}\n")
    mount = 'mount -t tmpfs -o size=3m tmpfs "$1" && v="$1" && shift && "$@"; s=$?; ls -A "$v/venvs"; exit $s'
    flags = ["--mount"] if os.geteuid() == 0 else ["--mount", "--map-root-user"]
    done = project.run(("unshare", *flags, "sh", "-c", mount, "sh", str(project.volume)))
    assert (done.returncode, done.stdout) == (1, "")
    assert "No space left on device" in sentence(done.stderr)


def test_an_unknown_profile_is_named_with_the_known_ones(project: Project) -> None:
    project.environ["WORKER_PROFILE"] = "huge"
    done = project.run()
    assert (done.returncode, done.stdout) == (1, "")
    assert "'huge'" in sentence(done.stderr)
    assert "base, runtime" in sentence(done.stderr)

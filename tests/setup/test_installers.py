"""What happens when the registry, the network, the lock file or an installer is at fault."""

import contextlib
import os
from pathlib import Path

import pytest

from network_venv import trouble
from tests.setup.conftest import Project
from tests.setup.index import lock_line, make_wheel

LOCKED_UV = "uv 0.13.9"


def sentence(err: str) -> str:
    """The last line on stderr, which is the one that says why it ended."""
    assert "Traceback" not in err
    return err.strip().splitlines()[-1].removeprefix("setup: ")


@pytest.mark.parametrize("fault", ["unavailable", "reset"])
def test_network_trouble_is_tried_again(project: Project, fault: str) -> None:
    project.index.faults = [fault, fault]
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert "attempt 3 of 5" in done.stderr
    assert project.speaks(done.stdout)


def test_pip_too_is_tried_again(project: Project) -> None:
    (project.folder / "bin" / "uv").unlink()  # and the registry has none to offer
    project.environ["PIP_RETRIES"] = "1"  # without any, pip does not say what went wrong
    project.index.faults = ["reset"] * 4
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert "attempt 2 of 5" in done.stderr
    assert project.speaks(done.stdout)


def test_a_registry_that_stays_away_ends_in_one_sentence(project: Project) -> None:
    project.index.faults = ["unavailable"] * 100
    done = project.run()
    assert done.returncode == 1
    assert done.stdout == ""
    assert "could not be reached in 5 attempts" in sentence(done.stderr)
    assert "503" in sentence(done.stderr)
    assert project.leftovers() == []


def test_a_registry_that_does_not_exist_is_network_trouble(project: Project) -> None:
    project.environ["UV_DEFAULT_INDEX"] = "http://127.0.0.1:9/simple"
    done = project.run()
    assert done.returncode == 1
    assert "could not be reached" in sentence(done.stderr)
    assert "refused" in sentence(done.stderr)


def test_another_file_than_the_locked_one_is_refused_at_once(project: Project) -> None:
    make_wheel(project.index.folder, "tinyvoice", "spoken = 'tampered'\n")
    done = project.run()
    assert done.returncode == 1
    assert "attempt" not in done.stderr
    assert "refresh the lock file" in sentence(done.stderr)
    assert not list((project.volume / "venvs").iterdir())


def test_a_version_that_does_not_exist_fails_without_a_second_attempt(project: Project) -> None:
    project.lock.write_text(project.lock.read_text().replace("==1.0", "==9.9"))
    done = project.run()
    assert done.returncode == 1
    assert "attempt" not in done.stderr
    assert "tinyvoice==9.9" in sentence(done.stderr)


def test_a_requirement_without_a_hash_is_refused(project: Project) -> None:
    project.lock.write_text("tinyvoice==1.0\n")
    done = project.run()
    assert done.returncode == 1
    assert "hash" in sentence(done.stderr).lower()


def test_a_uv_that_does_not_work_is_replaced_by_pip(project: Project) -> None:
    uv = project.folder / "bin" / "uv"
    uv.unlink()
    uv.write_text(
        f"#!/bin/sh\n[ $1 = --version ] && echo {LOCKED_UV} || echo 'error: cannot run' >&2\nexit 2\n"
    )
    uv.chmod(0o755)
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert "uv did not do it (cannot run)" in done.stderr
    assert project.speaks(done.stdout)


def offer_uv(project: Project, version: str = "7.7") -> Path:
    """Lock a uv of that version, which the registry has and which tells that it is run."""
    uv = (project.folder / "bin" / "uv").resolve()
    script = f'#!/bin/sh\necho "uv from the registry" >&2\nexec {uv} "$@"\n'
    wheel = make_wheel(project.index.folder, "uv", version=version, script=script)
    (project.folder / "uv.txt").write_text(lock_line(wheel))
    return wheel


def test_uv_comes_from_the_registry_where_none_is_installed(project: Project) -> None:
    offer_uv(project)
    (project.folder / "bin" / "uv").unlink()
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert "uv from the registry" in done.stderr
    assert project.speaks(done.stdout)
    assert project.leftovers() == []


def test_a_uv_of_another_version_than_the_locked_one_is_not_used(project: Project) -> None:
    offer_uv(project)
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert "uv from the registry" in done.stderr


def test_a_uv_that_is_not_the_locked_file_is_never_run(project: Project) -> None:
    wheel = offer_uv(project)
    locked = (project.folder / "uv.txt").read_text()
    wheel.write_bytes(make_wheel(project.folder, "uv", version="7.7", script="#!/bin/sh\n").read_bytes())
    assert (project.folder / "uv.txt").read_text() == locked
    done = project.run()
    assert done.returncode == 1
    assert "refresh the lock file" in sentence(done.stderr)
    assert not list((project.volume / "venvs").iterdir())


@pytest.mark.parametrize("source", ["import nosuchmodule\n", "raise OSError('libvoice.so is missing')\n"])
def test_an_environment_that_cannot_be_imported_is_not_published(project: Project, source: str) -> None:
    project.publish(source)
    done = project.run()
    assert done.returncode == 1
    assert "tinyvoice cannot be imported" in sentence(done.stderr)
    assert not list((project.volume / "venvs").iterdir())
    assert not (project.volume / "venv").exists()


def test_a_failed_build_does_not_stand_in_the_way_of_the_next(project: Project) -> None:
    project.publish("import nosuchmodule\n")
    assert project.run().returncode == 1
    project.publish(version="1.1")
    done = project.run()
    assert done.returncode == 0, done.stderr


def test_on_a_terminal_the_installer_has_a_terminal_too(project: Project) -> None:
    uv = project.folder / "bin" / "uv"
    real = uv.resolve()
    uv.unlink()
    uv.write_text(f'#!/bin/sh\n[ -t 2 ] && echo "uv has a terminal" >&2\nexec {real} "$@"\n')
    uv.chmod(0o755)
    screen, side = os.openpty()
    process = project.start(stderr=side)
    os.close(side)
    shown = b""
    with contextlib.suppress(OSError):  # how Linux says that the last writer of a terminal has gone
        while data := os.read(screen, 65536):
            shown += data
    os.close(screen)
    out, _ = process.communicate()
    assert process.returncode == 0, shown.decode()
    assert b"uv has a terminal" in shown
    assert project.speaks(out)


@pytest.mark.parametrize(
    ("line", "network"),
    [
        ("cause: Connection refused (os error 111)", True),
        ("cause: failed to lookup address information: Name or service not known", True),
        ("cause: HTTP status server error (503 Service Unavailable) for url (http://x/simple/a/)", True),
        ("WARNING: Retrying (Retry(total=4)) after connection broken by 'ReadTimeoutError'", True),
        ("cause: operation timed out", True),
        ("urllib3.exceptions.IncompleteRead: IncompleteRead(12 bytes read)", True),
        ("error: No solution found when resolving dependencies", False),
        ("cause: Because there is no version of tqdm==500.0", False),
        ("ERROR: No matching distribution found for tqdm==99.0", False),
        ("Downloading torch-2.8.0 (502.1 MB)", False),
    ],
)
def test_network_trouble_is_told_from_other_trouble(line: str, network: bool) -> None:
    assert bool(trouble.network_trouble(line)) == network


@pytest.mark.parametrize(
    ("line", "cure"),
    [
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
            "refresh the lock file",
        ),
        ("  cause: Hash mismatch for `tqdm==4.67.1`", "refresh the lock file"),
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
            "Enlarge",
        ),
        ("  cause: failed to write to file: Disk quota exceeded (os error 122)", "Enlarge"),
        ("  cause: Because there is no version of tqdm==99.0 and you require it", "Correct the lock file"),
    ],
)
def test_what_nobody_can_retry_comes_with_its_cure(line: str, cure: str) -> None:
    assert cure in trouble.hopeless(line)[1]

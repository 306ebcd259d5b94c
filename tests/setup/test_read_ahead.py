"""What a worker is about to load is read ahead by a process that nothing depends on."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from network_venv.warm_start.bundle import BUNDLE
from network_venv.warm_start.read_ahead import LIST, memory_left, pieces
from tests.setup.conftest import ROOT, Project
from tests.setup.test_volume import read_only

SPEAK = ("-c", "import tinyvoice; print(tinyvoice.spoken)")
WAIT = ("-c", "import time; print('started', flush=True); time.sleep(600)")

LOADED = """
import json, sys
from pathlib import Path
import numpy
from network_venv.warm_start.loaded import touched_parts
print(json.dumps(list(touched_parts(Path(sys.prefix).resolve()))))
"""


@pytest.fixture
def environment(project: Project) -> Path:
    """A finished environment, whose verification has noted what it loaded."""
    project.modules = ("tinyvoice", "network_venv.warm_start.loaded:note_loaded")
    done = project.run()
    assert done.returncode == 0, done.stderr
    return Path(done.stdout).parents[1]


@pytest.fixture
def pipe(environment: Path) -> Path:
    """A pipe that is the first thing to be read ahead: who reads it waits until it is written to."""
    path = environment / "pipe"
    os.mkfifo(path)
    (environment / LIST).write_text(json.dumps([["pipe", 0, 1]]))
    return path


def writer(pipe: Path) -> int:
    """The pipe opened for writing, which succeeds once somebody is reading it."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            assert time.monotonic() < deadline, "nobody reads it"
            time.sleep(0.01)


@contextmanager
def working(project: Project, prefix: tuple[str, ...] = ()) -> Iterator["subprocess.Popen[str]"]:
    """A worker that has started and does not end by itself."""
    worker = project.start(prefix, arguments=WAIT)
    try:
        assert worker.stdout
        assert worker.stdout.readline() == "started\n"
        yield worker
    finally:
        worker.kill()
        worker.communicate()  # nobody else holds its output open


def closed_by_its_reader(pipe: int) -> bool:
    poll = select.poll()
    poll.register(pipe, 0)
    return bool(poll.poll(10_000))


def test_a_build_bundles_what_was_loaded_and_has_it_read_ahead_first(environment: Path) -> None:
    (name, offset, size), *_ = json.loads((environment / LIST).read_text())
    assert (name, offset, size) == (BUNDLE, 0, (environment / BUNDLE).stat().st_size)
    assert b"tinyvoice" in (environment / BUNDLE).read_bytes()


@pytest.mark.parametrize(("switch", "readers"), [("1", 1), ("0", 0)])
@pytest.mark.usefixtures("pipe")
def test_it_can_be_switched_off(project: Project, switch: str, readers: int) -> None:
    project.environ["WORKER_WARM_START"] = switch
    with working(project) as worker:
        children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text()
        assert len(children.split()) == readers


def test_of_a_library_the_touched_parts_are_noted() -> None:
    command = [sys.executable, "-c", LOADED]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    prefix = Path(sys.prefix).resolve()
    ranges: dict[str, list[tuple[int, int]]] = {}
    for name, offset, size in json.loads(done.stdout):
        ranges.setdefault(name, []).append((offset, size))
    (library,) = (name for name in ranges if "openblas" in name)
    touched = sum(size for _, size in ranges[library])
    assert 0 < touched < (prefix / library).stat().st_size / 2
    assert all(sum(earlier) < later[0] for earlier, later in pairwise(ranges[library]))


def test_a_start_reads_ahead_and_does_not_wait_for_it(project: Project, pipe: Path) -> None:
    with working(project):
        os.close(writer(pipe))


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_it_ends_with_the_worker(project: Project, pipe: Path, end: signal.Signals) -> None:
    with working(project) as worker:
        reader = writer(pipe)
        worker.send_signal(end)
        worker.wait()
        assert closed_by_its_reader(reader)
        os.close(reader)


def test_the_worker_alone_gets_an_interrupt_from_the_terminal(project: Project, pipe: Path) -> None:
    with working(project) as worker:
        os.close(writer(pipe))
        (child,) = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()
        assert os.getsid(int(child)) != os.getsid(worker.pid)


def test_nothing_is_started_when_only_the_path_of_python_is_asked_for(project: Project, pipe: Path) -> None:
    assert project.run().returncode == 0
    with pytest.raises(OSError, match="No such device"):
        os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[3]",
        '[["missing", 0, 9]]',
        '[[".", 0, 9]]',
        '[["bin/python", -5, 3]]',
        '[["a\\u0000b", 0, 9]]',
        None,
    ],
)
def test_a_list_that_says_nothing_useful_does_no_harm(
    project: Project, environment: Path, content: str | None
) -> None:
    (environment / LIST).unlink()
    if content is not None:
        (environment / LIST).write_text(content)
    started = project.start(arguments=SPEAK)
    out, err = started.communicate()
    assert (started.returncode, out) == (0, "True\n")
    assert err.splitlines() == [f"setup: reusing {environment}."]


def test_what_is_missing_does_not_keep_the_rest_from_being_read(project: Project, pipe: Path) -> None:
    (pipe.parent / LIST).write_text(json.dumps([["missing", 0, 9], [".", 0, 9], ["pipe", 0, 1]]))
    with working(project):
        os.close(writer(pipe))


def test_it_reads_ahead_from_a_read_only_volume(project: Project, pipe: Path) -> None:
    with working(project, read_only(project)):
        os.close(writer(pipe))


def test_ranges_are_read_in_pieces_in_order_and_within_what_memory_allows() -> None:
    mib = 2**20
    ranges = [("a", 0, 10), ("b", 5, 2 * mib + 1), ("c", 0, mib)]
    whole = [("a", 0, 10), ("b", 5, mib), ("b", 5 + mib, mib), ("b", 5 + 2 * mib, 1), ("c", 0, mib)]
    assert list(pieces(ranges, 10 * mib)) == whole
    assert list(pieces(ranges, mib + 10)) == whole[:2]
    assert list(pieces(ranges, 0)) == []


def test_the_memory_that_is_left_is_that_of_this_machine_at_most() -> None:
    assert 0 < memory_left() <= os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")

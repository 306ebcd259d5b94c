"""Reads what a worker is about to load, many files at once, in a process of its own.

    python -I -S read_ahead.py FOLDER

On a network volume every read is a round trip, and a worker that starts makes thousands, one after the
other: each import and each part of a library that is touched for the first time. This process makes them
side by side, while the environment is checked and Python starts, and the worker then finds everything in
the page cache. FOLDER holds the list, `LIST`, which loaded.py made when it was built.

Nothing depends on it: what it cannot read it leaves out, it says nothing, and it ends when everything is
read or with the process that started it, which becomes the worker.
"""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

LIST = (
    "read-ahead.json"  # in an environment's folder: [[file, offset, bytes], ...], first what is needed first
)

_AT_ONCE = 16  # reads under way; bench/slow_volume.py compares
_PIECE = 2**20  # bytes of a read
_SHARE = 0.5  # of the memory that is left: more would push out of the page cache what was read first
_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
_NICE = 19  # the worker goes first
_PR_SET_PDEATHSIG = 1  # prctl(2)


def start_reading(folder: Path) -> None:
    """Start the process if there is a list; returns at once, whatever becomes of it."""
    if not (folder / LIST).is_file():
        return
    with contextlib.suppress(OSError):  # no process to be had
        subprocess.Popen(
            [sys.executable, "-I", "-S", __file__, str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )


def main(folder: Path) -> None:
    """Read what the list names."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.nice(_NICE)
    ranges = json.loads((folder / LIST).read_text())
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for name, offset, size in pieces(ranges, memory_left() * _SHARE):
            pool.submit(_read, folder / name, offset, size)


def pieces(ranges: Iterable[tuple[str, int, int]], most: float) -> Iterator[tuple[str, int, int]]:
    """The ranges in pieces of one read each, at most that many bytes in all."""
    for name, start, length in ranges:
        for offset in range(start, start + length, _PIECE):
            size = min(_PIECE, start + length - offset)
            most -= size
            if most < 0:
                return
            yield name, offset, size


def memory_left() -> float:
    """Bytes that the machine has left, at most the container's limit."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    left = next(int(line.split()[1]) * 1024.0 for line in lines if line.startswith("MemAvailable"))
    for limit in map(Path, _LIMITS):
        with contextlib.suppress(OSError, ValueError):  # the other kind of cgroup, or "max"
            left = min(left, float(limit.read_text()))
    return left


def _read(path: Path, offset: int, size: int) -> None:
    with path.open("rb", buffering=0) as file:
        os.posix_fadvise(file.fileno(), offset, size, os.POSIX_FADV_RANDOM)  # these bytes, and no guesses
        os.pread(file.fileno(), size, offset)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Mounts a folder as a slow volume (bench/parts/slow_folder.py) for as long as a block lasts."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.parts.fresh_python import ROOT

_PATIENCE = 20.0  # seconds for the kernel to have nothing open any more


class CannotBeMeasured(Exception):
    """There can be no such mount on this machine; says why."""


@dataclass(frozen=True)
class Limits:
    """What makes it slow: seconds an operation, operations and bytes a second; 0 for no limit."""

    latency: float
    operations: float
    per_second: float

    def described(self) -> str:
        """The limits in words."""
        parts = [f"{self.latency * 1e3:g} ms an operation"]
        parts += [f"{self.operations:g} operations/s"] if self.operations else []
        parts += [f"{self.per_second / 1e6:g} MB/s"] if self.per_second else []
        return ", ".join(parts)


@contextmanager
def slow_mount(folder: Path, mount: Path, limits: Limits) -> Iterator[dict[str, int]]:
    """Mount it anew, so that nothing of it is in the page cache; raise `CannotBeMeasured` where that fails.

    After the block the dict holds how many lookups, listings, opens, reads and bytes there were.
    """
    server = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "bench.parts.slow_folder", str(folder), str(mount)]
        + [str(value) for value in (limits.latency, limits.operations, limits.per_second)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not mount.is_mount():
        if server.poll() is not None:
            lines = server.communicate()[1].splitlines()
            raise CannotBeMeasured(lines[-1] if lines else f"the server ended with {server.returncode}")
        time.sleep(0.05)
    counts: dict[str, int] = {}
    try:
        yield counts
    finally:
        _unmount(mount)
        counts |= json.loads(server.communicate()[0])


def _unmount(mount: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while subprocess.run(["umount", str(mount)], capture_output=True, check=False).returncode:
        if time.monotonic() > deadline:
            subprocess.run(["umount", "--lazy", str(mount)], check=True)
            return
        time.sleep(0.2)

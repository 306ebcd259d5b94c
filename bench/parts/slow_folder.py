"""A read-only view of a folder through FUSE that answers as slowly as a network volume.

    python -m bench.parts.slow_folder FOLDER MOUNT LATENCY OPERATIONS BYTES

Every operation (lookup, open, read, listing) takes LATENCY seconds, however many are under way; OPERATIONS
and BYTES a second, 0 for no limit, are shared by all of them. As on a network volume, names and attributes
are believed for a second, and what was read stays in the page cache. Serves until it is unmounted, then
prints as JSON how often it was asked and how many bytes it gave. Being Python, it does some 4000 operations
a second at most.
"""

import errno
import json
import os
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import mfusepy

_AT_ONCE = 64  # operations under way


class SlowFolder(mfusepy.Operations):  # type: ignore[misc]  # mfusepy is typed for Python 3.12 alone
    """Passes reading operations on to a folder, each after its delay."""

    use_ns = True

    def __init__(self, folder: str, latency: float, operations: float, per_second: float) -> None:
        self._folder = folder
        self._latency = latency
        self._seconds_an_operation = 1 / operations if operations else 0.0
        self._seconds_a_byte = 1 / per_second if per_second else 0.0
        self._free_at = 0.0  # when the last operation that was let in has had its share of the limits
        self._lock = threading.Lock()
        self.counts: Counter[str] = Counter()

    def _delay(self, name: str, size: int = 0) -> None:
        with self._lock:
            self.counts[name] += 1
            self.counts["bytes"] += size
            now = time.monotonic()
            share = self._seconds_an_operation + size * self._seconds_a_byte
            self._free_at = max(self._free_at, now) + share
            answer_at = self._free_at + self._latency
        time.sleep(max(0.0, answer_at - now))

    def init_with_config(self, conn_info: Any, config_3: Any) -> None:
        """Let the kernel have many reads under way."""
        conn_info.max_background = conn_info.congestion_threshold = _AT_ONCE

    def destroy(self, path: str) -> None:
        """Say what it was asked for."""
        print(json.dumps(self.counts), flush=True)

    def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
        """What is known of a file."""
        self._delay("lookups")
        status = os.lstat(self._folder + path)
        times = {name: getattr(status, f"{name}_ns") for name in ("st_atime", "st_mtime", "st_ctime")}
        names = ("st_mode", "st_nlink", "st_size", "st_uid", "st_gid", "st_blocks", "st_ino")
        return {name: getattr(status, name) for name in names} | times

    def readlink(self, path: str) -> str:
        """Where a link points."""
        self._delay("lookups")
        return str(Path(self._folder + path).readlink())

    def readdir(self, path: str, fh: int) -> list[str]:
        """The names in a folder."""
        self._delay("listings")
        return [".", "..", *(entry.name for entry in os.scandir(self._folder + path))]

    def open(self, path: str, flags: int) -> int:
        """A file, for reading only."""
        self._delay("opens")
        if flags & (os.O_WRONLY | os.O_RDWR):
            raise mfusepy.FuseOSError(errno.EROFS)
        return os.open(self._folder + path, os.O_RDONLY)

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        """Bytes of an open file."""
        data = os.pread(fh, size, offset)
        self._delay("reads", len(data))
        return data

    def release(self, path: str, fh: int) -> int:
        """Close a file; the kernel does not wait for it."""
        os.close(fh)
        return 0


def main(arguments: list[str]) -> None:
    """Mount it, and serve until it is unmounted."""
    folder, mount, *limits = arguments
    mfusepy.FUSE(
        SlowFolder(os.path.realpath(folder), *map(float, limits)),
        mount,
        foreground=True,
        kernel_cache=True,
        max_threads=_AT_ONCE,
        ro=True,
    )


if __name__ == "__main__":
    main(sys.argv[1:])

"""One builder at a time, on volumes that several workers share."""

import contextlib
import errno
import os
import secrets
import shutil
import socket
import threading
import time
from pathlib import Path

from network_venv import say

HEARTBEAT = 5.0  # seconds between a builder's signs of life
STALE = 60.0  # seconds without one after which its lock is taken over
POLL = 1.0  # seconds between a waiter's looks at the lock
NOTICE = 15.0  # seconds between lines that say that a waiter still waits


class BuildLock:
    """One builder at a time, on network volumes where flock may do nothing and clocks disagree.

    The lock is the folder `.lock`, renamed into place with one file in it, which is named after its
    holder and rewritten every HEARTBEAT seconds. A rename onto a folder that is not empty fails, so
    there is one holder. A waiter that has seen no change for STALE seconds of its own clock renames
    the folder to `.dead-<holder>`; the next waiter's rename fails, because that name is then taken.
    A holder that was only slow loses the lock, but spoils nothing: results are published by rename.
    `purpose` is what the holder works at, for those who wait.
    """

    def __init__(self, folder: Path, purpose: str) -> None:
        self.nonce = secrets.token_hex(8)
        self._path = folder / ".lock"
        self._purpose = purpose
        self._beat = self._path / self.nonce
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep_beating, daemon=True)
        self._seen = ("", "")
        self._seen_at = self._started = time.monotonic()
        self._told_at = -NOTICE

    def acquire(self) -> bool:
        """Try to become the holder; once only."""
        if self._holder()[0]:
            return False
        fresh = self._path.with_name(f".lock-{self.nonce}")
        try:
            fresh.mkdir()
            (fresh / self.nonce).write_text(self._sign(0))
            fresh.rename(self._path)
        except OSError as error:
            shutil.rmtree(fresh, ignore_errors=True)
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                return False
            raise
        self._thread.start()
        return True

    def held(self) -> bool:
        """Whether nobody has taken the lock over."""
        return self._beat.exists()

    def release(self) -> None:
        """Give the lock up; harmless when it was lost."""
        self._ended.set()
        self._thread.join()
        with contextlib.suppress(OSError):
            self._beat.unlink()
            self._path.rmdir()

    def wait(self) -> None:
        """Watch the holder for a moment, say so now and then, and break the lock of a dead one."""
        time.sleep(POLL)
        now = time.monotonic()
        holder = self._holder()
        if holder != self._seen:
            self._seen, self._seen_at = holder, now
        name, sign = holder
        who = " ".join(sign.split()[1:]) or "another worker"
        if name and now - self._seen_at > STALE:
            say(f"{who} has not shown a sign of life for {STALE:.0f} s; taking over.")
            with contextlib.suppress(OSError):  # another waiter was first, or the holder has just finished
                self._path.rename(self._path.with_name(f".dead-{name}"))
        elif name and now - self._told_at >= NOTICE:
            self._told_at = now
            say(f"waiting for {who} to finish {self._purpose}, {now - self._started:.0f} s so far.")

    def _holder(self) -> tuple[str, str]:
        """Name and last sign of life of the holder; empty when there is none."""
        with contextlib.suppress(OSError):
            for beat in self._path.iterdir():
                return beat.name, beat.read_text()
        return "", ""

    def _sign(self, count: int) -> str:
        return f"{count:08d} process {os.getpid()} on {socket.gethostname()}"

    def _keep_beating(self) -> None:
        count = 0
        while not self._ended.wait(HEARTBEAT):
            count += 1
            with contextlib.suppress(OSError), self._beat.open("r+") as beat:  # never makes a lost one anew
                beat.write(self._sign(count))

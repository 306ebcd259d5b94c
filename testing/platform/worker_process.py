"""The real worker as a process of its own, with a clean environment, that never outlives its test."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from testing.platform.server import PATIENCE, Platform

ROOT = Path(__file__).resolve().parents[2]
HANDLER = ROOT / "runpod_handler.py"


def worker_environment(volume: Path, **more: str) -> dict[str, str]:
    """The base profile on `volume`; nothing is inherited but PATH, and there is no home with credentials."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "RUNPOD_VOLUME": str(volume),
        "TTS_ENGINE": "espeak",
        "WORKER_PROFILE": "base",
        "OMP_NUM_THREADS": "1",
    } | more


def run_worker(
    arguments: Sequence[str], environment: Mapping[str, str], folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run the worker in `folder` until it ends by itself, as in the SDK's local mode."""
    return subprocess.run(
        [sys.executable, "-u", str(HANDLER), *arguments],
        env=dict(environment),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


class WorkerProcess:
    """A worker that serves until it is told to stop; leaving the context ends its whole process group.

    `lines` is what it has printed so far, standard error included.
    """

    def __init__(
        self, environment: Mapping[str, str], arguments: Sequence[str] = (), script: Path = HANDLER
    ) -> None:
        self.lines: list[str] = []
        self._command = [sys.executable, "-u", str(script), *arguments]
        self._environment = dict(environment)
        self._printed = threading.Condition()
        self._ended = False

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(ProcessLookupError):  # all of it has ended before
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join()

    @property
    def output(self) -> str:
        """All that it has printed so far."""
        return "".join(self.lines)

    def wait_for_line(self, text: str, first: int = 0) -> None:
        """Wait until a line from number `first` on holds `text`; fail with its last output if none does."""
        with self._printed:
            self._printed.wait_for(lambda: self._ended or self._printed_since(text, first), PATIENCE)
            if not self._printed_since(text, first):
                raise AssertionError(f"the worker printed no {text!r}:\n{self.output[-2000:]}")

    def terminate(self) -> None:
        """Send SIGTERM to the main process alone, as the platform does."""
        self._process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        """Wait until it has ended, and return its exit status."""
        return self._process.wait(PATIENCE)

    def wait_until_gone(self) -> None:
        """Wait for the end of its output, which the SDK's ping process holds open as long as it lives."""
        with self._printed:
            if not self._printed.wait_for(lambda: self._ended, PATIENCE):
                raise AssertionError("a process of the worker has outlived it")

    def cpu_seconds(self) -> float:
        """Seconds of CPU time (user and system) used so far by all processes of the worker, from /proc."""
        ticks = 0
        for path in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):  # a process may end while it is looked at
                fields = path.read_text().rpartition(")")[2].split()
                if int(fields[2]) == self._process.pid:  # its process group
                    ticks += sum(map(int, fields[11:15]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._printed:
                self.lines.append(line)
                self._printed.notify_all()
        with self._printed:
            self._ended = True
            self._printed.notify_all()

    def _printed_since(self, text: str, first: int) -> bool:
        return any(text in line for line in self.lines[first:])


@contextlib.contextmanager
def serving(platform: Platform, volume: Path, name: str, **more: str) -> Iterator[WorkerProcess]:
    """A worker called `name` that takes jobs from `platform`, warm from the first line of the body on."""
    environment = worker_environment(volume, **platform.environment(name), **more)
    with WorkerProcess(environment) as worker:
        worker.wait_for_line("Starting Serverless Worker")
        platform.wait(lambda: platform.takes[name] > 0, f"take by {name}")
        yield worker

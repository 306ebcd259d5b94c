"""A container engine as the smoke test sees it: build an image, run it, stop it."""

import contextlib
import json
import os
import secrets
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 600.0  # seconds after which a container is given up: a safety net, nothing is measured by it


@dataclass(frozen=True)
class Ended:
    """A container that has ended: its exit status, all it printed, and how many seconds it ran."""

    status: int
    output: str
    seconds: float

    @property
    def sentence(self) -> str:
        """The last line it printed, which says why it ended."""
        return self.output.strip().splitlines()[-1]


@dataclass(frozen=True)
class Engine:
    """docker, or podman with buildah: `build` and `run` are the commands that the arguments follow."""

    build: tuple[str, ...]
    run: tuple[str, ...]
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    def build_image(self, tag: str, context: Path = ROOT) -> float:
        """Build Dockerfile.runpod and return the seconds that it took."""
        started = time.monotonic()
        done = self._do(self.build, "-f", str(context / "Dockerfile.runpod"), "-t", tag, str(context))
        assert done.returncode == 0, done.stdout[-4000:]
        return time.monotonic() - started

    def image_bytes(self, tag: str) -> int:
        """Size of an image, its base included."""
        done = self._do(self.run, "image", "inspect", tag)
        return int(json.loads(done.stdout)[0]["Size"])

    def ended(self, tag: str, options: Sequence[str] = (), arguments: Sequence[str] = ()) -> Ended:
        """Run a container until it ends by itself."""
        with self.started(tag, options, arguments) as container:
            return container.wait()

    @contextlib.contextmanager
    def started(
        self, tag: str, options: Sequence[str] = (), arguments: Sequence[str] = ()
    ) -> "Iterator[Container]":
        """A running container, which is removed at the end of the context."""
        name = f"smoke-{secrets.token_hex(6)}"
        command = [*self.run, "run", "--pull=never", "--rm", "--name", name, *options, tag, *arguments]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self.environ
        )
        try:
            yield Container(self, name, process)
        finally:
            self._do(self.run, "rm", "--force", name)
            process.communicate()

    def signal(self, name: str, signal: str) -> None:
        """Send a signal to a container's first process, as a platform does."""
        self._do(self.run, "kill", "--signal", signal, name)

    def _do(self, command: tuple[str, ...], *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*command, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.environ,
            check=False,
        )


class Container:
    """A container that runs; what it prints is read line by line."""

    def __init__(self, engine: Engine, name: str, process: "subprocess.Popen[str]") -> None:
        self._engine = engine
        self._name = name
        self._process = process
        self._lines: list[str] = []
        self._started = time.monotonic()

    def wait_for_line(self, text: str) -> None:
        """Read until a line holds `text`."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.append(line)
            if text in line:
                return
        raise AssertionError(f"it ended without saying {text!r}:\n{''.join(self._lines)[-3000:]}")

    def signal(self, signal: str) -> None:
        """Send a signal to its first process."""
        self._engine.signal(self._name, signal)

    def wait(self) -> Ended:
        """Wait until it ends by itself."""
        rest, _ = self._process.communicate(timeout=PATIENCE)
        output = "".join(self._lines) + rest
        return Ended(self._process.returncode, output, time.monotonic() - self._started)

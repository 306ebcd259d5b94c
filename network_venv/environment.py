"""One Python environment in a folder of its own: which one it is, and whether it can be used."""

import json
import os
import platform
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

_AT_ONCE = 16  # files looked at together: on a network volume each look is a round trip


def _base_python() -> str:
    return os.path.realpath(sys.executable)


def environment_key(locks: Sequence[Path], wheel: str = "") -> str:
    """Name the environment that these lock files, and a wheel beside them, give with this Python here."""
    parts = [sys.implementation.cache_tag, _base_python(), sysconfig.get_platform(), *platform.libc_ver()]
    if wheel:
        parts.append(wheel)
    digest = sha256(b"".join(lock.read_bytes() for lock in locks) + "\n".join(parts).encode())
    return f"{sys.implementation.cache_tag}-{digest.hexdigest()[:16]}"


@dataclass(frozen=True)
class Environment:
    """An environment in a folder: complete once its marker, written last, is there."""

    path: Path

    @property
    def python(self) -> Path:
        """Its interpreter, a symlink to the Python that made it."""
        return self.path / "bin" / "python"

    @property
    def _marker(self) -> Path:
        return self.path / "complete.json"

    @property
    def _wheel_problem(self) -> Path:
        return self.path / "wheel-problem.txt"

    @property
    def _sign(self) -> Path:
        return self.path / "in-use"

    def usable(self) -> bool:
        """Whether it is complete and undamaged; imports nothing."""
        return self.complete() and not self.damage()

    def complete(self) -> bool:
        """Whether it was finished by this very Python and its interpreter is still there."""
        return bool(self._mark().get("python") == _base_python() == os.path.realpath(self.python))

    def damage(self) -> list[str]:
        """The modules, bytecode and libraries that are missing or of another size than when it was marked."""
        sizes = list(self._mark().get("files", {}).items())
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            parts = pool.map(self._damaged, (sizes[first::_AT_ONCE] for first in range(_AT_ONCE)))
            return sorted(name for part in parts for name in part)

    def mark(self) -> None:
        """Write the marker, once everything else has reached the disk."""
        os.sync()
        mark = {"python": _base_python(), "version": sys.version, "files": dict(self._files())}
        with self._marker.open("w") as marker:
            json.dump(mark, marker)
            marker.flush()
            os.fsync(marker.fileno())

    def unmark(self) -> None:
        """Let nobody take it for complete any more."""
        self._marker.unlink(missing_ok=True)

    def note_wheel_problem(self, problem: str) -> None:
        """Remember why the optional wheel is not in it."""
        self._wheel_problem.write_text(problem)

    def wheel_problem(self) -> str:
        """Why the optional wheel is not in it; empty when it is, or when none was asked for."""
        try:
            return self._wheel_problem.read_text()
        except OSError:
            return ""

    def show_use(self) -> None:
        """Leave a sign that it is in use (`last_used`); raises OSError where nothing can be written."""
        self._sign.touch()

    def last_used(self) -> float:
        """When it last showed its use, or was made: seconds by the clock of the volume."""
        try:
            return self._sign.stat().st_mtime
        except FileNotFoundError:
            return self.path.stat().st_mtime

    def _mark(self) -> dict[str, Any]:
        try:
            mark = json.loads(self._marker.read_text())
        except (OSError, ValueError):
            return {}
        return mark if isinstance(mark, dict) and isinstance(mark.get("files"), dict) else {}

    def _files(self) -> Iterator[tuple[str, int]]:
        """Every Python module, its bytecode, and every shared library, with its size in bytes."""
        for folder, _, names in os.walk(self.path):
            for name in names:
                if name.endswith((".py", ".pyc")) or ".so" in name:
                    path = os.path.join(folder, name)  # noqa: PTH118 - thousands of them
                    yield os.path.relpath(path, self.path), os.stat(path).st_size  # noqa: PTH116 - as above

    def _damaged(self, sizes: list[tuple[str, int]]) -> list[str]:
        return [name for name, size in sizes if self._size(name) != size]

    def _size(self, name: str) -> int | None:
        try:
            return os.stat(self.path / name).st_size  # noqa: PTH116 - thousands of them
        except OSError:
            return None

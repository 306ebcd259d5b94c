"""Volumes that misbehave: a small file system on a loop device, which can be full or be taken away."""

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class LoopVolume:
    """A mounted file system; `parent` is the folder to hand to a container that shall see it vanish."""

    parent: Path

    @property
    def path(self) -> Path:
        return self.parent / "volume"

    def fill(self) -> None:
        """Write until nothing more fits."""
        with contextlib.suppress(OSError), (self.path / "filler").open("wb") as filler:
            while True:
                filler.write(bytes(1_000_000))

    def vanish(self) -> None:
        """Candidate it away from everybody, as when the network to it is lost."""
        _must("umount", "--lazy", self.path)


@contextlib.contextmanager
def loop_volume(folder: Path, megabytes: int) -> Iterator[LoopVolume]:
    """Mount a fresh file system of that size below `folder`; the parent's mounts are shared onwards."""
    image, parent = folder / "volume.img", folder / "parent"
    parent.mkdir()
    with image.open("wb") as file:
        file.truncate(megabytes * 1_000_000)
    _must("mkfs.ext4", "-q", "-m", "0", image)
    _must("mount", "--bind", parent, parent)
    try:
        _must("mount", "--make-shared", parent)
        volume = LoopVolume(parent)
        volume.path.mkdir()
        _must("mount", "-o", "loop", image, volume.path)
        yield volume
    finally:
        for mounted in (parent / "volume", parent):
            subprocess.run(["umount", "--lazy", mounted], stderr=subprocess.DEVNULL, check=False)


def _must(*command: str | Path) -> None:
    subprocess.run(command, check=True)

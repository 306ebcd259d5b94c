"""Copies of models that older layouts left outside the volume, where they only fill the container's disk."""

import contextlib
import os
import shutil
from pathlib import Path

from network_venv import say

FOLDER = Path("/tmp/models")  # noqa: S108 - the older layout's own place; nothing is written there
_PARTS = ("blobs", "refs", "snapshots")  # what every repository in Hugging Face's cache layout has


def remove_old_copies(volume: Path) -> None:
    """Remove the repositories in Hugging Face's cache layout from `FOLDER`, and nothing else that is there.

    Only in a container on RunPod, where the older worker left them: elsewhere they are somebody's own. They
    stay where the volume's own models are there, or where a variable still names a place in it.
    """
    if "RUNPOD_POD_ID" not in os.environ:
        return
    in_use = FOLDER.is_relative_to(volume.resolve()) or any(
        str(FOLDER) in value for value in os.environ.values()
    )
    found = [*FOLDER.glob("models--*"), *FOLDER.glob("hub/models--*")]
    copies = [path for path in found if all((path / part).is_dir() for part in _PARTS)]
    if in_use or not copies:
        return
    for path in copies:
        shutil.rmtree(path, ignore_errors=True)
    with contextlib.suppress(OSError):  # what else is there stays
        for path in (FOLDER / "hub", FOLDER):
            if path.exists():
                path.rmdir()
    say(f"removed {len(copies)} old copies of models from {FOLDER}; models are kept on the volume.")

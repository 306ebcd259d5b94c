"""Model weights on the volume: fetched once, and used from there ever after, without any network.

    <volume>/models/hub/         Hugging Face's own cache layout, so that every library finds them by itself
    <volume>/models/torchaudio/  the alignment models that torchaudio publishes

The worker itself is kept off the network (`stay_offline`). What is missing is fetched by a process of
its own (f5_worker/models/downloads.py), one worker at a time, and then read from the volume.
"""

import contextlib
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from f5_worker.errors import CannotStart

log = logging.getLogger(__name__)

Loaded = TypeVar("Loaded")

_OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
_given: dict[str, str] = {}  # what the environment said of them: the fetching process keeps to that


def stay_offline() -> None:
    """Keep Hugging Face's libraries from the network; call it before one of them is imported."""
    for name in _OFFLINE:
        _given.setdefault(name, os.environ.get(name, ""))
        os.environ[name] = "1"


def fetch(models: Path, repository: str, names: Sequence[str]) -> list[Path]:
    """The files of a Hugging Face repository, from the volume or else from the hub.

    Raises `CannotStart` when one is missing and cannot be fetched (no network, no such file, no space),
    or when what arrived is not what the hub announced.
    """
    missing = [name for name in names if not find(models, repository, name)]
    if missing:
        _download(models, f"model file {', '.join(missing)} of {repository}", "files", repository, *missing)
    return [found for name in names if (found := find(models, repository, name))]


def load_or_fetch(models: Path, title: str, load: Callable[[], Loaded], *what: str) -> Loaded:
    """What `load` makes of a model on the volume; where it cannot, the model is fetched first.

    `what` is a kind and names of f5_worker/models/downloads.py, `title` says to people what it is. Raises
    `CannotStart` when it cannot be fetched, and what `load` raises when it cannot be loaded even then.
    """
    with contextlib.suppress(OSError, ValueError, RuntimeError):
        return load()
    _download(models, title, *what)
    return load()


def is_folder(name: str) -> bool:
    """Whether a model is named by its folder, rather than by a name that is looked up on the hub."""
    return Path(name).is_absolute() or Path(name).is_dir()


def shown(name: str) -> str:
    """A model's name for people: of a folder its own name, without the folders above it."""
    return Path(name).name if is_folder(name) else name


def find(models: Path, repository: str, name: str) -> Path | None:
    """A file of a repository, if it is on the volume."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(repository, name, cache_dir=models / "hub")
    return Path(found) if isinstance(found, str) else None


def stored(models: Path) -> list[dict[str, Any]]:
    """What is on the volume, for `health`: every repository and every file of torchaudio, in bytes."""
    folders = sorted((models / "hub").glob("models--*"))
    files = sorted((models / "torchaudio").glob("*.p*"))
    return [
        *({"name": _name(folder), "bytes": _size(folder)} for folder in folders),
        *({"name": f"torchaudio/{file.stem}", "bytes": file.stat().st_size} for file in files),
    ]


def _download(models: Path, title: str, *what: str) -> None:
    log.info("fetching a model", extra={"model": title})
    done = subprocess.run(  # noqa: S603 - our own Python and module
        [sys.executable, "-m", "f5_worker.models.downloads", str(models.resolve()), *what],
        cwd=Path(__file__).parents[2],
        env=os.environ | _given,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CannotStart(
            f"the {title} is not on the volume and could not be fetched "
            f"({done.stdout or f'status {done.returncode}'}); check the network and the volume's space, "
            "and unset HF_HUB_OFFLINE"
        )


def _name(folder: Path) -> str:
    return folder.name.removeprefix("models--").replace("--", "/")


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in (folder / "blobs").glob("*") if path.is_file())

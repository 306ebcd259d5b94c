"""Model weights on the volume: fetched once by one worker, verified, and used from there ever after.

    <volume>/models/hub/   Hugging Face's own cache layout, so that every library finds them by itself

A file arrives under a temporary name, is continued after a broken connection or a killed worker, and
gets its name once it is whole. Large files are named by their SHA-256 there; a new one is hashed
before anybody may use it. One worker at a time fetches; the others wait and then find the files.
"""

import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from f5_worker.errors import CannotStart
from network_venv.lock import BuildLock

log = logging.getLogger(__name__)

_SHA256_DIGITS = 64


def fetch(models: Path, repository: str, names: Sequence[str]) -> list[Path]:
    """The files of a Hugging Face repository, from the volume or else from the hub.

    Raises `CannotStart` when one is missing and cannot be fetched (no network, no such file, no space),
    or when what arrived is not what the hub announced.
    """
    hub = models / "hub"
    hub.mkdir(parents=True, exist_ok=True)
    lock = BuildLock(hub)
    while not all(_found(hub, repository, name) for name in names):
        if not lock.acquire():
            lock.wait()
            continue
        try:
            for name in names:
                _fetch_one(hub, repository, name)
        finally:
            lock.release()
    return [found for name in names if (found := _found(hub, repository, name))]


def stored(models: Path) -> list[dict[str, Any]]:
    """What is on the volume, for `health`: every repository with its size in bytes."""
    folders = sorted((models / "hub").glob("models--*"))
    return [{"name": _name(folder), "bytes": _size(folder)} for folder in folders]


def _found(hub: Path, repository: str, name: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(repository, name, cache_dir=hub)
    return Path(found) if isinstance(found, str) else None


def _fetch_one(hub: Path, repository: str, name: str) -> None:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError

    if _found(hub, repository, name):
        return
    log.info("fetching a model", extra={"repository": repository, "file": name})
    try:
        path = Path(hf_hub_download(repository, name, cache_dir=hub))
    except (HfHubHTTPError, OSError) as error:  # OSError: the network, the disk, HF_HUB_OFFLINE
        raise CannotStart(
            f"the model file {name} of {repository} is not on the volume and could not be fetched "
            f"({type(error).__name__}); check the network and the volume's space, and unset HF_HUB_OFFLINE"
        ) from error
    _verify(path, repository, name)


def _verify(path: Path, repository: str, name: str) -> None:
    blob = path.resolve()
    if len(blob.name) != _SHA256_DIGITS:  # a small file, named by git's own hash
        return
    with blob.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != blob.name:
        path.unlink()
        blob.unlink()
        raise CannotStart(
            f"the model file {name} of {repository} arrived damaged and was removed; "
            "start again to fetch it anew"
        )


def _name(folder: Path) -> str:
    return folder.name.removeprefix("models--").replace("--", "/")


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in (folder / "blobs").glob("*") if path.is_file())

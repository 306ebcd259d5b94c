"""Models that the platform has cached on the volume, made known to every library that looks for models.

RunPod keeps what an endpoint names as its model in Hugging Face's own layout:

    <volume>/huggingface-cache/hub/models--<owner>--<name>/{refs,snapshots}
"""

import contextlib
import logging
from pathlib import Path

log = logging.getLogger(__name__)

_PLATFORM_HUB = Path("huggingface-cache") / "hub"
_OWN_HUB = Path("models") / "hub"


def link_cached_models(volume: Path) -> None:
    """Link each of them into `models/hub`, unless a model of that name is there: nothing is copied.

    On a volume that cannot be written to nothing is linked, and models are looked for in `models` alone.
    """
    own = volume / _OWN_HUB
    for folder in sorted((volume / _PLATFORM_HUB).glob("models--*")):
        link = own / folder.name
        if link.exists() or not ((folder / "refs").is_dir() and (folder / "snapshots").is_dir()):
            continue
        with contextlib.suppress(OSError):  # read-only, or another worker was faster
            own.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)  # one that leads nowhere any more
            link.symlink_to(Path("..", "..") / _PLATFORM_HUB / folder.name)
            log.info("using a model of the platform's cache", extra={"model": folder.name})

"""What killed builders and old versions leave on the volume; only the holder of the lock removes it."""

import secrets
import shutil
from pathlib import Path

from network_venv import say
from network_venv.environment import Environment

DAY = 86_400.0  # seconds
KEEP = 7 * DAY  # an environment unused for longer goes when another one has been built
SHORT_OF_SPACE = 3600.0  # seconds; the same where the volume is too full; workers show use every 10 minutes


def sweep(venvs: Path) -> None:
    """Remove what killed builders left."""
    for pattern in (".building-*", ".dead-*", ".old-*"):
        for left in venvs.glob(pattern):
            say(f"removing {left.name}, left by a builder that did not finish.")
            shutil.rmtree(left, ignore_errors=True)


def collect(venvs: Path, kept: Environment, unused: float) -> None:
    """Remove the other environments that no worker has used for that many seconds."""
    now = _clock(venvs)
    for path in venvs.glob("[!.]*"):
        if path != kept.path and now - Environment(path).last_used() > unused:
            say(f"removing {path.name}, which no worker has used for {unused / 3600:.0f} hours.")
            old = path.with_name(f".old-{path.name}")  # gone in one step, whatever becomes of the rest
            path.rename(old)
            shutil.rmtree(old, ignore_errors=True)


def _clock(venvs: Path) -> float:
    """The time as the volume writes it down; this machine's own clock may differ."""
    probe = venvs / f".clock-{secrets.token_hex(8)}"
    probe.touch()
    try:
        return probe.stat().st_mtime
    finally:
        probe.unlink()

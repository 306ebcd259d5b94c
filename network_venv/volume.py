"""The network volume: whether it is there, has room and can be written to, and what lies where on it."""

import contextlib
import os
import secrets
from pathlib import Path

from network_venv import SetupError, say
from network_venv.environment import Environment
from network_venv.profiles import Profile


def check_volume(volume: Path) -> None:
    """Raise `SetupError` when there is no folder where the volume is said to be mounted."""
    if not volume.exists():
        raise SetupError(
            f"The volume {volume} does not exist: attach a network volume to the endpoint, or set "
            "RUNPOD_VOLUME to the folder where it is mounted."
        )
    if not volume.is_dir():
        raise SetupError(
            f"The volume {volume} is not a folder: set RUNPOD_VOLUME to the folder where it is mounted."
        )


def locate(volume: Path, profile: Profile) -> Environment:
    """Where the environment is, or will be: in the image if it came with it, else on the volume."""
    key = profile.key
    built_in = os.environ.get("WORKER_BUILT_IN")
    if built_in and (ready := Environment(Path(built_in) / "venvs" / key)).complete():
        return ready
    return Environment(volume.resolve() / "venvs" / key)


def free_bytes(volume: Path) -> float:
    """Bytes that may still be written."""
    status = os.statvfs(volume)
    return status.f_bavail * status.f_frsize


def write_problem(volume: Path) -> str:
    """Why nothing can be written to the volume; empty when it can."""
    probe = volume / f".probe-{secrets.token_hex(8)}"
    try:
        probe.write_bytes(b"probe")
        probe.unlink()
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def point_link(volume: Path, environment: Environment) -> None:
    """Let `venv` name the environment, swapped in one step."""
    link, target = volume / "venv", str(environment.path.relative_to(volume))
    if link.is_symlink() and str(link.readlink()) == target:
        return
    fresh = volume / f".venv-{secrets.token_hex(8)}"
    try:
        fresh.symlink_to(target)
        fresh.replace(link)
    except OSError as error:  # the link serves people only: the worker can start without it
        say(f"{link} could not be pointed at {target} ({error.strerror}); move what is there out of the way.")
        with contextlib.suppress(OSError):
            fresh.unlink()

"""Have an environment usable: reuse it, or build it on the volume, one worker at a time."""

import os
import shutil
import time
import venv
from pathlib import Path

from network_venv import GB, SetupError, say
from network_venv.collection import KEEP, SHORT_OF_SPACE, collect, sweep
from network_venv.environment import Environment
from network_venv.installer import Installer, forget_downloads, installer_environ
from network_venv.lock import BuildLock
from network_venv.profiles import Profile
from network_venv.verification import verify
from network_venv.volume import free_bytes, point_link, write_problem


def prepare(volume: Path, profile: Profile, environment: Environment) -> None:
    """Have the environment usable: reuse it, or build it on the volume."""
    volume = volume.resolve()
    if not environment.path.is_relative_to(volume):
        say(f"using {environment.path}, which came with the image.")
        return
    problem = write_problem(volume)
    damage = environment.damage()
    if damage:
        say(f"{environment.path} is damaged: {_listed(damage)} missing or not as installed.")
    if environment.complete() and not damage:
        say(f"reusing {environment.path}.")
    elif problem:
        raise SetupError(
            f"Nothing can be written to the volume {volume} ({problem}), and it holds no environment to "
            "reuse: mount it writable, or free some space on it."
        )
    else:
        _build_once(volume, profile, environment)
    if wheel_problem := environment.wheel_problem():
        say(f"going on without an optional wheel: {wheel_problem}.")
    if problem:
        say(f"nothing can be written to the volume {volume} ({problem}); results need an S3 bucket.")
    else:
        environment.show_use()
        point_link(volume, environment)


def _listed(names: list[str]) -> str:
    """The first name, and how many there are."""
    return f"{names[0]} is" if len(names) == 1 else f"{names[0]} and {len(names) - 1} others are"


def _build_once(volume: Path, profile: Profile, environment: Environment) -> None:
    """Build, or wait for the worker that does; returns when the environment is usable."""
    venvs = environment.path.parent
    venvs.mkdir(exist_ok=True)
    lock = BuildLock(venvs, "the environment")
    while not environment.usable():
        if not lock.acquire():
            lock.wait()
            continue
        try:
            if not environment.usable():
                _build(volume, profile, environment, lock.nonce)
        except (SetupError, OSError):
            if lock.held():
                raise
            say("another worker took this one for dead and builds; waiting for it.")
        finally:
            lock.release()
        lock = BuildLock(venvs, "the environment")


def _make_room(volume: Path, profile: Profile, environment: Environment) -> None:
    """Remove what nobody uses when the volume is too full; raise `SetupError` when that is not enough."""
    if free_bytes(volume) < profile.need:
        collect(environment.path.parent, environment, SHORT_OF_SPACE)
    free = free_bytes(volume)
    if free < profile.need:
        raise SetupError(
            f"The volume {volume} has {free / GB:.2f} GB free and building the environment of "
            f"{profile.requirements.name} needs {profile.need / GB:.2f} GB: enlarge the volume, or delete "
            "its cache/ and unused folders in venvs/."
        )


def _build(volume: Path, profile: Profile, environment: Environment, nonce: str) -> None:
    """Build the environment in a folder of its own and rename it to its key."""
    venvs = environment.path.parent
    started = time.monotonic()
    environment.unmark()  # it is there only when it is damaged; nobody else is to start from it
    sweep(venvs)
    _make_room(volume, profile, environment)
    say(f"building the environment of {profile.requirements.name} in {environment.path}.")
    if "RUNPOD_POD_ID" in os.environ:
        say("RunPod gives a worker 7 minutes to get ready; set RUNPOD_INIT_TIMEOUT if this takes longer.")
    work = venvs / f".building-{nonce}"
    try:
        target = Environment(work / "venv")
        installer = Installer(target, work / "tools", installer_environ(volume))
        venv.create(target.path, symlinks=True)
        installer.install(profile.requirements)
        if profile.sources:
            installer.build(profile.sources)
        if profile.wheel:
            installer.install_wheel(profile.wheel)
        forget_downloads(volume)
        say("verifying that everything can be imported.")
        verify(profile.requirements, target, profile.modules)
        target.mark()
        if not environment.complete():
            if environment.path.exists():
                environment.path.rename(work / "damaged")
            target.path.rename(environment.path)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    collect(venvs, environment, KEEP)
    say(f"the environment is ready after {time.monotonic() - started:.0f} s.")

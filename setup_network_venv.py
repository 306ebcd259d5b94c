"""Make or reuse the worker's Python environment on the network volume; standard library only.

RUNPOD_VOLUME   where the volume is mounted (default /runpod-volume); it must exist
WORKER_PROFILE  `base` or `runtime` (default): which requirements-<profile>.txt is installed

    <volume>/venvs/<key>   one complete environment; the key names the lock file, Python and platform
    <volume>/venv          symlink to the newest, for people; nothing runs through it
    <volume>/cache/        downloads of uv and pip while they are needed, safe to delete

FLASH_ATTN_WHEEL  URL or path of a prebuilt wheel of flash-attn for the runtime profile; optional
WORKER_BUILT_IN   a folder like the volume that came with the image, with environments ready to use

With arguments the process becomes the environment's Python with those arguments, and tells it in
WORKER_SETUP what the start has cost so far. Without, the one line on stdout is that Python's resolved
path. All else goes to stderr; exit status 1 comes with one sentence: what was found, what to do.

An environment is built under `venvs/.building-<nonce>`, verified by importing what the profile must
hold (which writes its bytecode), marked, and only then renamed to its key: whatever stands at a key
with its marker is complete.
One whose files have changed since is built anew, and one that nobody has used for long is removed.
"""

import contextlib
import json
import os
import secrets
import shutil
import signal
import sys
import time
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from network_venv import GB, SetupError, say
from network_venv.collection import KEEP, SHORT_OF_SPACE, collect, sweep
from network_venv.environment import Environment, environment_key
from network_venv.installer import forget_downloads, install, install_wheel, installer_environ, verify
from network_venv.lock import BuildLock
from network_venv.old_copies import remove_old_copies
from network_venv.read_ahead import read_ahead


@dataclass(frozen=True)
class Profile:
    """What an environment is made of: its lock file, free bytes its build needs, modules it must import.

    A module may come with a function to call: "module:function". `wheel` is a URL or path of a prebuilt
    wheel that goes in too, if it can be installed; "" for none.
    """

    requirements: Path
    need: float
    modules: tuple[str, ...]
    wheel: str = ""

    @property
    def key(self) -> str:
        """The name of its environment."""
        return environment_key(self.requirements, self.wheel)


_HERE = Path(__file__).resolve().parent
_NOTE_LOADED = "network_venv.loaded:note_loaded"  # what comes before it is read ahead at every start
_BASE_MODULES = (
    *("runpod", "pydantic", "pydantic_settings", "numpy", "soundfile", "soxr"),
    *("espeakng_loader", "pysubs2", "ass", "boto3", "httpx", "httpcore", "tqdm"),
    *("babel.dates", "babel.numbers", "babel.units", "num2words", "pocketsphinx"),
)
_RUNTIME_MODULES = (
    *("torch", "torchaudio", "f5_worker.timing.whisperx_model"),
    "f5_worker.speech.f5_model.upstream:import_upstream",
    *("pypinyin", "rjieba", "pydub", "faster_whisper"),
)
_RARE_MODULES = ("transformers", "whisperx.alignment", "google.cloud.speech")  # loaded when they are needed

# Measured: base 0.32 GB with its cache, plus 0.1 GB for uv and pip while it is built; runtime 7.1 GB.
PROFILES = {
    "base": Profile(_HERE / "requirements-base.txt", 0.5 * GB, (*_BASE_MODULES, _NOTE_LOADED)),
    "runtime": Profile(
        _HERE / "requirements-runtime.txt",
        10 * GB,
        (*_RUNTIME_MODULES, *_BASE_MODULES, _NOTE_LOADED, *_RARE_MODULES),
        wheel=os.environ.get("FLASH_ATTN_WHEEL", ""),
    ),
}


# The build


def _make_room(volume: Path, profile: Profile, environment: Environment) -> None:
    """Remove what nobody uses when the volume is too full; raise `SetupError` when that is not enough."""
    if _free(volume) < profile.need:
        collect(environment.path.parent, environment, SHORT_OF_SPACE)
    free = _free(volume)
    if free < profile.need:
        raise SetupError(
            f"The volume {volume} has {free / GB:.2f} GB free and building the environment of "
            f"{profile.requirements.name} needs {profile.need / GB:.2f} GB: enlarge the volume, or delete "
            "its cache/ and unused folders in venvs/."
        )


def _free(volume: Path) -> float:
    """Bytes that may still be written."""
    status = os.statvfs(volume)
    return status.f_bavail * status.f_frsize


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
        environ = installer_environ(volume)
        venv.create(target.path, symlinks=True)
        install(profile.requirements, target, work / "tools", environ)
        if profile.wheel:
            install_wheel(profile.wheel, target, work / "tools", environ)
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


def _build_once(volume: Path, profile: Profile, environment: Environment) -> None:
    """Build, or wait for the worker that does; returns when the environment is usable."""
    venvs = environment.path.parent
    venvs.mkdir(exist_ok=True)
    lock = BuildLock(venvs)
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
        lock = BuildLock(venvs)


# The volume


def _write_problem(volume: Path) -> str:
    """Why nothing can be written to the volume; empty when it can."""
    probe = volume / f".probe-{secrets.token_hex(8)}"
    try:
        probe.write_bytes(b"probe")
        probe.unlink()
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def _point_link(volume: Path, environment: Environment) -> None:
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


def prepare(volume: Path, profile: Profile, environment: Environment) -> None:
    """Have the environment usable: reuse it, or build it on the volume."""
    volume = volume.resolve()
    if not environment.path.is_relative_to(volume):
        say(f"using {environment.path}, which came with the image.")
        return
    problem = _write_problem(volume)
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
        _point_link(volume, environment)


def _listed(names: list[str]) -> str:
    """The first name, and how many there are."""
    return f"{names[0]} is" if len(names) == 1 else f"{names[0]} and {len(names) - 1} others are"


def _stop(signum: int, _: object) -> NoReturn:
    """Leave through the `finally` blocks, so that a stopped build cleans up behind itself."""
    sys.exit(128 + signum)


def _profile(name: str) -> Profile:
    if name not in PROFILES:
        raise SetupError(f"WORKER_PROFILE is {name!r}: it must be one of {', '.join(PROFILES)}.")
    return PROFILES[name]


def _become(python: Path, arguments: list[str], report: dict[str, float]) -> NoReturn:
    """Replace this process, so that the worker gets the platform's signals."""
    os.environ["WORKER_SETUP"] = json.dumps(report)
    os.execv(python, [str(python), *arguments])  # noqa: S606 - our own environment's Python


def main() -> int:
    """Read the environment, have its Python made or found, and become it or print its path."""
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    began = time.time()
    becoming = len(sys.argv) > 1
    volume = Path(os.environ.get("RUNPOD_VOLUME") or "/runpod-volume")
    try:
        check_volume(volume)
        remove_old_copies(volume)
        checked = time.time()
        profile = _profile(os.environ.get("WORKER_PROFILE") or "runtime")
        environment = locate(volume, profile)
        if becoming:
            read_ahead(environment.path)
        prepare(volume, profile, environment)
    except SetupError as error:
        say(str(error))
    except OSError as error:
        say(f"The environment could not be made on {volume}: {error}. Check the volume, then start again.")
    else:
        if becoming:
            seconds = {"volume": checked - began, "environment": time.time() - checked}
            _become(environment.python, sys.argv[1:], {"began": began, **seconds})
        sys.stdout.write(f"{environment.python}\n")
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())

"""Make or reuse the worker's Python environment on the network volume; standard library only.

RUNPOD_VOLUME   where the volume is mounted (default /runpod-volume); it must exist
WORKER_PROFILE  `base` or `runtime` (default): which requirements-<profile>.txt is installed

    <volume>/venvs/<key>   one complete environment; the key names the lock file, Python and platform
    <volume>/venv          symlink to the newest, for people; nothing runs through it
    <volume>/cache/        downloads of uv and pip, safe to delete

The one line on stdout is the resolved path of the environment's Python; all else goes to stderr.
Exit status 1 comes with one sentence that says what was found and what to do.

An environment is built under `venvs/.building-<nonce>`, verified by importing what the profile must
hold, marked, and only then renamed to its key: whatever stands at a key with its marker is complete.
"""

import contextlib
import errno
import hashlib
import json
import os
import platform
import pty
import random
import re
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import termios
import threading
import time
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

GB = 1e9  # bytes
UV = "uv==0.13.9"

HEARTBEAT = 5.0  # seconds between a builder's signs of life
STALE = 60.0  # seconds without one after which its lock is taken over
POLL = 1.0  # seconds between a waiter's looks at the lock
NOTICE = 15.0  # seconds between lines that say that something still goes on
ATTEMPTS = 5  # tries of an installer that fails on the network
BACKOFF = 2.0  # seconds before the second try, doubled for each one after it


@dataclass(frozen=True)
class Profile:
    """What an environment is made of: its lock file, free bytes its build needs, modules it must import."""

    requirements: Path
    need: float
    modules: tuple[str, ...]


_HERE = Path(__file__).resolve().parent
_BASE_MODULES = (
    *("runpod", "pydantic", "pydantic_settings", "numpy", "soundfile", "soxr"),
    *("espeakng_loader", "pysubs2", "ass", "boto3", "httpx", "tqdm"),
)
_RUNTIME_MODULES = (
    *("torch", "torchaudio", "f5_tts", "vocos", "whisperx", "faster_whisper", "google.cloud.speech"),
    *_BASE_MODULES,
)

# Measured: base 0.32 GB with its cache, plus 0.1 GB for uv and pip while it is built; runtime 8.5 GB.
PROFILES = {
    "base": Profile(_HERE / "requirements-base.txt", 0.5 * GB, _BASE_MODULES),
    "runtime": Profile(_HERE / "requirements-runtime.txt", 10 * GB, _RUNTIME_MODULES),
}

# What uv, pip and the libraries below them print when the network or the registry failed them.
NETWORK = re.compile(
    r"(?i)connection (refused|reset|aborted|closed|broken|error|was closed)|remote end closed|timed? ?out"
    r"|error sending request|name resolution|name or service not known|dns error|no route to host"
    r"|network is unreachable|incomplete ?(read|message|body)|error decoding response|unexpected (eof|end)"
    r"|too many \d+ error|\b(429|5\d\d) (too many|server error|internal|bad gateway|service|gateway)"
)
# What no second attempt and no other installer would do better, and what to do about it.
CURES = {
    r"(?i)hash mismatch|do not match the hashes": "The registry sent another file than the one locked: "
    "start again, and if it stays so, refresh the lock file.",
    r"(?i)no space left|disk quota": "Enlarge the volume, or delete its cache/ and unused folders in venvs/.",
    r"(?i)no version of|no solution|all requirements must have": "Correct the lock file, or start with the "
    "Python and platform that it was made for.",
}


class SetupError(Exception):
    """The environment cannot be had; its text is the sentence printed before exit 1."""


def _say(line: str) -> None:
    sys.stderr.write(f"setup: {line}\n")
    sys.stderr.flush()


# The environment and its marker


def _base_python() -> str:
    return os.path.realpath(sys.executable)


def environment_key(requirements: Path) -> str:
    """Name the environment that these requirements give with this Python on this platform."""
    parts = [sys.implementation.cache_tag, _base_python(), sysconfig.get_platform(), *platform.libc_ver()]
    digest = hashlib.sha256(requirements.read_bytes() + "\n".join(parts).encode())
    return f"{sys.implementation.cache_tag}-{digest.hexdigest()[:16]}"


@dataclass(frozen=True)
class Environment:
    """An environment in a folder: complete once its marker, written last, is there."""

    path: Path

    @property
    def python(self) -> Path:
        """Its interpreter, a symlink to the Python that made it."""
        return self.path / "bin" / "python"

    def complete(self) -> bool:
        """Whether it was finished by this very Python and its interpreter is still there; starts nothing."""
        try:
            maker = json.loads((self.path / "complete.json").read_text())["python"]
        except (OSError, ValueError, LookupError, TypeError):
            return False
        return bool(maker == _base_python() == os.path.realpath(self.python))

    def mark(self) -> None:
        """Write the marker, once everything else has reached the disk."""
        os.sync()
        with (self.path / "complete.json").open("w") as marker:
            json.dump({"python": _base_python(), "version": sys.version}, marker)
            marker.flush()
            os.fsync(marker.fileno())


# The lock


class BuildLock:
    """One builder at a time, on network volumes where flock may do nothing and clocks disagree.

    The lock is the folder `.lock`, renamed into place with one file in it, which is named after its
    holder and rewritten every HEARTBEAT seconds. A rename onto a folder that is not empty fails, so
    there is one holder. A waiter that has seen no change for STALE seconds of its own clock renames
    the folder to `.dead-<holder>`; the next waiter's rename fails, because that name is then taken.
    A holder that was only slow loses the lock, but spoils nothing: results are published by rename.
    """

    def __init__(self, venvs: Path) -> None:
        self.nonce = secrets.token_hex(8)
        self._path = venvs / ".lock"
        self._beat = self._path / self.nonce
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep_beating, daemon=True)
        self._seen = ("", "")
        self._seen_at = self._started = time.monotonic()
        self._told_at = -NOTICE

    def acquire(self) -> bool:
        """Try to become the holder; once only."""
        if self._holder()[0]:
            return False
        fresh = self._path.with_name(f".lock-{self.nonce}")
        try:
            fresh.mkdir()
            (fresh / self.nonce).write_text(self._sign(0))
            fresh.rename(self._path)
        except OSError as error:
            shutil.rmtree(fresh, ignore_errors=True)
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                return False
            raise
        self._thread.start()
        return True

    def held(self) -> bool:
        """Whether nobody has taken the lock over."""
        return self._beat.exists()

    def release(self) -> None:
        """Give the lock up; harmless when it was lost."""
        self._ended.set()
        self._thread.join()
        with contextlib.suppress(OSError):
            self._beat.unlink()
            self._path.rmdir()

    def wait(self) -> None:
        """Watch the holder for a moment, say so now and then, and break the lock of a dead one."""
        time.sleep(POLL)
        now = time.monotonic()
        holder = self._holder()
        if holder != self._seen:
            self._seen, self._seen_at = holder, now
        name, sign = holder
        who = " ".join(sign.split()[1:]) or "another worker"
        if name and now - self._seen_at > STALE:
            _say(f"{who} has not shown a sign of life for {STALE:.0f} s; taking over.")
            with contextlib.suppress(OSError):  # another waiter was first, or the holder has just finished
                self._path.rename(self._path.with_name(f".dead-{name}"))
        elif name and now - self._told_at >= NOTICE:
            self._told_at = now
            _say(f"waiting for {who} to finish the environment, {now - self._started:.0f} s so far.")

    def _holder(self) -> tuple[str, str]:
        """Name and last sign of life of the holder; empty when there is none."""
        with contextlib.suppress(OSError):
            for beat in self._path.iterdir():
                return beat.name, beat.read_text()
        return "", ""

    def _sign(self, count: int) -> str:
        return f"{count:08d} process {os.getpid()} on {socket.gethostname()}"

    def _keep_beating(self) -> None:
        count = 0
        while not self._ended.wait(HEARTBEAT):
            count += 1
            with contextlib.suppress(OSError), self._beat.open("r+") as beat:  # never makes a lost one anew
                beat.write(self._sign(count))


# The build


def _sweep(venvs: Path) -> None:
    """Remove what killed builders left; only the holder of the lock may do that."""
    for pattern in (".building-*", ".dead-*"):
        for left in venvs.glob(pattern):
            _say(f"removing {left.name}, left by a builder that did not finish.")
            shutil.rmtree(left, ignore_errors=True)


def _check_space(volume: Path, profile: Profile) -> None:
    status = os.statvfs(volume)
    free = status.f_bavail * status.f_frsize
    if free < profile.need:
        raise SetupError(
            f"The volume {volume} has {free / GB:.2f} GB free and building the environment of "
            f"{profile.requirements.name} needs {profile.need / GB:.2f} GB: enlarge the volume, or delete "
            "its cache/ and unused folders in venvs/."
        )


def _installer_environ(volume: Path) -> dict[str, str]:
    """The caller's environment with caches on the volume; bytecode is to be written here, once for all."""
    environ = {
        **os.environ,
        "UV_CACHE_DIR": str(volume / "cache" / "uv"),
        "PIP_CACHE_DIR": str(volume / "cache" / "pip"),
        "UV_SYSTEM_CERTS": "1",  # pip takes the system's certificates by itself
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
    }
    for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"):
        environ.pop(name, None)
    return environ


def _stream(command: list[str], environ: dict[str, str]) -> tuple[int, str]:
    """Run an installer, shown on stderr as it works (as a terminal if that is one); its status and output."""
    if sys.stderr.isatty():
        reader, writer = pty.openpty()
        termios.tcsetwinsize(writer, termios.tcgetwinsize(sys.stderr.fileno()))
    else:
        reader, writer = os.pipe()
    started, output = time.monotonic(), bytearray()
    process = subprocess.Popen(
        command, env=environ, stdin=subprocess.DEVNULL, stdout=writer, stderr=writer, close_fds=True
    )
    os.close(writer)
    try:
        while True:
            if not select.select([reader], [], [], NOTICE)[0]:
                _say(f"still installing, {time.monotonic() - started:.0f} s so far.")
                continue
            try:
                data = os.read(reader, 65536)
            except OSError:  # how Linux says that the last writer of a terminal has gone
                data = b""
            if not data:
                return process.wait(), output.decode(errors="replace")
            output += data
            os.write(sys.stderr.fileno(), data)
    finally:
        process.kill()
        process.wait()
        os.close(reader)


def _last(pattern: str | re.Pattern[str], output: str) -> str:
    """The last line of an installer's output that matches, without its label; empty if none does."""
    for line in reversed(re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output).splitlines()):
        if re.search(pattern, line):
            return re.sub(r"(?i)^\W*(error|cause|caused by|warning)\s*:\s*", "", line.strip()).rstrip(".")
    return ""


def _run(command: list[str], environ: dict[str, str]) -> str:
    """Run an installer, again after a pause when the network failed it; return why it failed, or nothing."""
    for attempt in range(1, ATTEMPTS + 1):
        status, output = _stream(command, environ)
        if status == 0:
            return ""
        for pattern, cure in CURES.items():
            if reason := _last(pattern, output):
                raise SetupError(f"The packages could not be installed: {reason}. {cure}")
        problem = _last(NETWORK, output)
        if not problem:
            return _last(r"(?i)^\W*(error|cause)", output) or _last(r"\w", output) or f"exit status {status}"
        if attempt < ATTEMPTS:
            pause = BACKOFF * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)  # noqa: S311 - not a secret
            _say(f"network trouble ({problem}); attempt {attempt + 1} of {ATTEMPTS} in {pause:.0f} s.")
            time.sleep(pause)
    raise SetupError(
        f"The package registry could not be reached in {ATTEMPTS} attempts: {problem}. "
        "Check the worker's network, then start again."
    )


def _pip(tools: Path) -> list[str]:
    """The command that runs pip, from an environment of its own that is thrown away after the build."""
    python = tools / "bin" / "python"
    if not python.exists():
        try:
            venv.create(tools, symlinks=True, with_pip=True)
        except subprocess.CalledProcessError:
            raise SetupError(
                f"{sys.executable} cannot make an environment with pip: install its venv and ensurepip "
                "modules (Debian and Ubuntu: the python3-venv package)."
            ) from None
    return [str(python), "-I", "-m", "pip"]


def _install(requirements: Path, target: Environment, tools: Path, environ: dict[str, str]) -> None:
    """Install with uv, for its speed; with pip where uv cannot be had or does not do it."""
    what = ["install", "--require-hashes", "--requirement", str(requirements)]
    where = ["--python", str(target.python)]
    problem, uv = "", shutil.which("uv")
    if uv is None:
        problem = _run([*_pip(tools), "install", "--only-binary", ":all:", UV], environ)
        uv = str(tools / "bin" / "uv")
    problem = problem or _run([uv, "pip", *what, *where, "--compile-bytecode"], environ)
    if problem:
        _say(f"uv did not do it ({problem}); trying pip.")
        problem = _run([*_pip(tools), *where, *what], environ)
    if problem:
        raise SetupError(
            f"The packages of {requirements.name} could not be installed: {problem}. "
            "Correct the lock file, or start with the Python and platform that it was made for."
        )


_VERIFY = """
import importlib, sys
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except BaseException as error:
        sys.exit(f"{name} cannot be imported ({type(error).__name__}: {error})")
"""


def _verify(target: Environment, profile: Profile) -> None:
    command = [str(target.python), "-I", "-c", _VERIFY, *profile.modules]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        reason = _last(r"\w", result.stderr) or f"Python ended with status {result.returncode}"
        raise SetupError(
            f"The environment of {profile.requirements.name} was installed, but {reason}: "
            "correct the lock file, or the system library that is missing."
        )


def _build(volume: Path, profile: Profile, environment: Environment, nonce: str) -> None:
    """Build the environment in a folder of its own and rename it to its key."""
    venvs = environment.path.parent
    started = time.monotonic()
    _sweep(venvs)
    _check_space(volume, profile)
    _say(f"building the environment of {profile.requirements.name} in {environment.path}.")
    work = venvs / f".building-{nonce}"
    try:
        target = Environment(work / "venv")
        environ = _installer_environ(volume)
        venv.create(target.path, symlinks=True)
        _install(profile.requirements, target, work / "tools", environ)
        _say("verifying that everything can be imported.")
        _verify(target, profile)
        target.mark()
        if not environment.complete():
            if environment.path.exists():
                environment.path.rename(work / "damaged")
            target.path.rename(environment.path)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    _say(f"the environment is ready after {time.monotonic() - started:.0f} s.")


def _build_once(volume: Path, profile: Profile, environment: Environment) -> None:
    """Build, or wait for the worker that does; returns when the environment is complete."""
    venvs = environment.path.parent
    venvs.mkdir(exist_ok=True)
    lock = BuildLock(venvs)
    while not environment.complete():
        if not lock.acquire():
            lock.wait()
            continue
        try:
            if not environment.complete():
                _build(volume, profile, environment, lock.nonce)
        except (SetupError, OSError):
            if lock.held():
                raise
            _say("another worker took this one for dead and builds; waiting for it.")
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
        _say(
            f"{link} could not be pointed at {target} ({error.strerror}); move what is there out of the way."
        )
        with contextlib.suppress(OSError):
            fresh.unlink()


def prepare(volume: Path, profile: Profile) -> Path:
    """Return the Python of a complete environment on the volume, building it first if need be."""
    if not volume.exists():
        raise SetupError(
            f"The volume {volume} does not exist: attach a network volume to the endpoint, or set "
            "RUNPOD_VOLUME to the folder where it is mounted."
        )
    if not volume.is_dir():
        raise SetupError(
            f"The volume {volume} is not a folder: set RUNPOD_VOLUME to the folder where it is mounted."
        )
    volume = volume.resolve()
    environment = Environment(volume / "venvs" / environment_key(profile.requirements))
    problem = _write_problem(volume)
    if environment.complete():
        _say(f"reusing {environment.path}.")
    elif problem:
        raise SetupError(
            f"Nothing can be written to the volume {volume} ({problem}), and it holds no environment to "
            "reuse: mount it writable, or free some space on it."
        )
    else:
        _build_once(volume, profile, environment)
    if problem:
        _say(f"nothing can be written to the volume {volume} ({problem}); results need an S3 bucket.")
    else:
        _point_link(volume, environment)
    return environment.python


def _stop(signum: int, _: object) -> NoReturn:
    """Leave through the `finally` blocks, so that a stopped build cleans up behind itself."""
    sys.exit(128 + signum)


def _profile(name: str) -> Profile:
    if name not in PROFILES:
        raise SetupError(f"WORKER_PROFILE is {name!r}: it must be one of {', '.join(PROFILES)}.")
    return PROFILES[name]


def main() -> int:
    """Read the environment, print the path of the Python to run, return the exit status."""
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    volume = Path(os.environ.get("RUNPOD_VOLUME") or "/runpod-volume")
    try:
        python = prepare(volume, _profile(os.environ.get("WORKER_PROFILE") or "runtime"))
    except SetupError as error:
        _say(str(error))
    except OSError as error:
        _say(f"The environment could not be made on {volume}: {error}. Check the volume, then start again.")
    else:
        sys.stdout.write(f"{python}\n")
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())

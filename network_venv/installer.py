"""Install a lock file into an environment: with uv, or with pip where uv cannot be had."""

import os
import pty
import random
import re
import select
import shutil
import subprocess
import sys
import termios
import time
import venv
from pathlib import Path

from network_venv import SetupError, say
from network_venv.environment import Environment

UV = "uv==0.13.9"
ATTEMPTS = 5  # tries of an installer that fails on the network
BACKOFF = 2.0  # seconds before the second try, doubled for each one after it
NOTICE = 15.0  # seconds of an installer's silence after which a line says that it still works

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


def installer_environ(volume: Path) -> dict[str, str]:
    """The caller's environment with caches on the volume, and nothing that reaches into the new one."""
    environ = {
        **os.environ,
        "UV_CACHE_DIR": str(volume / "cache" / "uv"),
        "PIP_CACHE_DIR": str(volume / "cache" / "pip"),
        "UV_SYSTEM_CERTS": "1",  # pip takes the system's certificates by itself
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        "PIP_NO_COMPILE": "1",  # `verify` has the bytecode written of what is imported, and of nothing else
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
                say(f"still installing, {time.monotonic() - started:.0f} s so far.")
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
                raise SetupError(f"The packages could not be installed: {reason}. {cure}", reason)
        problem = _last(NETWORK, output)
        if not problem:
            return _last(r"(?i)^\W*(error|cause)", output) or _last(r"\w", output) or f"exit status {status}"
        if attempt < ATTEMPTS:
            pause = BACKOFF * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)  # noqa: S311 - not a secret
            say(f"network trouble ({problem}); attempt {attempt + 1} of {ATTEMPTS} in {pause:.0f} s.")
            time.sleep(pause)
    raise SetupError(
        f"The package registry could not be reached in {ATTEMPTS} attempts: {problem}. "
        "Check the worker's network, then start again.",
        problem,
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


def forget_downloads(volume: Path) -> None:
    """Remove the caches of uv and pip once they have served.

    uv's cache and the environment share their files (hard links): a file that is damaged later would
    be damaged in both, and every environment built anew from the cache would have it.
    """
    for name in ("uv", "pip"):
        shutil.rmtree(volume / "cache" / name, ignore_errors=True)


def install(requirements: Path, target: Environment, tools: Path, environ: dict[str, str]) -> None:
    """Install with uv, for its speed; with pip where uv cannot be had or does not do it."""
    # The lock file is complete, and leaves out on purpose what some packages ask for.
    problem = _install(["--require-hashes", "--requirement", str(requirements)], target, tools, environ)
    if problem:
        raise SetupError(
            f"The packages of {requirements.name} could not be installed: {problem}. "
            "Correct the lock file, or start with the Python and platform that it was made for."
        )


def install_wheel(wheel: str, target: Environment, tools: Path, environ: dict[str, str]) -> None:
    """Install an optional wheel from a URL or path, "#sha256=..." with it if it shall be checked.

    One that cannot be installed is no hindrance: it is said, and noted in the environment.
    """
    try:
        problem = _install([wheel], target, tools, environ)
    except SetupError as error:
        problem = error.reason
    if problem:
        name = wheel.partition("#")[0].partition("?")[0].rsplit("/", 1)[-1]
        problem = re.sub(r"\w+://\S+", name, problem)  # a URL may hold a secret
        target.note_wheel_problem(f"{name} could not be installed ({problem})")


def _install(what: list[str], target: Environment, tools: Path, environ: dict[str, str]) -> str:
    """Install without dependencies; return why neither uv nor pip does it, or nothing."""
    arguments = ["install", "--no-deps", *what]
    where = ["--python", str(target.python)]
    problem, uv = "", shutil.which("uv")
    if uv is None and not (tools / "bin" / "uv").exists():
        problem = _run([*_pip(tools), "install", "--only-binary", ":all:", UV], environ)
    problem = problem or _run([uv or str(tools / "bin" / "uv"), "pip", *arguments, *where], environ)
    if problem:
        say(f"uv did not do it ({problem}); trying pip.")
        problem = _run([*_pip(tools), *where, *arguments], environ)
    return problem


_VERIFY = """
import importlib, sys
sys.path.append(sys.argv[1])
for name in sys.argv[2:]:
    module, _, function = name.partition(":")
    try:
        imported = importlib.import_module(module)
        if function:
            getattr(imported, function)()
    except BaseException as error:
        sys.exit(f"{module} cannot be imported ({type(error).__name__}: {error})")
"""
_WORKER = Path(__file__).resolve().parents[1]


def verify(requirements: Path, target: Environment, modules: tuple[str, ...]) -> None:
    """Import every module, and call the function that is named with it; raise `SetupError` on failure.

    Python writes the bytecode of what it imports. Only a quarter of the modules are ever imported: to
    compile the others too takes longer than everything else that the build computes.
    """
    command = [str(target.python), "-I", "-c", _VERIFY, str(_WORKER), *modules]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        reason = _last(r"\w", result.stderr) or f"Python ended with status {result.returncode}"
        raise SetupError(
            f"The environment of {requirements.name} was installed, but {reason}: "
            "correct the lock file, or the system library that is missing."
        )

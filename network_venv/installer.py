"""Install lock files into an environment, nothing else and nothing resolved: with uv, or with pip.

A lock file is complete: every package is named with its version and its hashes, and what some packages ask
for is left out of it on purpose. So neither uv nor pip is to look at what packages ask for (`--no-deps`);
pip up to 23.2 would otherwise take the newest version of what is asked for with an extra, and fail.
"""

import os
import random
import re
import shutil
import ssl
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from network_venv import SetupError, say
from network_venv.environment import Environment
from network_venv.streaming import stream
from network_venv.trouble import certificate_trouble, hopeless, last_line, network_trouble, other_trouble

UV_LOCK = Path(__file__).resolve().parents[1] / "requirements" / "uv.txt"
ATTEMPTS = 5  # tries of an installer that fails on the network
BACKOFF = 2.0  # seconds before the second try, doubled for each one after it

# Of the caller's settings of pip and uv those count that say where packages come from and how to get there.
# All others could put them elsewhere, or put others there.
_WAYS = re.compile(
    r"(PIP|UV)_(\w*INDEX\w*|FIND_LINKS|\w*CERTS?|NATIVE_TLS|TRUSTED_HOST|INSECURE_HOST|PROXY|\w*TIMEOUT|\w*RETRIES"
    r"|KEYRING_PROVIDER|CONFIG_FILE|NO_CONFIG|OFFLINE|CONCURRENT_\w+)"
)
_OURS = {
    "UV_SYSTEM_CERTS": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
    "PIP_NO_COMPILE": "1",  # `verify` has the bytecode written of what is imported, and of nothing else
    "PIP_USER": "0",  # whatever pip.conf says
    "PIP_REQUIRE_VIRTUALENV": "0",
}


def installer_environ(volume: Path) -> dict[str, str]:
    """The caller's environment with caches on the volume, and nothing that reaches into the new one."""
    environ = {name: value for name, value in os.environ.items() if _stays(name)}
    environ |= {**_OURS, "UV_CACHE_DIR": str(volume / "cache/uv"), "PIP_CACHE_DIR": str(volume / "cache/pip")}
    environ.setdefault("PIP_RETRIES", "1")  # there are attempts of our own
    return environ


def _stays(name: str) -> bool:
    if name.startswith(("PIP_", "UV_")):
        return _WAYS.fullmatch(name) is not None
    return not name.startswith("PYTHON") and name not in ("VIRTUAL_ENV", "CONDA_PREFIX")


def _trusted() -> Iterator[str]:
    """The certificates that this machine trusts, as OpenSSL finds them: SSL_CERT_FILE, or the system's."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile:
        yield paths.cafile
    elif paths.capath and any(Path(paths.capath).iterdir()):
        yield paths.capath


@dataclass(frozen=True)
class Installer:
    """Installs into one environment; `tools` is a folder for pip and uv, thrown away after the build."""

    target: Environment
    tools: Path
    environ: dict[str, str]

    def install(self, lock: Path) -> None:
        """Install what a lock file names, all of it from wheels."""
        self._install_lock(lock, "--only-binary", ":all:")

    def build(self, lock: Path) -> None:
        """Install what a lock file names, built from its sources with what is installed already."""
        self._install_lock(lock, "--no-build-isolation")

    def install_wheel(self, wheel: str) -> None:
        """Install an optional wheel from a URL or path, "#sha256=..." with it if it shall be checked.

        One that cannot be installed is no hindrance: it is said, and noted in the environment.
        """
        try:
            problem = self._install(wheel)
        except SetupError as error:
            problem = error.reason
        if problem:
            name = wheel.partition("#")[0].partition("?")[0].rsplit("/", 1)[-1]
            problem = re.sub(r"\w+://\S+", name, problem)  # a URL may hold a secret
            self.target.note_wheel_problem(f"{name} could not be installed ({problem})")

    def _install_lock(self, lock: Path, *options: str) -> None:
        if problem := self._install("--require-hashes", *options, "--requirement", str(lock)):
            raise SetupError(
                f"The packages of {lock.name} could not be installed: {problem}. "
                "Correct the lock file, or start with the Python and platform that it was made for."
            )

    def _install(self, *what: str) -> str:
        """Install without dependencies; return why neither uv nor pip does it, or nothing."""
        arguments = ["install", "--no-deps", *what]
        where = ["--python", str(self.target.python)]
        problem, uv = self._uv
        problem = problem or self._run([uv, "pip", *arguments, *where])
        if problem:
            say(f"uv did not do it ({problem}); trying pip.")
            problem = self._run([*self._pip, *where, *arguments])
        return problem

    @cached_property
    def _uv(self) -> tuple[str, str]:
        """Why the locked uv cannot be had, and where it is: the machine's own, or fetched."""
        found = shutil.which("uv", path=self.environ.get("PATH"))
        if found and self._version(found) == last_line(r"^uv==", UV_LOCK.read_text()).split()[0]:
            return "", found
        fetch = ["install", "--no-deps", "--require-hashes", "--only-binary", ":all:", "--requirement"]
        return self._run([*self._pip, *fetch, str(UV_LOCK)]), str(self.tools / "bin" / "uv")

    def _version(self, uv: str) -> str:
        """The version as a requirement."""
        try:
            said = subprocess.run(
                [uv, "--version"], env=self.environ, capture_output=True, text=True, check=False
            )
        except OSError:  # made for another machine, say
            return ""
        return "==".join(said.stdout.split()[:2])

    @cached_property
    def _pip(self) -> list[str]:
        """The command that runs pip, from an environment of its own."""
        python = self.tools / "bin" / "python"
        if not python.exists():
            try:
                venv.create(self.tools, symlinks=True, with_pip=True)
            except subprocess.CalledProcessError:
                raise SetupError(
                    f"{sys.executable} cannot make an environment with pip: install its venv and ensurepip "
                    "modules (Debian and Ubuntu: the python3-venv package)."
                ) from None
        command = [str(python), "-I", "-m", "pip"]
        listed = subprocess.run(
            [*command, "config", "list"], env=self.environ, capture_output=True, check=False
        )
        if b".cert=" not in listed.stdout:  # the caller's own setting goes first
            for trusted in _trusted():  # before 24.2 it knows a list of its own only
                self.environ.setdefault("REQUESTS_CA_BUNDLE", trusted)
        return command

    def _run(self, command: list[str]) -> str:
        """Run an installer, again after a pause if the network failed it; return why it failed, if it did."""
        for attempt in range(1, ATTEMPTS + 1):
            status, output = stream(command, self.environ)
            if status == 0:
                return ""
            reason, cure = hopeless(output)
            if reason:
                raise SetupError(f"The packages could not be installed: {reason}. {cure}", reason)
            if problem := certificate_trouble(output):
                return self._untrusted(problem, command)
            problem = network_trouble(output)
            if not problem:
                return other_trouble(output)
            if attempt < ATTEMPTS:
                pause = BACKOFF * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)  # noqa: S311 - not a secret
                say(f"network trouble ({problem}); attempt {attempt + 1} of {ATTEMPTS} in {pause:.0f} s.")
                time.sleep(pause)
        raise SetupError(
            f"The package registry could not be reached in {ATTEMPTS} attempts: {problem}. "
            "Check the worker's network, then start again.",
            problem,
        )

    def _untrusted(self, problem: str, command: list[str]) -> str:
        """Pip may trust what uv does not, by its own configuration; what pip does not trust is the end."""
        reason = f"the registry's certificate {problem.partition(':')[0]}"
        if command[: len(self._pip)] == self._pip:
            raise SetupError(f"The certificate of the package registry {problem}.", reason)
        return reason


def forget_downloads(volume: Path) -> None:
    """Remove the caches of uv and pip once they have served.

    uv's cache and the environment share their files (hard links): a file that is damaged later would
    be damaged in both, and every environment built anew from the cache would have it.
    """
    for name in ("uv", "pip"):
        shutil.rmtree(volume / "cache" / name, ignore_errors=True)

"""A project with one tiny package on a loopback registry, and the set-up script run on it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.setup.index import Index, lock_line, make_wheel

ROOT = Path(__file__).resolve().parents[2]

# The script itself, with a lock file of the test's own, and with less patience than in production.
DRIVER = """
import os, sys
import setup_network_venv as setup
from network_venv import installer, lock, old_copies, streaming
from network_venv.profiles import PROFILES, Profile
from pathlib import Path
lock.HEARTBEAT, lock.STALE, lock.POLL, lock.NOTICE = 0.2, 2.0, 0.1, 0.5
streaming.NOTICE, installer.BACKOFF = 0.5, 0.01
installer.UV_LOCK = Path(sys.argv[1]).with_name("uv.txt")
old_copies.FOLDER = Path(sys.argv[1]).parent / "old"
PROFILES["base"] = Profile(
    Path(sys.argv[1]), float(sys.argv[2]), tuple(sys.argv[3].split()), wheel=PROFILES["runtime"].wheel
)
sys.argv[1:] = sys.argv[4:]
sys.exit(setup.main())
"""


@dataclass
class Project:
    """A volume, a registry with the package `tinyvoice`, and a lock file that asks for it."""

    folder: Path
    index: Index
    need: float = 1e6
    modules: tuple[str, ...] = ("tinyvoice",)
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def volume(self) -> Path:
        return self.folder / "volume"

    @property
    def lock(self) -> Path:
        return self.folder / "requirements-base.txt"

    def publish(
        self, source: str = "spoken = True\n", version: str = "1.0", library: str = "", more: str = ""
    ) -> None:
        wheel = make_wheel(self.index.folder, "tinyvoice", source, version, library=library, more=more)
        self.lock.write_text(lock_line(wheel))

    def command(self) -> list[str]:
        return [sys.executable, "-c", DRIVER, str(self.lock), str(self.need), " ".join(self.modules)]

    def start(
        self, prefix: tuple[str, ...] = (), stderr: int = subprocess.PIPE, arguments: tuple[str, ...] = ()
    ) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*prefix, *self.command(), *arguments],
            cwd=ROOT,
            env=self.environ,
            text=True,
            stdout=subprocess.PIPE,
            stderr=stderr,
        )

    def run(self, prefix: tuple[str, ...] = ()) -> "subprocess.CompletedProcess[str]":
        process = self.start(prefix)
        out, err = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def speaks(self, python: str) -> bool:
        done = subprocess.run(
            [python.strip(), "-c", "import tinyvoice; print(tinyvoice.spoken)"],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout == "True\n"

    def leftovers(self) -> list[str]:
        """Everything on the volume that is neither an environment, nor the link to it, nor the cache."""
        kept = {"venv", "venvs", "cache"}
        found = [path.name for path in self.volume.iterdir() if path.name not in kept]
        return found + [path.name for path in (self.volume / "venvs").glob(".*")]


def make_project(folder: Path) -> Project:
    """A project in an empty folder, with a package to install; its index must be closed."""
    for name in ("volume", "home", "wheels", "bin"):
        (folder / name).mkdir()
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    assert uv, "uv is one of the tests' requirements"
    (folder / "bin" / "uv").symlink_to(uv)
    index = Index(folder / "wheels")
    project = Project(folder, index)
    project.environ = {
        "PATH": f"{folder / 'bin'}:/usr/bin:/bin",
        "HOME": str(folder / "home"),
        "RUNPOD_VOLUME": str(project.volume),
        "WORKER_PROFILE": "base",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": index.url,
        "PIP_RETRIES": "0",
        "UV_DEFAULT_INDEX": index.url,
        "UV_HTTP_RETRIES": "0",
        "UV_NO_CONFIG": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    project.publish()
    shutil.copy(ROOT / "requirements" / "uv.txt", folder)
    return project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    project = make_project(tmp_path)
    yield project
    project.index.close()

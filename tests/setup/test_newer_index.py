"""An index in which everything has come out anew: what is installed is the lock, whichever installer does it.

The index is made from the lock itself: every package in its locked version and in one that came out since.
Each asks for what the lock's own comments ("via") say, and that with an extra, as fastapi-cloud-cli asks
for `pydantic[email]`. Only the hashes in the lock are replaced by those of these wheels.
"""

import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.markers import Marker

from network_venv.environment import Environment
from network_venv.installer import Installer, installer_environ
from tests.setup.conftest import ROOT
from tests.setup.index import Index, lock_line, make_wheel

LOCKS = [
    *("requirements-base.txt", "requirements-runtime.txt", "requirements/uv.txt"),
    *("requirements/test.txt", "requirements/test-sources.txt"),
    *("requirements/upstream.txt", "requirements/upstream-sources.txt"),
]
NEWER = "99999"
UV = "uv"
NO_UV = f"uv==0.0.1 --hash=sha256:{'0' * 64}\n"
# With the hashes of their wheels: what Python 3.11 came with, Debian 12, Python 3.12, and today's.
PIPS = {
    "23.0": "b5f88adff801f5ef052bcdef3daa31b55eb67b0fccd6d0106c206fa248e0463c",
    "23.2": "78e5353a9dda374b462f2054f83a7b63f3f065c98236a68361845c1b0ee7e35f",
    "24.0": "ba0d021a166865d2265246961bec0152ff124de910c5cc39f1156ce3fa7c69dc",
    "26.3": "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13",
}
OLDEST_PIP_OF_3_12 = (23, 2)  # older ones cannot run there

_PIN = re.compile(r"(?m)^([a-z0-9-]+)==(\S+)(?: ; ([^\\\n]+))?")


@dataclass(frozen=True)
class Pin:
    """A package as the lock has it, and the packages that it asks for."""

    name: str
    version: str
    marker: str
    asks_for: tuple[str, ...]

    def applies(self) -> bool:
        return not self.marker or Marker(self.marker).evaluate()


def pins(lock: str) -> list[Pin]:
    """Every package of a lock; "via" lines below a package name those that ask for it."""
    asks: dict[str, list[str]] = {}
    found: list[tuple[str, str, str]] = []
    for block in re.split(r"(?m)^(?=[a-z0-9])", lock)[1:]:
        name, version, marker = _PIN.match(block).groups("")  # type: ignore[union-attr]
        found.append((name, version, marker.strip()))
        for asker in re.findall(r"(?m)^    #(?: via|  ) ([a-z0-9-]+)$", block):
            asks.setdefault(asker, []).append(name)
    return [Pin(*pin, tuple(asks.get(pin[0], ()))) for pin in found]


def publish(index: Index, found: list[Pin]) -> str:
    """Every package in its locked version and a newer one; the lock with these wheels' hashes."""
    lines = []
    for pin in found:
        module = pin.name.replace("-", "_")
        asked = "".join(f"Requires-Dist: {name}[more]\n" for name in pin.asks_for)
        metadata = f"Provides-Extra: more\n{asked}"
        if pin.applies():
            wheel = make_wheel(index.folder, module, version=pin.version, metadata=metadata)
            line = lock_line(wheel).replace("_", "-", pin.name.count("-"))
            lines.append(line.replace(" --hash", f" ; {pin.marker} --hash") if pin.marker else line)
        make_wheel(index.folder, module, version=NEWER, metadata=metadata)
    return "".join(lines)


def installed(python: Path) -> set[tuple[str, str]]:
    program = (
        "import importlib.metadata as found\n"
        "for one in found.distributions(): print(one.metadata['Name'].replace('_', '-'), one.version)"
    )
    done = subprocess.run([python, "-I", "-c", program], capture_output=True, text=True, check=True)
    return {(name, version) for name, version in map(str.split, done.stdout.splitlines())}


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    (tmp_path / "wheels").mkdir()
    index = Index(tmp_path / "wheels")
    yield index
    index.close()


@pytest.fixture(scope="session")
def pip_wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the versions of pip, from the package index that this machine uses."""
    folder = tmp_path_factory.mktemp("pips")
    for version, digest in PIPS.items():
        lock = folder / "pip.txt"
        lock.write_text(f"pip=={version} --hash=sha256:{digest}\n")
        target = ["--target", str(folder / version), "--no-deps", "--require-hashes", "-r", str(lock)]
        uv = [str(Path(sys.executable).with_name("uv")), "--quiet", "--system-certs"]
        subprocess.run([*uv, "pip", "install", "--python", sys.executable, *target], check=True)
    return folder


@pytest.fixture(params=[UV, *PIPS])
def tools(
    request: pytest.FixtureRequest, tmp_path: Path, pip_wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The installer's folder of tools, with the pip that shall do it; without any where uv shall."""
    folder = tmp_path / "tools"
    if request.param == UV:
        return folder
    if sys.version_info >= (3, 12) and tuple(map(int, request.param.split("."))) < OLDEST_PIP_OF_3_12:
        pytest.skip(f"pip {request.param} cannot run on this Python, nor did any come with it")
    no_uv = tmp_path / "no-uv.txt"
    no_uv.write_text(NO_UV)
    monkeypatch.setattr("network_venv.installer.UV_LOCK", no_uv)
    venv.create(folder, symlinks=True)
    packages = next(folder.glob("lib/python3*/site-packages"))
    shutil.copytree(pip_wheels / request.param, packages, dirs_exist_ok=True)
    return folder


@pytest.fixture
def no_other_index(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but this index, whatever this machine is set to."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", index.url)
    monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:/usr/bin:/bin")


@pytest.mark.usefixtures("no_other_index")
@pytest.mark.parametrize("lock", LOCKS)
def test_what_is_installed_is_the_lock(
    lock: str, tools: Path, index: Index, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found = pins((ROOT / lock).read_text())
    rewritten = tmp_path / Path(lock).name
    rewritten.write_text(publish(index, found))
    with_pip = tools.exists()
    target = Environment(tmp_path / "venv")
    venv.create(target.path, symlinks=True)
    Installer(target, tools, installer_environ(tmp_path)).install(rewritten)
    assert ("trying pip" in capfd.readouterr().err) == with_pip
    assert installed(target.python) == {(pin.name, pin.version) for pin in found if pin.applies()}


def test_the_tests_own_command_installs_the_lock(index: Index, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    shutil.copytree(ROOT / "network_venv", folder / "network_venv")
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    for name in ("run_tests.sh", "setup_network_venv.py"):
        shutil.copy(ROOT / name, folder)
    (folder / "requirements/uv.txt").write_text(NO_UV)
    found = pins((folder / "requirements/test.txt").read_text())
    (folder / "requirements/test.txt").write_text(publish(index, found))
    (folder / "requirements/test-sources.txt").write_text("")
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PIP_CONFIG_FILE": os.devnull}
    environ |= {"PIP_INDEX_URL": index.url, "UV_DEFAULT_INDEX": index.url}
    command = ["./run_tests.sh"]  # what it runs then, ruff and the rest, is empty in these wheels
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    python = folder / ".environments" / "venv" / "bin" / "python"
    assert python.exists(), done.stderr
    assert installed(python) == {(pin.name, pin.version) for pin in found if pin.applies()}


def test_nothing_else_installs_packages() -> None:
    places = [*ROOT.glob("*.sh"), ROOT / "Dockerfile.runpod", *ROOT.glob(".ci/*"), *ROOT.glob(".github/*/*")]
    places += ROOT.glob("tests/container/*.sh")
    assert [
        place.name for place in places if re.search(r"\bpip3? +install|pip\b.* -r", place.read_text())
    ] == []

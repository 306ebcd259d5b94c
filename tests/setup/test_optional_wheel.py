"""FLASH_ATTN_WHEEL: a wheel beside the lock file, which may be wrong in any way without stopping a start."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from tests.setup.conftest import Project
from tests.setup.index import make_wheel

NAME = "flash_attn-2.8.3-py3-none-any.whl"


def wheel_url(project: Project, name: str = NAME) -> str:
    return f"{project.index.url.removesuffix('/simple')}/{name}"


def has_flash_attn(python: str) -> bool:
    command = [python.strip(), "-c", "import flash_attn"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture
def wheel(project: Project) -> Path:
    return make_wheel(project.index.folder, "flash_attn", version="2.8.3")


@pytest.mark.parametrize("uv", [True, False])
def test_it_is_installed_beside_the_lock_file_in_an_environment_of_its_own(
    project: Project, wheel: Path, uv: bool
) -> None:
    if not uv:
        (project.folder / "bin" / "uv").unlink()
    without = project.run()
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    project.environ["FLASH_ATTN_WHEEL"] = f"{wheel_url(project)}#sha256={digest}"
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert done.stdout != without.stdout
    assert project.speaks(done.stdout)
    assert has_flash_attn(done.stdout)
    assert "optional wheel" not in done.stderr
    project.index.requests.clear()
    assert project.run().stdout == done.stdout
    assert project.index.requests == []
    del project.environ["FLASH_ATTN_WHEEL"]
    assert project.run().stdout == without.stdout
    assert not has_flash_attn(without.stdout)


def test_a_file_on_the_volume_will_do(project: Project, wheel: Path) -> None:
    kept = wheel.rename(project.volume / wheel.name)
    project.environ["FLASH_ATTN_WHEEL"] = str(kept)
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert has_flash_attn(done.stdout)


def for_another_python(project: Project, wheel: Path) -> str:
    other = wheel.rename(wheel.with_name("flash_attn-2.8.3-cp39-cp39-linux_x86_64.whl"))
    return wheel_url(project, other.name)


def with_another_hash(project: Project, _: Path) -> str:
    return f"{wheel_url(project)}#sha256={'0' * 64}"


def not_there(project: Project, _: Path) -> str:
    return wheel_url(project, "flash_attn-9.9-py3-none-any.whl")


def from_nobody(*_: object) -> str:
    return f"http://user:hunter2@127.0.0.1:9/{NAME}"


def not_a_wheel(project: Project, wheel: Path) -> str:
    wheel.write_bytes(b"<html>404</html>")
    return wheel_url(project)


@pytest.mark.parametrize(
    "wrong", [for_another_python, with_another_hash, not_there, from_nobody, not_a_wheel]
)
def test_one_that_cannot_be_installed_is_one_line_and_never_a_failed_start(
    project: Project, wheel: Path, wrong: object
) -> None:
    assert callable(wrong)
    project.environ["FLASH_ATTN_WHEEL"] = wrong(project, wheel)
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert project.speaks(done.stdout)
    assert not has_flash_attn(done.stdout)
    again = project.run()
    assert again.stdout == done.stdout
    (line,) = [line for line in again.stderr.splitlines() if "optional wheel" in line]
    assert "could not be installed (" in line
    assert "hunter2" not in line
    assert line in done.stderr
    assert project.leftovers() == []

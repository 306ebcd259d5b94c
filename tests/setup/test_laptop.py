"""What an ordinary laptop lacks or brings: each starts as if it were not so."""

import shutil
from pathlib import Path

import pytest

from tests.setup.conftest import Project


@pytest.fixture(params=["uv", "pip"], autouse=True)
def installer(project: Project, request: pytest.FixtureRequest) -> str:
    if request.param == "pip":
        (project.folder / "bin" / "uv").unlink()  # and the registry has none to offer
    return str(request.param)


def check(project: Project, installer: str, prefix: tuple[str, ...] = ()) -> None:
    done = project.run(prefix)
    assert done.returncode == 0, done.stderr
    assert ("trying pip" in done.stderr) == (installer == "pip")
    assert Path(done.stdout.strip()).is_relative_to(project.volume)
    assert project.speaks(done.stdout)
    assert project.leftovers() == []


def test_without_git_compiler_sudo_or_any_other_command(project: Project, installer: str) -> None:
    project.environ["PATH"] = str(project.folder / "bin")  # which has uv, or nothing
    check(project, installer)


def test_a_home_that_cannot_be_written_to(project: Project, installer: str) -> None:
    project.environ["HOME"] = "/proc"  # not even by root
    check(project, installer)


def test_a_path_with_spaces_and_letters_beyond_ascii(project: Project, installer: str) -> None:
    folder = project.folder.with_name(f"Åsas dator – {installer} 日本")
    shutil.copytree(project.folder, folder, symlinks=True)
    project.folder = folder
    project.environ |= {"RUNPOD_VOLUME": str(project.volume), "LANG": "C", "LC_ALL": "C"}
    check(project, installer)


def test_files_that_only_their_owner_may_read(project: Project, installer: str) -> None:
    check(project, installer, ("sh", "-c", 'umask 077; exec "$@"', "sh"))


@pytest.mark.parametrize(
    "variables",
    [
        {"PIP_TARGET": "/tmp/elsewhere", "UV_TARGET": "/tmp/elsewhere"},
        {"PIP_PREFIX": "/tmp/elsewhere", "UV_PREFIX": "/tmp/elsewhere"},
        {"PIP_USER": "1", "PIP_REQUIRE_VIRTUALENV": "1", "UV_SYSTEM_PYTHON": "1"},
        {"PIP_NO_BINARY": ":all:", "UV_NO_BINARY": "1"},
        {"PIP_CONSTRAINT": "/nowhere.txt", "UV_CONSTRAINT": "/nowhere.txt"},
        {"PIP_PYTHON": "/nowhere/python", "UV_PYTHON": "/nowhere/python"},
        {"UV_EXCLUDE_NEWER": "2001-01-01", "UV_REQUIRE_HASHES": "0", "UV_CACHE_DIR": "/proc/cache"},
        {"PIP_DRY_RUN": "1", "UV_DRY_RUN": "1"},
        {"VIRTUAL_ENV": "/nowhere", "CONDA_PREFIX": "/nowhere"},
    ],
    ids=lambda variables: next(iter(variables)),
)
def test_the_users_own_settings_of_pip_and_uv(
    project: Project, installer: str, variables: dict[str, str]
) -> None:
    project.environ |= variables
    check(project, installer)


def test_pip_conf_that_installs_elsewhere(project: Project, installer: str) -> None:
    conf = project.folder / "pip.conf"
    conf.write_text("[install]\nuser = true\n[global]\nrequire-virtualenv = true\n")
    project.environ["PIP_CONFIG_FILE"] = str(conf)
    check(project, installer)


def test_modules_of_the_users_own(project: Project, installer: str, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "tinyvoice.py").write_text("raise SystemExit('not this one')\n")
    (tmp_path / "mine" / "pip.py").write_text("raise SystemExit('nor this one')\n")
    project.environ["PYTHONPATH"] = str(tmp_path / "mine")
    check(project, installer)

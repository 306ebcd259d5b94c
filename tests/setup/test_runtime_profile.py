"""The runtime lock installs for real, holds what the worker imports, and nothing of what it leaves out."""

import importlib.util
import re
import subprocess
from pathlib import Path

import pytest

from tests.runtime import ROOT, runtime_python

INSTALLED = """
import importlib.metadata
for distribution in importlib.metadata.distributions():
    print(distribution.metadata["Name"], distribution.version)
"""

IMPORTED = """
import sys
import runpod, faster_whisper, google.cloud.speech, f5_worker.timing.whisperx_model, whisperx.alignment
from f5_worker.speech.f5_model.upstream import import_upstream
import_upstream()
print(*filter(None, (getattr(module, "__file__", None) for module in list(sys.modules.values()))), sep="\\n")
"""


def names(lines: str) -> set[str]:
    """Package names at the start of lines, in their normal form (PEP 503)."""
    found = re.findall(r"(?m)^[A-Za-z0-9][A-Za-z0-9._-]*", lines)
    return {re.sub(r"[-_.]+", "-", name).lower() for name in found}


@pytest.fixture(scope="module")
def python() -> Path:
    return runtime_python()


@pytest.fixture(scope="module")
def installed(python: Path) -> dict[str, str]:
    done = subprocess.run([python, "-I", "-c", INSTALLED], capture_output=True, text=True, check=True)
    pairs = (line.split() for line in done.stdout.splitlines())
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in pairs}


def test_the_versions_are_those_of_the_lock(installed: dict[str, str]) -> None:
    locked = re.findall(r"(?m)^(\S+?)==(\S+)", (ROOT / "requirements-runtime.txt").read_text())
    assert {"torch", "f5-tts", "whisperx"} <= installed.keys()
    assert set(installed) <= {name for name, _ in locked}
    assert {(name, installed[name]) for name in installed} <= set(locked)


def test_what_is_left_out_is_not_there(installed: dict[str, str]) -> None:
    left_out = names((ROOT / "requirements/excludes.txt").read_text())
    assert "gradio" in left_out
    assert left_out.isdisjoint(installed)


@pytest.mark.parametrize(
    "module",
    ["torch", "torchaudio", "whisperx.alignment", "faster_whisper", "google.cloud.speech", "pocketsphinx"],
)
def test_what_the_worker_imports_can_be_imported(python: Path, module: str) -> None:
    done = subprocess.run(
        [python, "-I", "-c", f"import {module}"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_what_the_worker_imports_at_its_start_has_its_bytecode(python: Path) -> None:
    packages = next(python.parents[1].glob("lib/python3.*/site-packages"))
    command = [python, "-B", "-c", IMPORTED]  # -B: it is not to write the bytecode that is looked for
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    lines = [line for line in done.stdout.splitlines() if line.endswith(".py")]
    imported = [path for path in map(Path, lines) if path.is_relative_to(packages)]
    without = [path for path in imported if not Path(importlib.util.cache_from_source(str(path))).exists()]
    assert len(imported) > 2000
    assert without == []


def test_what_nobody_imports_has_none(python: Path) -> None:
    packages = next(python.parents[1].glob("lib/python3.*/site-packages"))
    sources = sum(1 for _ in packages.rglob("*.py"))
    compiled = sum(1 for _ in packages.rglob("*.pyc"))
    assert compiled < 0.5 * sources

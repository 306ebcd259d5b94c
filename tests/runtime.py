"""The runtime profile for tests: the real packages, installed by the real script on a volume in the tree."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
VOLUME = ROOT / ".runtime-volume"  # git-ignored and kept, as .venv-test is
HEAVY_TESTS = [
    "platform/test_f5.py",
    "speech/f5_model",
    "timing/test_no_network.py",
    "timing/test_whisperx.py",
]  # below tests/; they import what only the runtime profile holds
_NEED = 10e9  # bytes, as setup_network_venv.py asks for


def runtime_python() -> Path:
    """The environment's Python, built on first use (7 GB, minutes); skips where there is no room for it."""
    VOLUME.mkdir(exist_ok=True)
    if not list(VOLUME.glob("venvs/*/complete.json")) and shutil.disk_usage(VOLUME).free < _NEED:
        pytest.skip(f"the runtime profile needs {_NEED / 1e9:.0f} GB of free disk")
    environ = {**os.environ, "RUNPOD_VOLUME": str(VOLUME), "WORKER_PROFILE": "runtime"}
    command = [sys.executable, str(ROOT / "setup_network_venv.py")]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())

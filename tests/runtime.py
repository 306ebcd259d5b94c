"""The runtime profile for tests: the real packages, installed by the real script on a volume in the tree."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
VOLUME = ROOT / ".runtime-volume"  # git-ignored and kept, as .venv-test is

# Below tests/: what imports packages that only the runtime profile holds, and what compares with the
# upstream project and so needs all that it installs by itself.
HEAVY_TESTS = [
    "endpoints/test_f5_voices.py",
    "platform/test_f5.py",
    "speech/f5_model",
    "test_bench_heavy.py",
    "timing/test_no_network.py",
    "timing/test_real_fallback_chain.py",
    "timing/test_tiny_aligner.py",
    "timing/test_whisperx.py",
]
UPSTREAM_TESTS = ["speech/f5_model/test_f5.py"]  # and what is marked `upstream`

_NEED = 10e9  # bytes, as setup_network_venv.py asks for


def runtime_python() -> Path:
    """The environment's Python, built on first use (7 GB, minutes); skips where there is no room for it."""
    if not list(VOLUME.glob("venvs/*/complete.json")):
        _skip_without_room()
    environ = {**os.environ, "RUNPOD_VOLUME": str(VOLUME), "WORKER_PROFILE": "runtime"}
    command = [sys.executable, str(ROOT / "setup_network_venv.py")]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


def _skip_without_room() -> None:
    VOLUME.mkdir(exist_ok=True)
    if shutil.disk_usage(VOLUME).free < _NEED:
        pytest.skip(f"the heavy packages need {_NEED / 1e9:.0f} GB of free disk")


def upstream_python() -> Path:
    """The Python of an environment with f5-tts as it installs itself; no part of the worker."""
    folder = VOLUME / "upstream"
    lock, marker = ROOT / "requirements-upstream.txt", folder / "installed.txt"
    python = folder / "bin" / "python"
    if not marker.exists() or marker.read_text() != lock.read_text():
        _skip_without_room()
        uv = [str(Path(sys.executable).with_name("uv")), "--system-certs", "--quiet"]
        subprocess.run([*uv, "venv", "--clear", "--python", sys.executable, folder], check=True)
        install = [
            "pip",
            "install",
            "--no-deps",
            "--require-hashes",
            "--python",
            python,
            "--requirement",
            lock,
        ]
        subprocess.run([*uv, *install], check=True)
        shutil.copy(lock, marker)
    return python

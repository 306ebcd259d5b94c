"""The heavy environments for tests, installed by the real script on a volume in the tree."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from network_venv.profiles import PROFILES

ROOT = Path(__file__).resolve().parents[1]
VOLUME = ROOT / ".environments"  # git-ignored and kept; the tests' own environment is there too

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


def runtime_python() -> Path:
    """The Python of the worker's own runtime profile."""
    return _python("runtime")


def upstream_python() -> Path:
    """The Python of an environment with f5-tts as it installs itself; no part of the worker."""
    return _python("upstream")


def _python(profile: str) -> Path:
    """The environment's Python, built on first use (7 GB, minutes); skips where there is no room for it."""
    if not (VOLUME / "venvs" / PROFILES[profile].key).exists():
        VOLUME.mkdir(exist_ok=True)
        if (need := PROFILES[profile].need) > shutil.disk_usage(VOLUME).free:
            pytest.skip(f"the heavy packages need {need / 1e9:.0f} GB of free disk")
    environ = {**os.environ, "RUNPOD_VOLUME": str(VOLUME), "WORKER_PROFILE": profile}
    command = [sys.executable, str(ROOT / "setup_network_venv.py")]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())

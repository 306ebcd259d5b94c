"""The heavy environments for tests, installed by the real script on a volume in the tree."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from network_venv.profiles import PROFILES
from network_venv.pythons import refusal

ROOT = Path(__file__).resolve().parents[1]
VOLUME = ROOT / ".environments"  # git-ignored and kept; the tests' own environment is there too

# Below tests/: what imports packages that only the runtime profile holds, and what only the upstream
# project's own installation holds. Elsewhere they cannot even be read in.
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
UPSTREAM_TESTS = ["speech/f5_model/test_f5.py"]

# The kinds that a test has by its place (tests/run.py); some upstream ones are marked one by one.
PLACES = {
    "runtime": [
        *HEAVY_TESTS,
        "models/test_flash_attention.py",
        "models/test_store.py",
        "setup/test_runtime_profile.py",
    ],
    "setup": ["setup"],
    "upstream": UPSTREAM_TESTS,
}


class CannotHave(Exception):
    """An environment cannot be made on this machine: why."""


def runtime_python() -> Path:
    """The Python of the worker's runtime profile, for tests that are run by it."""
    return environment_python("runtime")


def environment_python(profile: str) -> Path:
    """A profile's Python, its environment built on first use (7 GB, minutes); raises `CannotHave`."""
    if problem := refusal(profile):
        raise CannotHave(f"{sys.executable} cannot make its environment, {problem}")
    VOLUME.mkdir(exist_ok=True)
    need, there = PROFILES[profile].need, VOLUME / "venvs" / PROFILES[profile].key
    if not there.exists() and shutil.disk_usage(VOLUME).free < need:
        raise CannotHave(f"its packages need {need / 1e9:.0f} GB of free disk")
    environ = {**os.environ, "RUNPOD_VOLUME": str(VOLUME), "WORKER_PROFILE": profile}
    command = [sys.executable, str(ROOT / "setup_network_venv.py")]
    done = subprocess.run(command, env=environ, stdout=subprocess.PIPE, text=True, check=True)
    return Path(done.stdout.strip())

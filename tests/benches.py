"""The commands in bench/, by the environment that they need, and what each of them must accept."""

import subprocess
import sys

from tests.runtime import ROOT

BASE = ["cold_start", "kills", "language_accuracy", "overhead", "slow_volume"]
RUNTIME = ["kernels", "timing_accuracy", "timing_speed"]
UPSTREAM = ["synthesis"]


def check_options(name: str) -> None:
    """Run it with --help as a user would; it must name the three options that every bench takes."""
    command = [sys.executable, "-m", f"bench.{name}", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    for option in ("--quick", "--json FILE", "--check"):
        assert option in done.stdout

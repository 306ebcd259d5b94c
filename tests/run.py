"""Run tests where what they need is installed: python -m tests.run KIND [ARGUMENT FOR PYTEST...]

fast       what needs nothing but the tests' own environment
setup      builds environments on volumes of the tests' own
runtime    needs the worker's runtime profile
upstream   compares with f5-tts as it installs itself
all        each of these, in turn

The kind of a test is a marker: it has it by itself, or by `tests.runtime.PLACES`. An environment that this
machine cannot have (no room, no torch for this Python) is said in one line, and its tests are left out.
"""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from tests.runtime import ROOT, CannotHave, environment_python

# That environment's packages first; pytest and its like from this one behind them.
_PYTEST = "import sys; sys.path.append(sys.argv.pop(1)); import pytest; sys.exit(pytest.main(sys.argv[1:]))"
KINDS = {  # the environment, and which tests
    "fast": ("test", "not setup and not runtime and not upstream"),
    "setup": ("test", "setup and not runtime"),
    "runtime": ("runtime", "runtime and not upstream"),
    "upstream": ("upstream", "upstream"),
}


def main(kind: str = "all", *arguments: str) -> int:
    """Run them; exit status 0 when all pass."""
    if kind != "all" and kind not in KINDS:
        sys.stderr.write(f"{kind!r} is no kind of test: it must be one of all, {', '.join(KINDS)}.\n")
        return 2
    statuses = [run(name, arguments) for name in (KINDS if kind == "all" else (kind,))]
    return max(statuses)


def run(kind: str, arguments: Sequence[str]) -> int:
    """Run the tests of one kind; pytest's exit status."""
    profile, markers = KINDS[kind]
    sys.stdout.write(f"tests: {kind}\n")
    sys.stdout.flush()
    options = ["-m", markers, *arguments]
    if profile == "test":
        return subprocess.run([sys.executable, "-m", "pytest", *options], cwd=ROOT, check=False).returncode
    try:
        python = environment_python(profile)
    except CannotHave as why:
        sys.stdout.write(f"tests: {kind} left out: {why}\n")
        return 0
    command = [str(python), "-c", _PYTEST, sysconfig.get_path("purelib"), "-p", "tests.complete", *options]
    return subprocess.run(command, cwd=ROOT, env=_environ(python), check=False).returncode


def _environ(python: Path) -> dict[str, str]:
    path = f"{python.parent}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "OMP_NUM_THREADS": "1"}


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

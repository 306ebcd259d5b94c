"""The tests of the heavy packages, run where those are: the runtime profile's environment, and upstream's."""

import os
import re
import subprocess
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.runtime import HEAVY_TESTS, ROOT, runtime_python, upstream_python

# That environment's packages first; pytest and its like from this one behind them.
_PYTEST = "import sys; sys.path.append(sys.argv.pop(1)); import pytest; sys.exit(pytest.main(sys.argv[1:]))"


@pytest.mark.parametrize(
    ("python", "kind"),
    [(runtime_python, "not upstream"), (upstream_python, "upstream")],
    ids=["runtime profile", "upstream"],
)
def test_what_needs_the_heavy_packages_passes_where_they_are(python: Callable[[], Path], kind: str) -> None:
    tests = [f"tests/{name}" for name in HEAVY_TESTS]
    done = subprocess.run(
        [python(), "-c", _PYTEST, sysconfig.get_path("purelib"), "-rs", "-m", kind, *tests],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    skipped = re.findall(r"(?m)^SKIPPED.*", done.stdout)
    assert [line for line in skipped if "GPU" not in line] == []

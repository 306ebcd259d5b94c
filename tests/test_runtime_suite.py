"""The tests of the heavy packages, run where those are: in the runtime profile's own environment."""

import os
import re
import subprocess
import sysconfig

from tests.runtime import HEAVY_TESTS, ROOT, runtime_python

# The runtime profile's packages first; pytest and its like from this environment behind them.
_PYTEST = "import sys; sys.path.append(sys.argv.pop(1)); import pytest; sys.exit(pytest.main(sys.argv[1:]))"


def test_what_needs_the_heavy_packages_passes_in_the_runtime_profile() -> None:
    tests = [f"tests/{name}" for name in HEAVY_TESTS]
    done = subprocess.run(
        [runtime_python(), "-c", _PYTEST, sysconfig.get_path("purelib"), "-q", "-rs", *tests],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    skipped = re.findall(r"(?m)^SKIPPED.*", done.stdout)
    assert [line for line in skipped if "GPU" not in line] == []

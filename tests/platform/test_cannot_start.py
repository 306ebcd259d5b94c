"""A worker that cannot take jobs says why in one sentence, and ends with 1 before it takes any."""

import re
from pathlib import Path

import pytest

from testing.platform.worker_process import run_worker, worker_environment


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TTS_ENGINE", "nonsense"),
        ("RUNPOD_VOLUME", "/nonexistent/volume"),
    ],
)
def test_it_says_which_setting_is_wrong_and_ends(
    volume: Path, tmp_path: Path, variable: str, value: str
) -> None:
    done = run_worker([], worker_environment(volume) | {variable: value}, tmp_path)
    assert done.returncode == 1, done
    printed = (done.stdout + done.stderr).strip()
    assert re.fullmatch(r"The worker cannot start: [^\n]+", printed)
    assert variable in printed or value in printed

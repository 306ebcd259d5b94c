"""The SDK's local mode: one job from the command line or from test_input.json, told by the exit status."""

import json
from pathlib import Path

import pytest

from testing.platform.worker_process import run_worker, worker_environment
from tests.platform.endpoint import result_files

TTS = {"input": {"text": "Hello there, world.", "return_word_timings": True, "timing_format": "vtt"}}


def test_the_job_in_test_input_json_is_run(volume: Path, tmp_path: Path) -> None:
    (tmp_path / "test_input.json").write_text(json.dumps(TTS))
    done = run_worker([], worker_environment(volume), tmp_path)
    assert done.returncode == 0, done
    assert result_files(volume) == {"output/local_test.wav", "timings/local_test.vtt"}


def test_a_job_on_the_command_line_is_run(volume: Path, tmp_path: Path) -> None:
    job = TTS | {"id": "mine"}
    done = run_worker(["--test_input", json.dumps(job)], worker_environment(volume), tmp_path)
    assert done.returncode == 0, done
    assert result_files(volume) == {"output/mine.wav", "timings/mine.vtt"}


@pytest.mark.parametrize(
    ("job", "code"),
    [
        ({"input": {"text": "Hello.", "speed": 9}}, "INVALID_INPUT"),
        (TTS | {"id": "../../x"}, "INVALID_INPUT"),
    ],
)
def test_a_job_that_fails_ends_with_1_and_its_error(
    volume: Path, tmp_path: Path, job: dict[str, object], code: str
) -> None:
    done = run_worker(["--test_input", json.dumps(job)], worker_environment(volume), tmp_path)
    assert done.returncode == 1, done
    assert f"{code}: " in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert result_files(volume) == set()
    assert [path.name for path in tmp_path.iterdir()] == ["volume"]

"""The README's first command, in a clean copy: text in, speech and subtitles out."""

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pysubs2
import pytest
import soundfile

from f5_worker.text.words import tokenize
from tests.conftest import files_in

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = shutil.ignore_patterns("runpod-volume", ".*", "__pycache__")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clean") / "copy"
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    return folder


def start_local(project: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    home = project.parent / "home"
    home.mkdir(exist_ok=True)
    return subprocess.run(
        ["./start.sh", "--local", *arguments],
        cwd=project,
        env={"PATH": os.environ["PATH"], "HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def results(project: Path) -> set[str]:
    volume = project / "runpod-volume"
    return {f"{name}/{file}" for name in ("output", "timings") for file in files_in(volume / name)}


def test_the_main_job_runs_from_nothing_and_then_reuses_its_environment(project: Path) -> None:
    first = start_local(project)
    assert first.returncode == 0, first.stderr
    assert results(project) == {"output/hello.wav", "timings/hello.srt"}
    assert f"Audio:     {project}/runpod-volume/output/hello.wav" in first.stdout
    assert f"Subtitles: {project}/runpod-volume/timings/hello.srt" in first.stdout
    audio, rate = soundfile.read(project / "runpod-volume/output/hello.wav")
    assert rate == 24_000
    assert 4 < len(audio) / rate < 10
    assert np.sqrt(np.mean(audio**2)) > 0.02

    cues = pysubs2.load(str(project / "runpod-volume/timings/hello.srt"))
    text = (
        "Hello, and welcome to your first recording. Every word you hear has its own line in the subtitles."
    )
    assert [cue.text for cue in cues] == [token.text for token in tokenize(text, 0, len(text))]

    data = (project / "runpod-volume/output/hello.wav").read_bytes()
    second = start_local(project)
    assert second.returncode == 0, second.stderr
    assert "reusing" in second.stderr
    assert "building" not in second.stderr
    assert (project / "runpod-volume/output/hello.wav").read_bytes() == data


def test_a_job_of_ones_own_is_passed_through_and_a_bad_one_exits_1(project: Path) -> None:
    good = start_local(project, "--test_input", '{"id": "mine", "input": {"text": "Good morning."}}')
    assert (good.returncode, "output/mine.wav" in results(project)) == (0, True)
    bad = start_local(project, "--test_input", '{"id": "bad", "input": {"text": "Hi.", "speed": 9}}')
    assert bad.returncode == 1
    assert "INVALID_INPUT: speed is 9; it must be a number from 0.3 to 2.0" in bad.stdout
    assert "Traceback" not in bad.stderr + bad.stdout

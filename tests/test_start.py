"""start.sh: which Python it takes, what it passes on, and how it fails."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from f5_worker.schemas import JobId, TtsRequest

ROOT = Path(__file__).resolve().parents[1]
Start = Callable[..., "subprocess.CompletedProcess[str]"]

# Stands where runpod_handler.py does and tells what reached it.
HANDLER = """
import json, os, sys
names = ("RUNPOD_VOLUME", "WORKER_PROFILE", "TTS_ENGINE", "WORKER_LOCAL", "PYTHONDONTWRITEBYTECODE")
print(json.dumps({
    "pid": os.getpid(), "arguments": sys.argv[1:], "folder": os.getcwd(),
    "environ": {name: os.environ[name] for name in names if name in os.environ},
    "unbuffered": sys.stdout.write_through,
}))
"""
SETUP = """
import os, sys
sys.stderr.write("setup: reusing it.\\n")
sys.stderr.flush()
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "a project"
    folder.mkdir()
    shutil.copy(ROOT / "start.sh", folder)
    shutil.copytree(ROOT / "network_venv", folder / "network_venv")
    (folder / "runpod_handler.py").write_text(HANDLER)
    (folder / "setup_network_venv.py").write_text(SETUP)
    return folder


@pytest.fixture
def commands(tmp_path: Path) -> Path:
    """A PATH of the test's own: the shell's helpers and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("dirname", "mkdir"):
        (folder / name).symlink_to(shutil.which(name) or name)
    return folder


@pytest.fixture
def start(project: Path, commands: Path) -> Start:
    def run(*arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [project / "start.sh", *arguments],
            env={"PATH": str(commands)} | environ,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def add_python(commands: Path, name: str = "python3", variables: str = "") -> None:
    add_command(commands, name, f'{variables} exec {os.path.realpath(sys.executable)} "$@"')


def add_command(commands: Path, name: str, script: str) -> None:
    (commands / name).write_text(f"#!/bin/sh\n{script}\n")
    (commands / name).chmod(0o755)


def test_arguments_reach_the_handler_as_they_are(start: Start, commands: Path) -> None:
    add_python(commands)
    arguments = ["--test_input", '{"input": {"text": "It\'s \\"here\\" $HOME *"}}', "", "--rp_serve_api"]
    told = json.loads(start(*arguments).stdout)
    assert told["arguments"] == arguments
    assert told["unbuffered"]


def test_variables_for_another_python_do_not_reach_this_one(
    start: Start, commands: Path, tmp_path: Path
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('not this one')\n")
    add_python(commands)
    done = start(PYTHONHOME="/nowhere", PYTHONPATH=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["arguments"] == []


def test_production_sets_nothing_and_makes_no_volume(start: Start, commands: Path, project: Path) -> None:
    add_python(commands)
    told = json.loads(start(PYTHONDONTWRITEBYTECODE="1").stdout)
    assert told["environ"] == {}
    assert told["folder"] == str(project)
    assert not (project / "runpod-volume").exists()


def test_local_sets_a_volume_of_its_own_and_the_embedded_voice(
    start: Start, commands: Path, project: Path
) -> None:
    add_python(commands)
    told = json.loads(start("--local", "--rp_serve_api").stdout)
    assert told["arguments"] == ["--rp_serve_api"]
    assert told["environ"] == {
        "RUNPOD_VOLUME": str(project / "runpod-volume"),
        "WORKER_PROFILE": "base",
        "TTS_ENGINE": "espeak",
        "WORKER_LOCAL": "1",
    }
    assert (project / "runpod-volume").is_dir()


def test_local_leaves_what_the_environment_says(start: Start, commands: Path, tmp_path: Path) -> None:
    add_python(commands)
    said = {"RUNPOD_VOLUME": str(tmp_path / "mine"), "WORKER_PROFILE": "runtime", "TTS_ENGINE": "f5"}
    told = json.loads(start("--local", **said).stdout)
    assert told["environ"] == said | {"WORKER_LOCAL": "1"}
    assert (tmp_path / "mine").is_dir()


def test_python_becomes_the_process_that_was_started(project: Path, commands: Path) -> None:
    add_python(commands)
    process = subprocess.Popen([project / "start.sh"], env={"PATH": str(commands)}, stdout=subprocess.PIPE)
    out, _ = process.communicate()
    assert json.loads(out)["pid"] == process.pid


def test_the_handlers_exit_status_is_the_workers(start: Start, commands: Path, project: Path) -> None:
    add_python(commands)
    (project / "runpod_handler.py").write_text("raise SystemExit(7)\n")
    assert start().returncode == 7


def test_without_any_python_it_says_what_is_needed(start: Start) -> None:
    done = start()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "A Python from 3.11 to 3.14" in done.stderr
    assert "no Python on the PATH" in done.stderr


def test_a_shim_that_does_not_run_is_passed_over(start: Start, commands: Path) -> None:
    add_command(commands, "python3.11", "echo 'pyenv: python3.11: command not found' >&2; exit 127")
    add_python(commands, "python3.12")
    assert json.loads(start().stdout)["arguments"] == []


def test_what_was_found_instead_is_named(start: Start, commands: Path) -> None:
    shim = "printf 'pyenv: python3.12: command not found\\n\\nSee: pyenv help\\n' >&2; exit 127"
    add_command(commands, "python3.12", shim)
    add_command(commands, "python3", "echo 'it is Python 3.9' >&2; exit 1")
    done = start()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "python3.12: pyenv: python3.12: command not found; python3: it is Python 3.9" in done.stderr


def test_a_python_without_the_venv_module_is_named_with_debians_package(
    start: Start, commands: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "modules"
    broken.mkdir()
    (broken / "ensurepip.py").write_text("raise ImportError('not packaged')\n")
    add_python(commands, variables=f"PYTHONPATH={broken}")
    done = start()
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "python3: it has no venv or ensurepip" in done.stderr
    assert "python3-venv" in done.stderr


def test_a_missing_volume_ends_with_setups_own_sentence(start: Start, commands: Path, project: Path) -> None:
    add_python(commands)
    for name in ("setup_network_venv.py", "requirements-base.txt"):
        shutil.copy(ROOT / name, project)
    done = start(RUNPOD_VOLUME=str(project / "nowhere"), WORKER_PROFILE="base")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "nowhere does not exist: attach a network volume" in done.stderr
    assert not (project / "nowhere").exists()


def test_test_input_is_a_request_the_worker_takes() -> None:
    job = json.loads((ROOT / "test_input.json").read_text())
    assert TtsRequest.model_validate(job["input"]).return_word_timings
    assert TypeAdapter(JobId).validate_python(job["id"])

"""Models come from the hub once, whole, to the volume; huggingface_hub itself, against a stand-in hub."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from f5_worker.models import stored
from tests.hub import Hub
from tests.runtime import ROOT, runtime_python

WEIGHTS = os.urandom(30_000_000)  # several of the pieces that huggingface_hub writes
FETCH = """
import json, sys
from pathlib import Path
from network_venv import lock
from f5_worker.errors import CannotStart
from f5_worker.models import fetch
lock.POLL, lock.HEARTBEAT, lock.STALE = 0.1, 0.2, 2.0
try:
    print(json.dumps([str(path) for path in fetch(Path(sys.argv[1]), "voices/tiny", sys.argv[2:])]))
except CannotStart as reason:
    sys.exit(f"CannotStart: {reason}")
"""
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(scope="module")
def python() -> Path:
    return runtime_python()


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub({"voices/tiny/model.safetensors": WEIGHTS, "voices/tiny/config.yaml": b"dim: 8\n"})
    yield hub
    hub.close()


@pytest.fixture
def start(python: Path, hub: Hub, tmp_path: Path) -> Start:
    def run(*names: str, **environ: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [python, "-c", FETCH, str(tmp_path / "models"), *names],
            cwd=ROOT,
            env={"HF_ENDPOINT": hub.url, "HOME": str(tmp_path), "PATH": os.environ["PATH"]} | environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return run


def finished(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, err = process.communicate()
    return process.returncode, out, err


def test_files_are_fetched_once(start: Start, hub: Hub, tmp_path: Path) -> None:
    status, out, err = finished(start("model.safetensors", "config.yaml"))
    assert status == 0, err
    weights, config = map(Path, json.loads(out))
    assert weights.read_bytes() == WEIGHTS
    assert config.read_text() == "dim: 8\n"
    assert stored(tmp_path / "models") == [{"name": "voices/tiny", "bytes": len(WEIGHTS) + 7}]
    requests = len(hub.gets)
    assert finished(start("model.safetensors", "config.yaml", HF_HUB_OFFLINE="1"))[:2] == (0, out)
    assert len(hub.gets) == requests


def test_three_at_once_fetch_once(start: Start, hub: Hub) -> None:
    ended = [finished(process) for process in [start("model.safetensors") for _ in range(3)]]
    assert [status for status, _, _ in ended] == [0, 0, 0], ended
    assert len(hub.gets) == 1


def test_a_broken_download_is_continued_where_it_broke(start: Start, hub: Hub) -> None:
    hub.faults = ["cut"]
    first, second = finished(start("model.safetensors")), finished(start("model.safetensors"))
    assert 0 in (first[0], second[0]), (first, second)
    assert any(not line.endswith("from 0") for line in hub.gets), hub.gets


def test_a_damaged_file_is_removed_and_fetched_anew(start: Start, hub: Hub, tmp_path: Path) -> None:
    hub.faults = ["corrupt"]
    status, _, err = finished(start("model.safetensors"))
    assert status == 1
    assert "arrived damaged and was removed" in err.splitlines()[-1]
    assert stored(tmp_path / "models") == [{"name": "voices/tiny", "bytes": 0}]
    status, out, err = finished(start("model.safetensors"))
    assert status == 0, err
    assert Path(json.loads(out)[0]).read_bytes() == WEIGHTS


@pytest.mark.parametrize("environ", [{"HF_HUB_OFFLINE": "1"}, {"HF_ENDPOINT": "http://127.0.0.1:9"}])
def test_what_is_missing_and_cannot_be_had_is_named(start: Start, environ: dict[str, str]) -> None:
    status, _, err = finished(start("model.safetensors", **environ))
    assert status == 1
    assert "CannotStart: the model file model.safetensors of voices/tiny is not on the volume" in err


def test_a_file_that_the_repository_does_not_have_is_named(start: Start) -> None:
    status, _, err = finished(start("other.safetensors"))
    assert status == 1
    assert "other.safetensors of voices/tiny" in err.splitlines()[-1]


def test_a_killed_download_is_taken_over(start: Start, hub: Hub, tmp_path: Path) -> None:
    lock = tmp_path / "models" / "hub" / ".lock"
    lock.mkdir(parents=True)
    (lock / "dead").write_text("00000001 process 1 on a-host-that-died")
    status, out, err = finished(start("model.safetensors"))
    assert status == 0, err
    assert "has not shown a sign of life" in err
    assert Path(json.loads(out)[0]).read_bytes() == WEIGHTS

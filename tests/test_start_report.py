"""The start report: what setup measured, then the stages of this process."""

import json
import time
from pathlib import Path

import pytest

from f5_worker import start_report
from f5_worker.services import warm_up
from f5_worker.stopwatch import Stopwatch
from tests.conftest import settings_for


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start_report, "_stopwatch", Stopwatch())
    monkeypatch.setattr(start_report, "_first_stage", [])
    monkeypatch.delenv("WORKER_SETUP", raising=False)


def test_the_whole_start_is_accounted_for(monkeypatch: pytest.MonkeyPatch) -> None:
    setup = {"began": time.time() - 10, "volume": 1.0, "environment": 4.0}
    monkeypatch.setenv("WORKER_SETUP", json.dumps(setup))
    with start_report.stage("engine"), start_report.stage("model"):
        pass
    seconds = start_report.start_seconds()
    assert list(seconds) == ["volume", "environment", "imports", "model", "engine", "total"]
    assert seconds["imports"] == pytest.approx(5.0, abs=0.5)
    assert seconds["total"] == pytest.approx(10.0, abs=0.5)


def test_without_start_sh_there_are_the_stages_alone() -> None:
    with start_report.stage("engine"):
        pass
    assert list(start_report.start_seconds()) == ["engine"]


def test_every_part_of_a_start_is_timed(volume: Path) -> None:
    seconds = warm_up(settings_for(volume)).start_seconds
    assert list(seconds) == [
        "storage",
        "language",
        "engine",
        "whisperx",
        "google",
        "sphinx",
        "dtw",
        "aligners",
    ]


def test_a_stage_that_fails_is_counted_too() -> None:
    with pytest.raises(ValueError, match="no model"), start_report.stage("model"):
        raise ValueError("no model")
    assert "model" in start_report.start_seconds()

"""RunPod's Hub files: their requests are taken, and their variables exist."""

import json
from pathlib import Path
from typing import Any

import pytest

from f5_worker.handler.parsing import parse_request

ROOT = Path(__file__).resolve().parents[1]
HUB: dict[str, Any] = json.loads((ROOT / ".runpod" / "hub.json").read_text())
TESTS: dict[str, Any] = json.loads((ROOT / ".runpod" / "tests.json").read_text())
NOT_OURS = {"RUNPOD_INIT_TIMEOUT"}  # read by the platform itself


def variables() -> list[str]:
    return [one["key"] for one in [*HUB["config"]["env"], *TESTS["config"]["env"]]]


@pytest.mark.parametrize("test", TESTS["tests"], ids=lambda test: test["name"])
def test_the_platforms_tests_send_requests_the_worker_takes(test: dict[str, Any]) -> None:
    assert parse_request(test["input"], 20_000)


@pytest.mark.parametrize("variable", variables())
def test_every_variable_is_documented(variable: str) -> None:
    assert variable in NOT_OURS or f"`{variable}`" in (ROOT / "CONFIG.md").read_text()


def test_what_the_hub_builds_is_what_is_tested_here() -> None:
    assert (ROOT / ".runpod" / "Dockerfile").resolve() == ROOT / "Dockerfile.runpod"
    assert (ROOT / ".runpod" / "handler.py").resolve() == ROOT / "runpod_handler.py"

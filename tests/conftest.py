"""What many tests share: a warm worker on an empty volume, with the embedded engine."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from f5_worker.services import Services, warm_up
from f5_worker.settings import Settings
from f5_worker.worker import Worker

Call = Callable[..., dict[str, Any]]


def settings_for(volume: Path, **variables: str) -> Settings:
    """Settings as if the environment held nothing but these variables."""
    return Settings.model_validate({"RUNPOD_VOLUME": volume, "TTS_ENGINE": "espeak"} | variables)


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    folder = tmp_path / "volume"
    folder.mkdir()
    return folder


@pytest.fixture
def services(volume: Path) -> Services:
    return warm_up(settings_for(volume))


@pytest.fixture
def call(services: Services) -> Call:
    """Run one job through the handler: `call({"text": "Hi."}, job_id="a")` gives its answer."""
    worker = Worker(services)

    def run(payload: Any, job_id: Any = "job-1") -> dict[str, Any]:
        return asyncio.run(worker.handle({"id": job_id, "input": payload}))

    return run


def files_in(folder: Path) -> set[str]:
    """Every file below a folder, relative to it."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}

"""What many tests share: a warm worker on an empty volume, with the embedded engine."""

import asyncio
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from f5_worker.handler.worker import Worker
from f5_worker.services import Services, warm_up
from f5_worker.settings import Settings
from tests.runtime import HEAVY_TESTS, PLACES, ROOT, UPSTREAM_TESTS

Call = Callable[..., dict[str, Any]]

# What this environment cannot read in; tests/run.py runs it where that can be done.
collect_ignore = [
    *([] if find_spec("torch") else HEAVY_TESTS),
    *([] if find_spec("cached_path") else UPSTREAM_TESTS),
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        place = item.path.relative_to(ROOT / "tests")
        for kind, places in PLACES.items():
            if any(place.is_relative_to(name) for name in places):
                item.add_marker(kind)


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


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The URL of a real S3 server on loopback."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def endpoint(s3_server: str) -> str:
    """The same server with nothing on it but the empty bucket `results`."""
    httpx.post(f"{s3_server}/moto-api/reset")
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=s3_server, **keys).create_bucket(Bucket="results")
    return s3_server


def files_in(folder: Path) -> set[str]:
    """Every file below a folder, relative to it."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}

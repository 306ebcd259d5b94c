"""The SDK's local HTTP server (--rp_serve_api): /runsync, and /run with /status."""

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from testing.platform.server import PATIENCE
from testing.platform.worker_process import WorkerProcess, worker_environment
from tests.platform.endpoint import result_files

TTS = {"text": "Hello there, world.", "return_word_timings": True, "timing_format": "json"}


@pytest.fixture
def client(volume: Path) -> Iterator[httpx.Client]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = ["--rp_serve_api", "--rp_api_host", "127.0.0.1", "--rp_api_port", str(port)]
    with WorkerProcess(worker_environment(volume), arguments) as worker:
        worker.wait_for_line("Uvicorn running on")
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
            yield client


def test_jobs_are_run_over_http(client: httpx.Client, volume: Path) -> None:
    at_once = client.post("/runsync", json={"input": TTS}).json()
    assert at_once["status"] == "COMPLETED"
    assert list(at_once["output"]["timing_files"]) == ["json"]

    refused = client.post("/runsync", json={"input": {"text": "Hello.", "speed": 9}}).json()
    assert refused["status"] == "FAILED"
    assert refused["error"].startswith("INVALID_INPUT: ")

    job_id = client.post("/run", json={"input": TTS}).json()["id"]
    later = client.post(f"/status/{job_id}").json()
    assert (later["status"], later["output"]["job_id"]) == ("COMPLETED", job_id)
    assert result_files(volume) == {
        f"{folder}/{made}.{suffix}"
        for made in (at_once["id"], job_id)
        for folder, suffix in (("output", "wav"), ("timings", "json"))
    }

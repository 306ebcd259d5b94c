"""Results leave the volume in parts that each fit an answer."""

import asyncio
import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from f5_worker.handler.worker import Worker
from f5_worker.services import warm_up
from tests.conftest import Call, settings_for
from tests.storage.buckets import SECRET, bucket_settings


@pytest.mark.parametrize("size", [0, 1, 90_000, 300_001])
def test_parts_make_the_whole_and_fit_the_limit(volume: Path, size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    data = data[:size]
    (volume / "output").mkdir()
    (volume / "output/big.wav").write_bytes(data)
    worker = Worker(warm_up(settings_for(volume, MAX_ANSWER_BYTES="100000")))
    whole, offset = b"", 0
    while offset is not None:
        request = {"endpoint": "download", "job_id": "big", "offset": offset}
        answer = asyncio.run(worker.handle({"id": "d", "input": request}))
        assert len(json.dumps(answer)) <= 100_000
        whole += base64.b64decode(answer["audio_data"])
        offset = answer["next_offset"]
    assert whole == data
    assert answer["sha256"] == hashlib.sha256(data).hexdigest()
    assert answer["size"] == size


def test_the_file_is_found_without_its_format(call: Call) -> None:
    call({"text": "Hi there.", "audio_format": "ogg", "return_word_timings": True, "timing_format": "ass"})
    audio = call({"endpoint": "download", "job_id": "job-1"})
    timing = call({"endpoint": "download", "job_id": "job-1", "type": "timing"})
    assert (audio["format"], audio["content_type"]) == ("ogg", "audio/ogg")
    assert (timing["format"], timing["filename"]) == ("ass", "job-1.ass")


def test_an_offset_past_the_end_is_refused_with_the_size(call: Call) -> None:
    call({"text": "Hi there."})
    answer = call({"endpoint": "download", "job_id": "job-1", "offset": 10_000_000})
    assert answer["error"].startswith("INVALID_INPUT: offset is 10000000; it must be at most the file's size")


def test_a_format_the_job_did_not_leave_is_not_found(call: Call) -> None:
    call({"text": "Hi there."})
    answer = call({"endpoint": "download", "job_id": "job-1", "format": "mp3"})
    assert answer["error"].startswith("NOT_FOUND: job 'job-1' has no mp3 audio file")


@pytest.fixture
def on_a_bucket(volume: Path, endpoint: str) -> Worker:
    """A worker of a deployment whose results lie in a bucket: one small file and one that fits no answer."""
    settings = bucket_settings(
        endpoint, RUNPOD_VOLUME=str(volume), TTS_ENGINE="espeak", MAX_ANSWER_BYTES="100000"
    )
    services = warm_up(settings)
    services.stores[0].put("output/old.wav", b"old bytes", "audio/wav")
    services.stores[0].put("output/large.wav", bytes(100_000), "audio/wav")
    services.stores[0].put("timings/old.json", b"{}", "application/json")
    return Worker(services)


def ask(worker: Worker, **fields: object) -> dict[str, Any]:
    return asyncio.run(
        worker.handle({"id": "d", "input": {"endpoint": "download", "job_id": "old"} | fields})
    )


def test_a_file_in_a_bucket_comes_as_a_url_and_with_inline_as_bytes_too(on_a_bucket: Worker) -> None:
    plain, inline = ask(on_a_bucket), ask(on_a_bucket, inline="true")
    assert httpx.get(plain["audio_url"]).content == b"old bytes"
    assert (plain["status"], plain["content_type"], plain["filename"]) == ("ready", "audio/wav", "old.wav")
    assert "audio_data" not in plain
    assert base64.b64decode(inline["audio_data"]) == b"old bytes"
    assert httpx.get(inline["audio_url"]).content == b"old bytes"


def test_a_file_that_fits_no_answer_comes_as_a_url_alone_and_says_so(on_a_bucket: Worker) -> None:
    answer = ask(on_a_bucket, job_id="large", inline=True)
    assert len(httpx.get(answer["audio_url"]).content) == 100_000
    assert "audio_data" not in answer
    assert answer["warnings"][0].startswith("the file has 100000 bytes and 73500 fit an answer")


@pytest.mark.parametrize("kind", ["timing", "TIMING", "timings", "subtitle", "subtitles", "json", "srt"])
def test_another_word_for_the_type_is_taken_for_it(on_a_bucket: Worker, kind: str) -> None:
    assert ask(on_a_bucket, type=kind)["filename"] == "old.json"


def test_result_is_another_name_of_download(on_a_bucket: Worker) -> None:
    assert ask(on_a_bucket, endpoint="Result")["filename"] == "old.wav"


def test_status_is_another_name_of_health_and_says_whether_there_are_credentials(on_a_bucket: Worker) -> None:
    answer = ask(on_a_bucket, endpoint="status")
    assert answer["credentials"] == {"s3": True, "google": False}
    assert answer["storage"] == {"kind": "s3", "check": "ok"}
    assert SECRET not in json.dumps(answer)

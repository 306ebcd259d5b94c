"""Results leave the volume in parts that each fit an answer."""

import asyncio
import base64
import hashlib
import json
from pathlib import Path

import pytest

from f5_worker.handler.worker import Worker
from f5_worker.services import warm_up
from tests.conftest import Call, settings_for


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

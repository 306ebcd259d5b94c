"""The stand-in itself: every rule it is there to enforce really catches a worker that breaks it."""

import json
from collections.abc import Iterator

import httpx
import pytest

from testing.platform.server import API_KEY, Platform

LIMIT = 1000  # bytes of a result
RESULT = {"output": {"n": 1}}


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform(max_result_bytes=LIMIT) as platform:
        yield platform


@pytest.fixture
def worker(platform: Platform) -> Iterator[httpx.Client]:
    base = f"{platform.url}/v2/stand-in"
    with httpx.Client(base_url=base, headers={"Authorization": API_KEY}) as client:
        yield client


def take(worker: httpx.Client) -> httpx.Response:
    return worker.get("/job-take/w", params={"job_in_progress": "0"})


def post(worker: httpx.Client, job_id: str, body: object) -> int:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return worker.post(f"/job-done/w/{job_id}?isStream=false", content=content).status_code


def test_a_job_is_handed_out_once_and_its_result_kept(platform: Platform, worker: httpx.Client) -> None:
    job_id = platform.submit({"a": 1})
    assert take(worker).json() == {"id": job_id, "input": {"a": 1}}
    assert take(worker).status_code == 204
    assert post(worker, job_id, {"status": "IN_PROGRESS", "output": "half"}) == 200
    assert post(worker, job_id, RESULT) == 200
    job = platform.result(job_id)
    assert (job.status, job.output, job.updates) == ("COMPLETED", {"n": 1}, ["half"])
    assert platform.violations == []


def test_a_batch_is_no_larger_than_asked_for(platform: Platform, worker: httpx.Client) -> None:
    ids = [platform.submit({}) for _ in range(3)]
    batch = worker.get("/job-take-batch/w", params={"job_in_progress": "0", "batch_size": "2"}).json()
    assert [job["id"] for job in batch] == ids[:2]


def test_an_error_is_a_failed_job(platform: Platform, worker: httpx.Client) -> None:
    job_id = platform.submit({})
    take(worker)
    post(worker, job_id, {"error": "CODE: why"})
    assert (platform.job(job_id).status, platform.job(job_id).error) == ("FAILED", "CODE: why")


@pytest.mark.parametrize(
    ("body", "violation"),
    [
        (b'{"output": NaN}', "not JSON"),
        (b'{"output": "\xff"}', "not JSON"),
        (b"[]", "not a JSON object"),
        ({"output": "x" * LIMIT}, "above the limit"),
        ({"error": {"code": 1}}, "not a string"),
        ({"result": 1}, "unknown keys"),
    ],
)
def test_a_broken_body_is_refused_and_noted(
    platform: Platform, worker: httpx.Client, body: object, violation: str
) -> None:
    job_id = platform.submit({})
    take(worker)
    assert post(worker, job_id, body) == 400
    assert violation in platform.violations[0]
    assert platform.job(job_id).status == "IN_PROGRESS"


@pytest.mark.parametrize("late", [RESULT, {"status": "IN_PROGRESS", "output": "late"}])
def test_a_post_after_the_result_is_noted(
    platform: Platform, worker: httpx.Client, late: dict[str, object]
) -> None:
    job_id = platform.submit({})
    take(worker)
    post(worker, job_id, RESULT)
    post(worker, job_id, late)
    assert "after the job was COMPLETED" in platform.violations[0]


def test_a_cancelled_job_is_named_once_to_the_worker_that_holds_it(
    platform: Platform, worker: httpx.Client
) -> None:
    held, queued = platform.submit({}), platform.submit({})
    take(worker)
    platform.cancel(held)
    platform.cancel(queued)
    assert worker.get("/job-stop/other").status_code == 204
    assert worker.get("/job-stop/w").json() == {"jobsToStop": [held]}
    assert worker.get("/job-stop/w").status_code == 204
    assert take(worker).status_code == 204
    post(worker, held, RESULT)
    assert "after the job was CANCELLED" in platform.violations[0]


def test_a_post_for_a_job_of_another_worker_is_refused(platform: Platform, worker: httpx.Client) -> None:
    job_id = platform.submit({})
    assert post(worker, job_id, RESULT) == 404
    assert platform.job(job_id).status == "IN_QUEUE"
    assert platform.violations


def test_calls_without_the_key_or_of_another_shape_are_noted(
    platform: Platform, worker: httpx.Client
) -> None:
    assert httpx.get(f"{platform.url}/v2/stand-in/job-take/w").status_code == 401
    assert worker.get("/job-steal/w").status_code == 404
    assert worker.post("/job-done/w/j", content=b"{}").status_code == 404
    assert worker.get("/job-take/w").status_code == 204
    assert [
        words in violation
        for words, violation in zip(
            ["without the key", "no call of the platform", "isStream", "does not hold", "job_in_progress"],
            platform.violations,
            strict=True,
        )
    ] == [True] * 5


def test_pings_are_kept_with_the_jobs_they_name(platform: Platform, worker: httpx.Client) -> None:
    worker.get("/ping/w", params={"job_id": "a,b"})
    worker.get("/ping/w")
    assert [ping.job_ids for ping in platform.pings] == [("a", "b"), ()]

"""A job that is cancelled while it runs: its work stops, nothing is posted, nothing is left."""

from tests.platform.endpoint import MAX_TEXT, SENTENCE, Endpoint

LONG = {"text": (SENTENCE * MAX_TEXT)[:MAX_TEXT], "return_word_timings": True}
PART = 20  # the long text is so many times as long as the text that shows what speaking costs


def start(endpoint: Endpoint) -> str:
    """Submit the long job and meet it in its middle."""
    job_id = endpoint.platform.submit(LONG)
    endpoint.platform.wait(lambda: bool(endpoint.platform.job(job_id).updates), f"progress of {job_id}")
    return job_id


def cancel(endpoint: Endpoint, job_id: str) -> None:
    """Cancel a running job, and wait until the worker has dropped it."""
    seen = len(endpoint.worker.lines)
    endpoint.platform.cancel(job_id)
    endpoint.worker.wait_for_line("job cancelled", seen)


def test_a_cancelled_job_stops_posts_nothing_and_leaves_nothing(endpoint: Endpoint) -> None:
    unspent = endpoint.worker.cpu_seconds()
    endpoint.completed({"text": LONG["text"][: MAX_TEXT // PART], "return_word_timings": True})
    cost_of_part = endpoint.worker.cpu_seconds() - unspent

    before = endpoint.files()
    job_id = start(endpoint)
    update = endpoint.platform.job(job_id).updates[-1]
    assert update["done"] < update["total"] / 2
    spent = endpoint.worker.cpu_seconds()
    cancel(endpoint, job_id)
    answer = endpoint.completed({"text": "Hello there."})
    # At least half of the work was left; a tenth of it would already be two parts.
    assert endpoint.worker.cpu_seconds() - spent < cost_of_part * 2

    job = endpoint.platform.job(job_id)
    assert (job.status, job.results, job.output) == ("CANCELLED", 0, None)
    assert endpoint.files() - before == {f"output/{answer['job_id']}.wav"}


def test_other_jobs_are_answered_while_one_runs_and_queued_ones_can_be_cancelled(endpoint: Endpoint) -> None:
    running = start(endpoint)
    endpoint.completed({"endpoint": "health"})
    assert endpoint.platform.job(running).status == "IN_PROGRESS"
    endpoint.platform.wait(lambda: running in endpoint.platform.pings[-1].job_ids, f"ping with {running}")

    beside = endpoint.platform.submit({"text": "Hello there."})
    endpoint.platform.wait(lambda: endpoint.platform.job(beside).worker is not None, f"take of {beside}")
    waiting = endpoint.platform.submit({"text": "Hello there."})
    endpoint.platform.cancel(waiting)
    cancel(endpoint, running)
    assert endpoint.platform.result(beside).status == "COMPLETED"
    assert endpoint.platform.job(waiting).worker is None

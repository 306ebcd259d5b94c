"""The stand-in's book of jobs: who took which, what was posted for it, and which posts broke a rule."""

import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn

Status = Literal["IN_QUEUE", "IN_PROGRESS", "COMPLETED", "FAILED", "CANCELLED"]

_OPEN = ("IN_QUEUE", "IN_PROGRESS")
_RESULT_KEYS = {"output", "error", "stopPod"}  # what the SDK puts into a result


@dataclass
class Job:
    """One submitted job and everything that came back for it, in the order of its arrival."""

    id: str
    input: Any
    status: Status = "IN_QUEUE"
    worker: str | None = None
    output: Any = None
    error: str | None = None
    updates: list[Any] = field(default_factory=list)
    results: int = 0

    @property
    def is_finished(self) -> bool:
        """Whether a result has arrived or the job was cancelled."""
        return self.status not in _OPEN


@dataclass(frozen=True)
class Answer:
    """What a post is answered with: an HTTP status and, where a rule was broken, which one."""

    status: int
    violation: str = ""


class JobBook:
    """Takes jobs in, hands them out, and judges every post; it knows nothing of HTTP.

    `violations` holds one sentence for each broken rule: invalid JSON, a body above `max_bytes`, a post
    for a job that this worker does not hold, a second result, anything posted after the last word.
    """

    def __init__(self, max_bytes: int) -> None:
        self.violations: list[str] = []
        self._max_bytes = max_bytes
        self._jobs: dict[str, Job] = {}
        self._queue: deque[Job] = deque()
        self._stops: dict[str, list[str]] = {}

    def __getitem__(self, job_id: str) -> Job:
        return self._jobs[job_id]

    def submit(self, job_id: str, job_input: Any) -> None:
        """Queue a job; the same id again is a retry and starts from a clean slate."""
        job = Job(job_id, job_input)
        self._jobs[job_id] = job
        self._queue.append(job)

    def has_queued(self) -> bool:
        """Whether a job waits for a worker."""
        return bool(self._queue)

    def take(self, worker: str, count: int) -> list[dict[str, Any]]:
        """Hand at most `count` jobs to `worker`, oldest first."""
        taken = [self._queue.popleft() for _ in range(min(count, len(self._queue)))]
        for job in taken:
            job.status, job.worker = "IN_PROGRESS", worker
        return [{"id": job.id, "input": job.input} for job in taken]

    def cancel(self, job_id: str) -> None:
        """Cancel a job, and if a worker holds it have that worker told to stop it."""
        job = self._jobs[job_id]
        if job.status == "IN_QUEUE":
            self._queue.remove(job)
        elif job.worker is not None:
            self._stops.setdefault(job.worker, []).append(job_id)
        job.status = "CANCELLED"

    def has_stops(self, worker: str) -> bool:
        """Whether `worker` has yet to be told of a cancelled job."""
        return bool(self._stops.get(worker))

    def stops(self, worker: str) -> list[str]:
        """The ids that `worker` must stop, each told once."""
        return self._stops.pop(worker, [])

    def post(self, worker: str, job_id: str, body: bytes) -> int:
        """Judge and keep what `worker` posted for a job; returns the HTTP status of the answer."""
        answer = self._judge(worker, job_id, body)
        if answer.violation:
            self.violations.append(f"{answer.violation} (worker {worker}, job {job_id})")
        return answer.status

    def _judge(self, worker: str, job_id: str, body: bytes) -> Answer:
        job = self._jobs.get(job_id)
        if job is None or job.worker != worker:
            return Answer(404, "a post for a job this worker does not hold")
        if len(body) > self._max_bytes:
            return Answer(400, f"a body of {len(body)} bytes, above the limit of {self._max_bytes}")
        try:
            content = json.loads(body.decode(), parse_constant=_refuse_constant)
        except ValueError as error:
            return Answer(400, f"a body that is not JSON: {error}")
        if not isinstance(content, dict):
            return Answer(400, "a body that is not a JSON object")
        if content.get("status") == "IN_PROGRESS":
            return self._keep_update(job, content)
        return self._keep_result(job, content)

    def _keep_update(self, job: Job, content: dict[str, Any]) -> Answer:
        job.updates.append(content.get("output"))
        if job.results:  # one that crosses with a cancellation is nobody's fault
            return Answer(200, f"a progress update after the job was {job.status}")
        return Answer(200)

    def _keep_result(self, job: Job, content: dict[str, Any]) -> Answer:
        job.results += 1
        if job.is_finished:
            return Answer(200, f"a result after the job was {job.status}")
        if unknown := content.keys() - _RESULT_KEYS:
            return Answer(400, f"a result with unknown keys {sorted(unknown)}")
        error = content.get("error")
        if error is not None and not isinstance(error, str):
            return Answer(400, "a result whose error is not a string")
        job.output, job.error = content.get("output"), error
        job.status = "FAILED" if error else "COMPLETED"
        return Answer(200)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")

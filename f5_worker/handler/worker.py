"""The handler of every job: request in, endpoint run, one sendable answer or one error out."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from f5_worker.endpoints import download, health, list_voices, tts, upload
from f5_worker.errors import CannotStart, Code, WorkerError
from f5_worker.handler.housekeeping import Housekeeping
from f5_worker.handler.parsing import check_job_id, parse_request
from f5_worker.handler.progress import Reporter, platform_progress
from f5_worker.handler.terminal import announce, terminal_progress
from f5_worker.job import Job, JobControl
from f5_worker.schemas import (
    DownloadRequest,
    HealthRequest,
    ListVoicesRequest,
    Request,
    TtsRequest,
    UploadRequest,
)
from f5_worker.services import Services
from f5_worker.stopwatch import Stopwatch

log = logging.getLogger(__name__)

Answer = dict[str, Any]
Endpoint = Callable[[Services, Job, Any], Awaitable[Answer]]

# One line an endpoint: the schema that a request was parsed into ─▶ what runs it.
_ENDPOINTS: dict[type[Request], Endpoint] = {
    TtsRequest: tts.run,
    DownloadRequest: download.run,
    UploadRequest: upload.run,
    ListVoicesRequest: list_voices.run,
    HealthRequest: health.run,
}


class Worker:
    """Takes jobs from the SDK; every failure becomes `{"error": "<CODE>: <sentence>"}`."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._housekeeping = Housekeeping(services.stores, services.voices, services.settings.retention_hours)

    def concurrency(self, _: int) -> int:
        """How many jobs the SDK may hold; constant, since the SDK stops taking jobs while it changes."""
        return self._services.settings.job_concurrency

    def check_fitness(self) -> None:
        """Raise when jobs must not be taken: RunPod then replaces the worker before it fails any."""
        storage = self._services.stores[0].check()
        if storage != "ok":
            raise CannotStart(storage)

    async def handle(self, job: dict[str, Any]) -> Answer:
        """Run one job of the platform.

        `asyncio.CancelledError` alone passes through: the SDK must see it to know that the job ended.
        """
        stages = Stopwatch()
        try:
            answer = self._sendable(await self._run(job, stages))
        except WorkerError as error:
            answer = {"error": str(error)}
        except asyncio.CancelledError:
            log.info("job cancelled", extra={"job": _printable(job.get("id"))})
            raise
        except MemoryError:
            answer = {
                "error": str(WorkerError(Code.OUT_OF_MEMORY, "the job needs more memory than there is"))
            }
        except Exception:  # the SDK would send the whole traceback to the client
            log.exception("job failed by a bug", extra={"job": _printable(job.get("id"))})
            answer = {"error": str(WorkerError(Code.INTERNAL, "the worker failed; its log says where"))}
        self._log(job, answer, stages)
        self._housekeeping.after_job()
        return answer

    async def _run(self, job: dict[str, Any], stages: Stopwatch) -> Answer:
        job_id = check_job_id(job.get("id"))
        request, warnings = parse_request(job.get("input"), self._services.settings.max_text_chars)
        limit = self._services.settings.job_timeout
        async with self._progress(job) as report:
            running = Job(job_id, JobControl(report), stages)
            try:
                async with asyncio.timeout(limit or None) as deadline:
                    answer = await _ENDPOINTS[type(request)](self._services, running, request)
                    return _warned(answer, warnings)
            except TimeoutError:
                if not deadline.expired():  # it came from below, and says nothing about the job's limit
                    raise
                raise WorkerError(
                    Code.CANCELLED,
                    f"the job was stopped after {limit:g} s; split the text or raise JOB_TIMEOUT_SECONDS",
                ) from None

    def _progress(self, job: dict[str, Any]) -> AbstractAsyncContextManager[Reporter]:
        if self._services.settings.platform_output_url:
            return platform_progress(job)
        if self._services.settings.local:
            return terminal_progress()
        return nullcontext(_silent)

    def _sendable(self, answer: Answer) -> Answer:
        """Refuse what the SDK would lose without a word: not strict JSON, or over the platform's limit."""
        size = len(json.dumps(answer, ensure_ascii=False, allow_nan=False).encode())
        limit = self._services.settings.max_answer_bytes
        if size > limit:
            raise WorkerError(
                Code.INTERNAL,
                f"the answer has {size} bytes of JSON and the limit is {limit} (MAX_ANSWER_BYTES)",
            )
        return answer

    def _log(self, job: dict[str, Any], answer: Answer, stages: Stopwatch) -> None:
        fields = {"job": _printable(job.get("id")), "seconds": stages.seconds()["total"]}
        if "error" in answer:
            log.warning("job failed", extra=fields | {"code": answer["error"].partition(":")[0]})
        else:
            log.info("job done", extra=fields)
        if self._services.settings.local:
            announce(answer)


def _warned(answer: Answer, warnings: list[str]) -> Answer:
    """The answer of any endpoint, with what parsing had to say about the request before its own warnings."""
    return answer | {"warnings": [*warnings, *answer.get("warnings", [])]} if warnings else answer


def _silent(_: object) -> None:
    return None


def _printable(job_id: object) -> str:
    """A job's id for the log: whatever was sent, on one line and not long."""
    return str(job_id).encode("ascii", "backslashreplace").decode()[:140]

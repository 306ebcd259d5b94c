"""A stand-in for RunPod's platform on a loopback port: the calls that the SDK's queue loop makes.

    GET  .../job-take/<worker>          one job, or 204 after a short hold
    GET  .../job-take-batch/<worker>    at most `batch_size` jobs, or 204
    GET  .../job-stop/<worker>          {"jobsToStop": [ids]}, or 204
    POST .../job-done/<worker>/<job>    a progress update, or the result
    GET  .../ping/<worker>              the heartbeat, with the ids of the jobs in hand

URL shapes, statuses and bodies are those of runpod 1.12.0.
"""

import asyncio
import threading
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

from aiohttp import web

from testing.platform.jobs import Job, JobBook

T = TypeVar("T")

API_KEY = "stand-in-key"
HOLD = 0.5  # seconds a long poll is held; the real platform's is longer, which only makes an exit slower
RUN_LIMIT = 10_000_000  # bytes of a result of /run
PATIENCE = 120.0  # seconds after which a wait gives up: a safety net, nothing is measured by it


@dataclass(frozen=True)
class Ping:
    """One heartbeat: who sent it, and the jobs it said it had in hand."""

    worker: str
    job_ids: tuple[str, ...]


class Platform:
    """The platform as a client sees it; use it as a context manager.

    Its methods are called from any thread; the server and all state live in a thread of its own.
    """

    def __init__(self, max_result_bytes: int = RUN_LIMIT) -> None:
        self.url = ""
        self.pings: list[Ping] = []
        self.takes: Counter[str] = Counter()
        self._book = JobBook(max_result_bytes)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._changed = asyncio.Condition()
        self._runner = web.AppRunner(
            self._application(), access_log=None, handler_cancellation=True, shutdown_timeout=1
        )

    def __enter__(self) -> Self:
        self._thread.start()
        self._call(self._listen())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._call(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def violations(self) -> list[str]:
        """One sentence for each rule that a worker broke."""
        return self._book.violations

    def environment(self, worker: str) -> dict[str, str]:
        """The variables that RunPod sets for the worker called `worker`."""
        base = f"{self.url}/v2/stand-in"
        return {
            "RUNPOD_POD_ID": worker,
            "RUNPOD_ENDPOINT_ID": "stand-in",
            "RUNPOD_AI_API_KEY": API_KEY,
            "RUNPOD_PING_INTERVAL": "1000",  # ms; the SDK's ping dies of anything shorter
            "RUNPOD_WEBHOOK_GET_JOB": f"{base}/job-take/$ID?gpu=none",
            "RUNPOD_WEBHOOK_POST_OUTPUT": f"{base}/job-done/$RUNPOD_POD_ID/$ID?gpu=none",
            "RUNPOD_WEBHOOK_PING": f"{base}/ping/$RUNPOD_POD_ID?gpu=none",
            # The SDK's own checks ask for 4 GB of free memory and an open port on the internet.
            "RUNPOD_SKIP_AUTO_SYSTEM_CHECKS": "true",
            "RUNPOD_SKIP_GPU_CHECK": "true",
        }

    def submit(self, job_input: Any, job_id: str | None = None) -> str:
        """Queue a job and return its id; the id of an earlier job makes it a retry of that one."""
        job_id = job_id or f"job-{uuid.uuid4().hex}"
        self._call(self._change(self._book.submit, job_id, job_input))
        return job_id

    def cancel(self, job_id: str) -> None:
        """Cancel a job, whether it waits or runs."""
        self._call(self._change(self._book.cancel, job_id))

    def job(self, job_id: str) -> Job:
        """A job as it stands."""
        return self._book[job_id]

    def result(self, job_id: str) -> Job:
        """Wait until a job has its result."""
        self.wait(lambda: self.job(job_id).is_finished, f"a result of {job_id}")
        return self.job(job_id)

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until `condition` holds; it is looked at whenever a worker calls."""
        if not self._call(self._until(condition, PATIENCE)):
            raise TimeoutError(f"the stand-in saw no {what} in {PATIENCE:.0f} s")

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _change(self, change: Callable[..., T], *arguments: Any) -> T:
        async with self._changed:
            outcome = change(*arguments)
            self._changed.notify_all()
            return outcome

    async def _until(self, condition: Callable[[], bool], seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds), self._changed:
                return await self._changed.wait_for(condition)
        except TimeoutError:
            return False

    async def _listen(self) -> None:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}"

    def _application(self) -> web.Application:
        application = web.Application(middlewares=[self._guard], client_max_size=2**28)
        base = "/v2/stand-in"
        application.add_routes(
            [
                web.get(base + "/job-take/{worker}", self._take),
                web.get(base + "/job-take-batch/{worker}", self._take_batch),
                web.get(base + "/job-stop/{worker}", self._stop),
                web.post(base + "/job-done/{worker}/{job}", self._done),
                web.get(base + "/ping/{worker}", self._ping),
            ]
        )
        return application

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if request.headers.get("Authorization") != API_KEY:
            self.violations.append(f"{request.method} {request.path} without the key")
            await asyncio.sleep(HOLD)  # the SDK asks again at once, a thousand times a second
            return web.Response(status=401)
        if request.match_info.http_exception is not None:
            self.violations.append(f"{request.method} {request.path} is no call of the platform")
        return await handler(request)

    async def _take(self, request: web.Request) -> web.Response:
        jobs = await self._hand_out(request, 1)
        return web.json_response(jobs[0]) if jobs else web.Response(status=204)

    async def _take_batch(self, request: web.Request) -> web.Response:
        jobs = await self._hand_out(request, int(request.query["batch_size"]))
        return web.json_response(jobs) if jobs else web.Response(status=204)

    async def _hand_out(self, request: web.Request, count: int) -> list[dict[str, Any]]:
        worker = request.match_info["worker"]
        if request.query.get("job_in_progress") not in ("0", "1"):
            self.violations.append(f"a take without job_in_progress (worker {worker})")
        await self._change(self.takes.update, [worker])
        await self._until(self._book.has_queued, HOLD)
        return await self._change(self._book.take, worker, count)

    async def _stop(self, request: web.Request) -> web.Response:
        worker = request.match_info["worker"]
        await self._until(lambda: self._book.has_stops(worker), HOLD)
        stops = await self._change(self._book.stops, worker)
        return web.json_response({"jobsToStop": stops}) if stops else web.Response(status=204)

    async def _done(self, request: web.Request) -> web.Response:
        worker, job_id = request.match_info["worker"], request.match_info["job"]
        if request.query.get("isStream") != "false":
            self.violations.append(f"a post without isStream=false (worker {worker}, job {job_id})")
        body = await request.read()
        return web.Response(status=await self._change(self._book.post, worker, job_id, body))

    async def _ping(self, request: web.Request) -> web.Response:
        job_ids = tuple(filter(None, request.query.get("job_id", "").split(",")))
        await self._change(self.pings.append, Ping(request.match_info["worker"], job_ids))
        return web.Response()

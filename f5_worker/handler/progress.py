"""Progress of a job to RunPod's platform: the newest about once a second, none after the result."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from typing import Any

from runpod.http_client import AsyncClientSession
from runpod.serverless.modules.rp_http import send_result

from f5_worker.job import Progress

Reporter = Callable[[Progress], None]

_INTERVAL = 1.0  # seconds between two updates of one job; RunPod's clients poll no faster
_LAST_POST = 5.0  # seconds an update in flight may take before the result goes out without it


@contextlib.asynccontextmanager
async def platform_progress(job: dict[str, Any]) -> AsyncIterator[Reporter]:
    """Post the newest progress about once a second, and nothing any more once the block is left.

    The SDK's own `progress_update` starts a thread it never waits for, so that an update can arrive
    after the result and turn a finished job back into a running one. Here the post is awaited.
    """
    loop = asyncio.get_running_loop()
    newest: asyncio.Queue[Progress] = asyncio.Queue(maxsize=1)

    def offer(progress: Progress) -> None:
        if newest.full():
            newest.get_nowait()
        newest.put_nowait(progress)

    def report(progress: Progress) -> None:  # called from any thread
        loop.call_soon_threadsafe(offer, progress)

    posting = asyncio.create_task(_post(job, newest))
    try:
        yield report
    finally:
        await _finish(posting)


async def _post(job: dict[str, Any], newest: asyncio.Queue[Progress]) -> None:
    async with AsyncClientSession() as session:  # own session: the SDK keeps the job's id in its headers
        while True:
            update = {"status": "IN_PROGRESS", "output": asdict(await newest.get())}
            post = asyncio.ensure_future(send_result(session, update, job))
            try:
                await asyncio.shield(post)
                await asyncio.sleep(_INTERVAL)
            except asyncio.CancelledError:
                await asyncio.wait([post], timeout=_LAST_POST)
                post.cancel()
                raise


async def _finish(posting: asyncio.Task[None]) -> None:
    posting.cancel()
    await asyncio.wait([posting])

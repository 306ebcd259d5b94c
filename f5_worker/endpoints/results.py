"""The files of one `tts` job on their way into the store: the audio, then the subtitles and their words."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

from f5_worker import subtitles
from f5_worker.audio import SAMPLE_RATE
from f5_worker.audio.encoding import encode
from f5_worker.errors import Code, WorkerError
from f5_worker.guard import Failed
from f5_worker.job import Job, JobControl
from f5_worker.schemas import TtsRequest
from f5_worker.services import Services
from f5_worker.speech import Speech
from f5_worker.storage import Store
from f5_worker.storage.keys import CONTENT_TYPES, audio_key, timing_key, words_key
from f5_worker.subtitles.kept import pack
from f5_worker.subtitles.transcript import Transcript
from f5_worker.timing import Timing

T = TypeVar("T")

WRITING = 60.0  # seconds that the subtitles of a job may take; those of an hour of speech take one
STORING = 60.0  # seconds that a store may take, and a second for every `_SLOWEST` bytes
_SLOWEST = 500_000  # bytes a second


class Results:
    """The files of one job on their way into the store."""

    def __init__(self, services: Services, job: Job, request: TtsRequest) -> None:
        self._services = services
        self._job = job
        self._request = request
        self.warnings: list[str] = []

    async def store(self, speech: Speech, timing: Timing | None, language: str) -> dict[str, Any]:
        """Store the audio, then the subtitles; a cancelled job takes back what it has stored.

        `language` is the one that most of the text is in, ISO 639-1.
        """
        request = self._request
        keys = [audio_key(self._job.id, request.audio_format)]
        if timing:
            keys += [timing_key(self._job.id, request.timing_format), words_key(self._job.id)]
        async with _withdrawn_when_cancelled(self._services, keys):
            with self._job.stages.measure("encoding"):
                data = await self._job.in_thread(encode, speech.audio, SAMPLE_RATE, request.audio_format)
            url = await self._put(keys[0], data, request.audio_format)
            if timing is None:
                return {"audio_url": url}
            transcript = Transcript(timing.words, self._request.text, language, speech.duration)
            return {"audio_url": url, **await self._store_timing(keys[1], transcript, timing)}

    async def _store_timing(self, key: str, transcript: Transcript, timing: Timing) -> dict[str, Any]:
        request = self._request

        def written(_: JobControl) -> bytes:
            return subtitles.write(transcript, request.timing_format, request.subtitles)

        try:
            with self._job.stages.measure("subtitles"):
                data = await self._guarded("subtitles", written, WRITING)
            url = await self._put(key, data, request.timing_format)
        except (Failed, WorkerError) as error:  # the speech is stored already and must reach the caller
            if isinstance(error, WorkerError) and error.code is Code.CANCELLED:
                raise
            self.warnings.append(f"there are no subtitles: {getattr(error, 'message', error)}")
            return {}
        await self._keep_words(transcript)
        self.warnings += subtitles.lost(request.timing_format, request.subtitles)
        return {
            "timing_files": {request.timing_format: url},
            "timing_format": request.timing_format,
            "timing_method": timing.method,
            "timing_shares": timing.shares,
            "timing_confidence": timing.confidence or 0.0,  # callers do arithmetic with it
            "word_count": len(timing.words),
        }

    async def _keep_words(self, transcript: Transcript) -> None:
        """Keep what other subtitles can be made from; without it the job's own are whole all the same."""
        try:
            data = await self._job.in_thread(pack, transcript, self._request.subtitles)
            await self._put(words_key(self._job.id), data, "words")
        except WorkerError as error:
            if error.code is Code.CANCELLED:
                raise
            self.warnings.append(f"no other subtitles can be made later: {error.message}")

    async def _put(self, key: str, data: bytes, format_: str) -> str:
        """Store a file where it can be stored: made once, it is not lost because a bucket is away."""
        failures: list[str] = []
        limit = STORING + len(data) / _SLOWEST
        with self._job.stages.measure("storage"):
            for place, store in enumerate(self._services.stores):

                def stored(_: JobControl, store: Store = store) -> str:
                    store.put(key, data, CONTENT_TYPES[format_])
                    return store.url(key, key.rpartition("/")[2])

                try:
                    url = await self._guarded(f"store {place}", stored, limit)
                except Failed as reason:
                    failures.append(str(reason))
                    continue
                if failures:
                    self.warnings.append(f"kept on the volume, where download finds it: {failures[0]}")
                return url
        raise WorkerError(Code.STORAGE_FAILED, failures[0])

    async def _guarded(self, part: str, work: Callable[[JobControl], T], limit: float) -> T:
        return await self._job.in_thread(self._services.guard(part).run, work, self._job.control, limit)


@contextlib.asynccontextmanager
async def _withdrawn_when_cancelled(services: Services, keys: list[str]) -> AsyncIterator[None]:
    try:
        yield
    except asyncio.CancelledError:
        for store, key in itertools.product(services.stores, keys):
            with contextlib.suppress(WorkerError):
                await asyncio.shield(asyncio.to_thread(store.delete, key))
        raise

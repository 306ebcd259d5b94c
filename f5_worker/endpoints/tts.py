"""`tts`: text ─▶ voice ─▶ script ─▶ speech ─▶ words ─▶ subtitles ─▶ storage ─▶ answer."""

import asyncio
import contextlib
import dataclasses
import itertools
import logging
import secrets
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from f5_worker import subtitles
from f5_worker.audio import SAMPLE_RATE
from f5_worker.audio.encoding import encode
from f5_worker.errors import Code, WorkerError
from f5_worker.job import Job
from f5_worker.requests import TtsRequest
from f5_worker.services import Services
from f5_worker.speech import Speech, SpeechOptions
from f5_worker.speech.silence import remove_silence
from f5_worker.stages import Stages
from f5_worker.storage.keys import CONTENT_TYPES, audio_key, timing_key
from f5_worker.text.chunks import Script, build_script
from f5_worker.timing import Timing
from f5_worker.voices.library import Voice

log = logging.getLogger(__name__)


async def run(services: Services, job: Job, request: TtsRequest) -> dict[str, Any]:
    """Speak the request's text, time its words if asked to, and store what came out."""
    _check_language(services, request)
    stages = job.stages
    options = _options(request)
    with stages.measure("voice"):
        voice = await job.in_thread(partial(_voice, services, request))
    with stages.measure("script"):
        script = await job.in_thread(partial(_script, services, request, voice, options))
    speak = partial(services.engine.speak, script, voice, options, job.control, services.listener)
    async with _model(services, stages):
        with stages.measure("synthesis"):
            speech = await job.in_thread(speak)
            if request.remove_silence:
                speech = await job.in_thread(partial(remove_silence, speech))
        with stages.measure("timing"):
            timing, trouble = await job.in_thread(partial(_time, services, job, request, speech))
    results = _Results(services, job, request)
    stored = await results.store(speech, timing)
    warnings = [*_ignored(services, request), *speech.warnings, *trouble, *results.warnings]
    return {
        "job_id": job.id,
        "status": "completed",
        "text": request.text,
        "duration": round(speech.duration, 6),
        "sample_rate": SAMPLE_RATE,
        "seed": options.seed,
        "engine": services.engine.name,
        "voice": voice.name if voice else "default",
        **stored,
        **({"checks": [dataclasses.asdict(check) for check in speech.checks]} if speech.checks else {}),
        **({"warnings": warnings} if warnings else {}),
        "metrics": {**stages.seconds(), **_billed(timing)},
    }


def _billed(timing: Timing | None) -> dict[str, float]:
    """What a paid timer charges for, in seconds of audio."""
    return {"billed_audio": timing.billed_seconds} if timing and timing.billed_seconds else {}


class _Results:
    """The files of one job on their way into the store."""

    def __init__(self, services: Services, job: Job, request: TtsRequest) -> None:
        self._services = services
        self._job = job
        self._request = request
        self.warnings: list[str] = []

    async def store(self, speech: Speech, timing: Timing | None) -> dict[str, Any]:
        """Store the audio, then the subtitles; a cancelled job takes back what it has stored."""
        request = self._request
        keys = [audio_key(self._job.id, request.audio_format)]
        keys += [timing_key(self._job.id, request.timing_format)] if timing else []
        async with _withdrawn_when_cancelled(self._services, keys):
            with self._job.stages.measure("encoding"):
                data = await self._job.in_thread(
                    partial(encode, speech.audio, SAMPLE_RATE, request.audio_format)
                )
            url = await self._put(keys[0], data, request.audio_format)
            return {"audio_url": url, **(await self._store_timing(keys[1], speech, timing) if timing else {})}

    async def _store_timing(self, key: str, speech: Speech, timing: Timing) -> dict[str, Any]:
        request = self._request
        try:
            with self._job.stages.measure("subtitles"):
                data = await self._job.in_thread(
                    partial(
                        subtitles.write,
                        timing.words,
                        request.text,
                        speech.duration,
                        request.timing_format,
                        request.subtitles,
                    )
                )
            url = await self._put(key, data, request.timing_format)
        except Exception as error:  # whatever it is, the speech is stored already and must reach the caller
            if isinstance(error, WorkerError) and error.code is Code.CANCELLED:
                raise
            log.exception("subtitles not stored", extra={"job": self._job.id})
            reason = error.message if isinstance(error, WorkerError) else "the worker failed"
            self.warnings.append(f"there are no subtitles: {reason}")
            return {}
        return {
            "timing_files": {request.timing_format: url},
            "timing_format": request.timing_format,
            "timing_method": timing.method,
            "timing_shares": timing.shares,
            "timing_confidence": timing.confidence,
            "word_count": len(timing.words),
        }

    async def _put(self, key: str, data: bytes, format_: str) -> str:
        """Store a file where it can be stored: made once, it is not lost because a bucket is away."""
        failures: list[str] = []
        with self._job.stages.measure("storage"):
            for store in self._services.stores:
                try:
                    await self._job.in_thread(partial(store.put, key, data, CONTENT_TYPES[format_]))
                except WorkerError as error:
                    if error.code is Code.CANCELLED:
                        raise
                    failures.append(error.message)
                    continue
                if failures:
                    self.warnings.append(f"kept on the volume, where download finds it: {failures[0]}")
                return await self._job.in_thread(partial(store.url, key, key.rpartition("/")[2]))
        raise WorkerError(Code.STORAGE_FAILED, failures[0])


@contextlib.asynccontextmanager
async def _model(services: Services, stages: Stages) -> AsyncIterator[None]:
    """One job at a time beyond this point; `waiting` is how long the others kept it out."""
    with stages.measure("waiting"):
        await services.model_lock.acquire()
    try:
        yield
    finally:
        services.model_lock.release()


@contextlib.asynccontextmanager
async def _withdrawn_when_cancelled(services: Services, keys: list[str]) -> AsyncIterator[None]:
    try:
        yield
    except asyncio.CancelledError:
        for store, key in itertools.product(services.stores, keys):
            with contextlib.suppress(WorkerError):
                await asyncio.shield(asyncio.to_thread(store.delete, key))
        raise


def _options(request: TtsRequest) -> SpeechOptions:
    drawn = secrets.randbelow(2**31) if request.seed is None else request.seed
    named = {field.name for field in dataclasses.fields(SpeechOptions)} - {"seed"}
    return SpeechOptions(seed=drawn, **request.model_dump(include=named))


def _check_language(services: Services, request: TtsRequest) -> None:
    if not services.engine.speaks(request.language):
        raise WorkerError(
            Code.INVALID_INPUT,
            f"language is {request.language!r}, which the {services.engine.name} engine does not speak",
        )


def _script(services: Services, request: TtsRequest, voice: Voice | None, options: SpeechOptions) -> Script:
    return build_script(request.text, request.language, services.engine.budget(voice, options))


def _voice(services: Services, request: TtsRequest) -> Voice | None:
    """The voice that the request names, with its transcript; refused here if the engine cannot use it."""
    name = request.local_voice
    if name is not None and "://" in name:
        with services.voices.borrow(services.fetcher.fetch(name), request.ref_text) as borrowed:
            return services.voices.keep(_judged(services, borrowed))
    voice = services.engine.default_voice if name is None else services.voices.get(name)
    if voice is None:
        return None
    return _judged(services, dataclasses.replace(voice, ref_text=request.ref_text or voice.ref_text))


def _judged(services: Services, voice: Voice) -> Voice:
    """The voice with what the engine says that it says; what was heard is remembered."""
    transcript = services.engine.transcribe(voice)
    if not voice.ref_text and transcript:
        services.voices.set_ref_text(voice, transcript)
    return dataclasses.replace(voice, ref_text=transcript)


def _time(
    services: Services, job: Job, request: TtsRequest, speech: Speech
) -> tuple[Timing | None, tuple[str, ...]]:
    """Time the words if they were asked for; speech is never lost because they could not be timed."""
    if not request.return_word_timings:
        return None, ()
    try:
        timing = services.ladder.time(speech, request.language, request.timing_method, job.control)
    except WorkerError as error:
        if error.code is Code.CANCELLED:
            raise
        return None, (f"the words have no times ({error})",)
    return timing, timing.warnings


def _ignored(services: Services, request: TtsRequest) -> list[str]:
    """Fields the caller set although this engine has no use for them."""
    unused = sorted(request.model_fields_set & services.engine.unused_options)
    return [f"{name} has no effect with the {services.engine.name} engine" for name in unused]

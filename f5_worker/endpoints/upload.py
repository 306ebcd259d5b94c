"""`upload`: a reference voice from a URL or from base64 into the voice library."""

import base64
from dataclasses import replace
from typing import Any

from f5_worker.errors import Code, WorkerError
from f5_worker.job import Job
from f5_worker.schemas import UploadRequest
from f5_worker.services import Services
from f5_worker.voices.library import Voice

_MAX_TEXT_BYTES = 64 * 1024  # of a transcript; an hour of speech has about as many letters


async def run(services: Services, job: Job, request: UploadRequest) -> dict[str, Any]:
    """Check the audio, store it under its name (replacing an older one), and report what was found.

    The engine hears what was not written down, and says before anything is stored what it cannot use.
    """
    data = await _audio(services, job, request)
    ref_text = request.ref_text or await _text(services, job, request.text_file_url)
    voice = await job.in_thread(_store, services, job, request.voice_name, data, ref_text)
    return {
        "status": f"voice {voice.name!r} is stored",
        "message": "it can be used as local_voice from now on",
        "voice": {
            "name": voice.name,
            "duration": voice.duration,
            "sample_rate": voice.sample_rate,
            "transcript": voice.ref_text,
            "warnings": list(voice.warnings),
        },
    }


def _store(services: Services, job: Job, name: str, data: bytes, ref_text: str | None) -> Voice:
    with services.voices.borrow(data, ref_text) as voice:
        transcript = services.engine.transcribe(voice)
        job.control.check()  # it may have listened for seconds
        return services.voices.add(name, replace(voice, ref_text=transcript))


async def _text(services: Services, job: Job, url: str | None) -> str | None:
    """What the text file behind the URL says, on one line."""
    if url is None:
        return None
    data = await job.in_thread(services.fetcher.fetch, url)
    try:
        text = " ".join(data[: _MAX_TEXT_BYTES + 1].decode("utf-8-sig").split())
    except UnicodeDecodeError:
        raise _no_text("is not UTF-8 text") from None
    if not text or len(data) > _MAX_TEXT_BYTES or not text.isprintable():
        raise _no_text(f"is empty, longer than {_MAX_TEXT_BYTES} bytes or no plain text")
    return text


def _no_text(problem: str) -> WorkerError:
    return WorkerError(
        Code.INVALID_INPUT,
        f"the file at text_file_url {problem}; it must hold what the recording says, as text in UTF-8",
    )


async def _audio(services: Services, job: Job, request: UploadRequest) -> bytes:
    if request.voice_file_url is not None:
        return await job.in_thread(services.fetcher.fetch, request.voice_file_url)
    return await job.in_thread(_decoded, request.voice_data or "", services.settings.max_voice_bytes)


def _decoded(voice_data: str, most: int) -> bytes:
    """Base64, with or without the `data:audio/wav;base64,` that browsers put before it."""
    encoded = voice_data.partition(";base64,")[2] or voice_data
    if len(encoded) // 4 * 3 > most + 3:
        raise WorkerError(
            Code.VOICE_REJECTED,
            f"voice_data holds about {len(encoded) // 4 * 3} bytes; the reference must have at most {most}",
        )
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError:
        raise WorkerError(
            Code.INVALID_INPUT, "voice_data is not base64; it must be an audio file encoded as base64"
        ) from None

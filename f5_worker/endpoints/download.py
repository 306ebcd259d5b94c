"""`download`, also called `result`: a presigned URL on S3, the bytes in parts on the volume."""

from functools import partial
from typing import Any

from f5_worker.catalog import AUDIO_FORMATS, SUBTITLE_FORMATS
from f5_worker.endpoints import rendering
from f5_worker.endpoints.parts import first_found, part_of
from f5_worker.errors import Code, WorkerError
from f5_worker.job import Job
from f5_worker.schemas import DownloadRequest
from f5_worker.services import Services
from f5_worker.storage import Store, Stored
from f5_worker.storage.keys import CONTENT_TYPES, audio_key, timing_key

_ENVELOPE_BYTES = 2_000  # room in the answer for everything that is not base64


async def run(services: Services, job: Job, request: DownloadRequest) -> dict[str, Any]:
    """Find the result and answer with where it is, or with the part of it that starts at `offset`."""
    room = (services.settings.max_answer_bytes - _ENVELOPE_BYTES) // 4 * 3  # base64: 4 characters for 3 bytes
    made = await job.in_thread(rendering.made_now, services.stores, request)
    if made:
        return rendering.answer(made, request, room)
    store, found = await job.in_thread(_find, services.stores, request)
    format_ = found.key.rpartition(".")[2]
    answer: dict[str, Any] = {
        "status": "ready",
        "format": format_,
        "content_type": CONTENT_TYPES[format_],
        "filename": found.key.rpartition("/")[2],
    }
    if store.presigned:
        answer[f"{request.type}_url"] = await job.in_thread(store.url, found.key, answer["filename"])
        if not request.inline:
            return answer
        if found.size > room:
            too_large = f"the file has {found.size} bytes and {room} fit an answer; fetch {request.type}_url"
            return answer | {"warnings": [too_large]}
    return answer | await job.in_thread(_part, store, found, request, room)


def _find(stores: tuple[Store, ...], request: DownloadRequest) -> tuple[Store, Stored]:
    found = first_found(stores, _possible_keys(request), lambda store, key: store.stat(key))
    if found:
        return found
    kind = f"{request.format} {request.type}" if request.format else request.type
    raise WorkerError(
        Code.NOT_FOUND,
        f"job {request.job_id!r} has no {kind} file; it may have failed, expired, or used another format",
    )


def _possible_keys(request: DownloadRequest) -> list[str]:
    """Where the result may be: a job leaves one file of each type, in the format it was asked for."""
    if request.type == "audio":
        return [
            audio_key(request.job_id, format_)
            for format_ in AUDIO_FORMATS
            if request.format in (None, format_)
        ]
    return [
        timing_key(request.job_id, format_)
        for format_ in SUBTITLE_FORMATS
        if request.format in (None, format_)
    ]


def _part(store: Store, found: Stored, request: DownloadRequest, room: int) -> dict[str, Any]:
    read = partial(store.read, found.key)
    return part_of(request.type, found.size, read, request.offset, room)

"""What `download` makes instead of finding: subtitles from a job's words, and the worker's fonts."""

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any

from f5_worker import subtitles
from f5_worker.errors import Code, WorkerError
from f5_worker.schemas import DownloadRequest, TimingFormat
from f5_worker.storage import Store
from f5_worker.storage.keys import CONTENT_TYPES, timing_key, words_key
from f5_worker.subtitles.fonts import font_file
from f5_worker.subtitles.kept import unpack


@dataclass(frozen=True)
class Made:
    """A file that lies in no store."""

    filename: str
    format: str
    data: bytes
    warnings: list[str] = field(default_factory=list)


def made_now(stores: tuple[Store, ...], request: DownloadRequest) -> Made | None:
    """The file if it must be made: other options, or a format that the job did not leave.

    None if it is to be found, or if there are no words to make it from.
    """
    if request.type == "font":
        return Made(f"{request.font}.ttf", "ttf", font_file(request.font))
    if request.type == "audio":
        return None
    format_ = request.format
    if format_ is None or (request.subtitles is None and _read(stores, timing_key(request.job_id, format_))):
        return None
    kept = _read(stores, words_key(request.job_id))
    return _rendered(kept, request, format_) if kept else None


def _rendered(kept: bytes, request: DownloadRequest, format_: TimingFormat) -> Made:
    transcript, first_options = unpack(kept)
    options = request.subtitles or first_options
    data = subtitles.write(transcript, format_, options)
    return Made(f"{request.job_id}.{format_}", format_, data, subtitles.lost(format_, options))


def _read(stores: tuple[Store, ...], key: str) -> bytes | None:
    for store in stores:
        try:
            return store.read(key)
        except WorkerError as error:
            if error.code is not Code.NOT_FOUND:
                raise
    return None


def answer(made: Made, request: DownloadRequest, room: int) -> dict[str, Any]:
    """The part of the file that starts at `offset`, of at most `room` bytes, however the store answers."""
    if request.offset > len(made.data):
        raise WorkerError(
            Code.INVALID_INPUT,
            f"offset is {request.offset}; it must be at most the file's size, {len(made.data)}",
        )
    part = made.data[request.offset : request.offset + room]
    end = request.offset + len(part)
    return {
        "status": "ready",
        "format": made.format,
        "content_type": CONTENT_TYPES[made.format],
        "filename": made.filename,
        f"{request.type}_data": base64.b64encode(part).decode(),
        "size": len(made.data),
        "offset": request.offset,
        "next_offset": end if end < len(made.data) else None,
        "sha256": hashlib.sha256(made.data).hexdigest(),
        **({"warnings": made.warnings} if made.warnings else {}),
    }

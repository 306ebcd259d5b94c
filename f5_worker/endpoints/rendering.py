"""What `download` makes instead of finding: subtitles from a job's words, and the worker's fonts."""

from dataclasses import dataclass, field
from typing import Any

from f5_worker import subtitles
from f5_worker.endpoints.parts import first_found, part_of
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
    if format_ is None or (request.subtitles is None and _is_there(stores, request.job_id, format_)):
        return None
    kept = first_found(stores, [words_key(request.job_id)], lambda store, key: store.read(key))
    return _rendered(kept[1], request, format_) if kept else None


def _is_there(stores: tuple[Store, ...], job_id: str, format_: TimingFormat) -> bool:
    key = timing_key(job_id, format_)
    return first_found(stores, [key], lambda store, key: store.stat(key)) is not None


def _rendered(kept: bytes, request: DownloadRequest, format_: TimingFormat) -> Made:
    transcript, first_options = unpack(kept)
    options = request.subtitles or first_options
    data = subtitles.write(transcript, format_, options)
    return Made(f"{request.job_id}.{format_}", format_, data, subtitles.lost(format_, options))


def answer(made: Made, request: DownloadRequest, room: int) -> dict[str, Any]:
    """The part of the file that starts at `offset`, of at most `room` bytes, however the store answers."""

    def read(offset: int, length: int) -> bytes:
        return made.data[offset : offset + length]

    return {
        "status": "ready",
        "format": made.format,
        "content_type": CONTENT_TYPES[made.format],
        "filename": made.filename,
        **part_of(request.type, len(made.data), read, request.offset, room),
        **({"warnings": made.warnings} if made.warnings else {}),
    }

"""`list_voices`: what the voice library holds, as much of it as fits an answer."""

import itertools
import json
from dataclasses import asdict
from typing import Any

from f5_worker.job import Job
from f5_worker.schemas import ListVoicesRequest
from f5_worker.services import Services

_ENVELOPE_BYTES = 2_000  # room in the answer for everything but the voices


async def run(services: Services, job: Job, request: ListVoicesRequest) -> dict[str, Any]:
    """Answer with the stored voices in order of name; `next` is where the following answer goes on."""
    return await job.in_thread(_page, services, request)


def _page(services: Services, request: ListVoicesRequest) -> dict[str, Any]:
    room = services.settings.max_answer_bytes - _ENVELOPE_BYTES
    voices: list[dict[str, Any]] = []
    following = services.voices.list(request.next or "")
    for listed in itertools.islice(following, request.limit):
        voice = {"name": listed.name, "voice_file": listed.name, **asdict(listed)}
        room -= len(json.dumps(voice, ensure_ascii=False).encode()) + 2
        if room < 0:
            break
        voices.append(voice)
    is_full = room < 0 or len(voices) == request.limit
    return {
        "status": "success",
        "count": len(voices),
        "voices": voices,
        "next": voices[-1]["name"] if voices and is_full else None,
    }

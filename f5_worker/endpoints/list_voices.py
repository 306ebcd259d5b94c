"""`list_voices`: what the voice library holds."""

from dataclasses import asdict
from typing import Any

from f5_worker.job import Job
from f5_worker.schemas import ListVoicesRequest
from f5_worker.services import Services


async def run(services: Services, job: Job, request: ListVoicesRequest) -> dict[str, Any]:
    """Answer with every stored voice, in order of name."""
    voices = await job.in_thread(services.voices.list)
    return {"status": "success", "count": len(voices), "voices": [asdict(voice) for voice in voices]}

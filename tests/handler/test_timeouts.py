"""A job is stopped after its limit, and a time-out of something below is not mistaken for it."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from f5_worker.handler.worker import Worker
from f5_worker.services import Services
from f5_worker.speech import Speech
from f5_worker.speech.espeak import EspeakEngine


class ImpatientEngine(EspeakEngine):
    """An engine in which a wait of its own ends, in Python's own words."""

    def speak(self, *_: Any) -> Speech:  # type: ignore[override]
        raise TimeoutError("timed out")


def answer_of(services: Services) -> dict[str, Any]:
    return asyncio.run(Worker(services).handle({"id": "a", "input": {"text": "Hello."}}))


@pytest.mark.parametrize("limit", [0, 3600])
def test_a_time_out_from_below_is_not_the_jobs_own(services: Services, limit: float) -> None:
    impatient = replace(
        services,
        settings=services.settings.model_copy(update={"job_timeout": limit}),
        engine=ImpatientEngine.load(services.settings),
    )
    assert answer_of(impatient)["error"].startswith("INTERNAL: ")

"""In every stage after synthesis something breaks or hangs: audio is delivered, others do not wait."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from f5_worker import subtitles
from f5_worker.endpoints import results
from f5_worker.handler.worker import Worker
from f5_worker.job import JobControl
from f5_worker.services import Services
from f5_worker.speech import Span, Speech
from f5_worker.storage.volume import VolumeStore
from f5_worker.timing import ChunkTiming, fallback_chain, registry
from f5_worker.timing.dtw import DtwAligner
from f5_worker.timing.fallback_chain import FallbackChain
from f5_worker.timing.registry import load_fallback_chain
from tests.conftest import files_in, settings_for

Fault = Callable[[JobControl], None]
Break = Callable[[Fault], Services]


class Hang:
    """Hangs in its first call until it is let go; `heeds` says whether it looks at its control meanwhile."""

    def __init__(self, heeds: bool) -> None:
        self.began, self.over = threading.Event(), threading.Event()
        self._heeds = heeds

    def __call__(self, control: JobControl) -> None:
        if self.began.is_set():
            return
        self.began.set()
        while not self.over.wait(0.01):
            if self._heeds:
                control.check()


@pytest.fixture(params=[True, False], ids=["heeds its control", "heeds nothing"])
def hang(request: pytest.FixtureRequest) -> Iterator[Hang]:
    fault = Hang(request.param)
    yield fault
    fault.over.set()


class FaultyAligner(DtwAligner):
    """dtw under another name, whose use begins with a fault."""

    name = "sphinx"
    fault: Fault

    def time(
        self, speech: Speech, spans: Sequence[Span], language: str, control: JobControl
    ) -> list[ChunkTiming]:
        self.fault(control)
        return super().time(speech, spans, language, control)


def break_aligner(services: Services, fault: Fault, _: pytest.MonkeyPatch) -> Services:
    faulty = FaultyAligner.load(services.settings)
    faulty.fault = fault
    chain = FallbackChain([faulty, DtwAligner.load(services.settings)], {})
    return replace(services, fallback_chain=chain)


def break_subtitles(services: Services, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> Services:
    write = subtitles.write

    def faulty(*arguments: Any) -> bytes:
        fault(JobControl())
        return write(*arguments)

    monkeypatch.setattr(subtitles, "write", faulty)
    return services


def break_store(services: Services, fault: Fault, _: pytest.MonkeyPatch) -> Services:
    class FaultyStore(VolumeStore):
        def put(self, *arguments: Any) -> None:
            fault(JobControl())
            super().put(*arguments)

    volume = services.settings.volume
    return replace(services, stores=(FaultyStore(volume), *services.stores))


WARNINGS = {
    break_aligner: "sphinx timed no word: ",
    break_subtitles: "there are no subtitles: ",
    break_store: "kept on the volume, where download finds it: ",
}


@dataclass(frozen=True)
class Stage:
    """One stage after synthesis: services in which it has a fault, and how its warning begins."""

    sabotage: Break
    warning: str


@pytest.fixture(params=WARNINGS, ids=lambda function: function.__name__.removeprefix("break_"))
def stage(request: pytest.FixtureRequest, services: Services, monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(lambda fault: request.param(services, fault, monkeypatch), WARNINGS[request.param])


async def job(services: Services, job_id: str) -> dict[str, Any]:
    fields = {"text": "Hi there.", "return_word_timings": True, "seed": 1}
    return await Worker(services).handle({"id": job_id, "input": fields})


def check_delivered(answer: dict[str, Any], volume: Path) -> None:
    assert answer["status"] == "completed"
    assert f"output/{answer['job_id']}.wav" in files_in(volume)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RuntimeError("a bug in a library"), "it failed (RuntimeError)"),
        (MemoryError(), "there was not enough memory"),
        (RuntimeError("CUDA out of memory"), "there was not enough memory"),
    ],
    ids=["exception", "no memory", "no GPU memory"],
)
def test_an_error_becomes_a_warning(
    stage: Stage,
    error: Exception,
    reason: str,
    volume: Path,
) -> None:
    def fault(_: JobControl) -> None:
        raise error

    answer = asyncio.run(job(stage.sabotage(fault), "job-1"))
    check_delivered(answer, volume)
    assert f"{stage.warning}{reason}" in answer["warnings"]
    if stage.warning.startswith("sphinx"):
        assert answer["timing_method"] == "dtw"


def test_a_hang_becomes_a_warning_and_the_next_job_does_not_wait_for_it_again(
    stage: Stage,
    hang: Hang,
    volume: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module, name in ((fallback_chain, "MAX_SECONDS"), (results, "WRITING"), (results, "STORING")):
        monkeypatch.setattr(module, name, 1.0)
    broken = stage.sabotage(hang)
    answer = asyncio.run(job(broken, "job-1"))
    check_delivered(answer, volume)
    assert any(said.startswith(f"{stage.warning}it took longer than") for said in answer["warnings"])
    next_one = asyncio.run(job(replace(broken, model_lock=asyncio.Lock()), "job-2"))
    check_delivered(next_one, volume)
    if not hang._heeds:
        assert f"{stage.warning}an earlier call of it still hangs" in next_one["warnings"]


def test_other_jobs_go_on_while_one_hangs(
    stage: Stage,
    hang: Hang,
    volume: Path,
) -> None:
    broken = stage.sabotage(hang)

    async def scenario() -> None:
        hanging = asyncio.create_task(job(broken, "hanging"))
        await asyncio.to_thread(hang.began.wait)
        other = await job(broken, "other")  # the limits are minutes: it ends although the first one hangs
        assert not hanging.done()
        check_delivered(other, volume)
        assert not any(said.startswith(stage.warning) for said in other.get("warnings", ()))
        hang.over.set()
        check_delivered(await hanging, volume)

    asyncio.run(scenario())


def test_an_aligner_that_fails_to_load_is_left_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(*_: object) -> object:
        raise RuntimeError("CUDA error: no kernel image is available")

    monkeypatch.setattr(registry, "_load", broken)
    chain = load_fallback_chain(settings_for(tmp_path, TIMING_METHODS="dtw"))
    assert chain.missing == {"dtw": "it could not be loaded (RuntimeError)"}


def test_an_effect_in_a_format_that_cannot_show_it_is_a_warning(services: Services) -> None:
    def warnings(format_: str) -> list[str]:
        fields = {"text": "Hi.", "return_word_timings": True, "timing_format": format_}
        asked = fields | {"subtitles": {"effect": "step"}}
        answer = asyncio.run(
            Worker(replace(services, model_lock=asyncio.Lock())).handle({"id": "a", "input": asked})
        )
        return answer.get("warnings", [])

    assert warnings("srt") == ["srt has no form of the effect 'step', which ass has"]
    assert warnings("vtt") == warnings("ass") == []

"""The same request gives the same bytes: alone, beside other jobs, in this process and in fresh ones."""

import asyncio
import dataclasses
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

from f5_worker.handler.worker import Worker
from f5_worker.services import Services, warm_up
from f5_worker.speech import Speech, f5
from testing.tiny_models import TinyModels, make_models
from tests.conftest import settings_for
from tests.recordings import as_file
from tests.speech.f5_model.conftest import ROOT, say

# Seconds of reference and speech that the model is taken to be made for, instead of 22: chunks of one
# sentence with a reference of a second and a half, cheap and many.
SHORT_MODEL, REFERENCE, SAYS = 4.5, 1.5, "Some call me"
SMALLEST = {"dim": 32, "heads": 1, "dim_head": 16, "text_dim": 16, "conv_layers": 1}
SENTENCES = [
    "I have been a spectator.",
    "Empires rise and fall.",
    "Always remember this.",
    "Respect me, if you can.",
    "Ignore me and face it.",
    "Others call me mother.",
]
COUNTS = [1, 2, 5, 12]  # chunks
BATCHES = ["1", "4"]


@pytest.fixture(scope="module", autouse=True)
def short_model() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(f5, "MODEL_SECONDS", SHORT_MODEL)
        yield


def text_of(count: int) -> str:
    """A text that is cut into `count` chunks, by its sentences and its length alone."""
    return " ".join((SENTENCES * 2)[:count])


def request(count: int, seed: int = 7) -> dict[str, Any]:
    return {"text": text_of(count), "local_voice": "anna", "nfe_step": 4, "seed": seed}


def services_for(models: TinyModels, volume: Path, batch: str) -> Services:
    """A warm worker with the voice `anna`."""
    volume.mkdir()
    services = warm_up(settings_for(volume, F5_BATCH=batch, TIMING_METHODS="dtw", **models.environment()))
    samples, rate = soundfile.read(services.engine.default_voice.path, dtype="float32")
    with services.voices.borrow(as_file(samples[: int(REFERENCE * rate)], rate), SAYS) as voice:
        services.voices.add("anna", voice)
    return services


def said(services: Services, text: str, **options: Any) -> Speech:
    return say(services.engine, text, voice=services.voices.get("anna"), **options)


def run_together(services: Services, requests: list[dict[str, Any]]) -> list[str]:
    """The digests of the stored audio of jobs that the worker holds at the same time."""

    async def gather() -> list[dict[str, Any]]:
        worker = Worker(dataclasses.replace(services, model_lock=asyncio.Lock()))  # a lock keeps to its loop
        jobs = [{"id": f"job-{index}", "input": fields} for index, fields in enumerate(requests)]
        return await asyncio.gather(*(worker.handle(job) for job in jobs))

    for answer in asyncio.run(gather()):
        assert answer["status"] == "completed", answer
    files = [services.settings.volume / f"output/job-{index}.wav" for index in range(len(requests))]
    return [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> TinyModels:
    return make_models(tmp_path_factory.mktemp("smallest"), SMALLEST)


@pytest.fixture(scope="module", params=BATCHES)
def batched(request: pytest.FixtureRequest, models: TinyModels, tmp_path_factory: Any) -> Services:
    return services_for(models, tmp_path_factory.mktemp("seeds") / "volume", request.param)


@pytest.mark.parametrize("count", COUNTS)
def test_twenty_runs_give_one_digest_and_other_seeds_others(batched: Services, count: int) -> None:
    assert len(said(batched, text_of(count)).spans) == count
    asked, others = request(count), [request(1, seed=1), request(1, seed=2) | {"speed": 1.3}]
    alone = [run_together(batched, [asked])[0] for _ in range(10)]
    beside = []
    for _ in range(5):  # two of the twenty each time, among others
        digests = run_together(batched, [others[0], asked, others[1], asked])
        beside += [digests[1], digests[3]]
    assert len(alone + beside) == 20
    assert len(set(alone + beside)) == 1
    other_seeds = [run_together(batched, [request(count, seed)])[0] for seed in (8, 2**31 - 1)]
    assert len({alone[0], *other_seeds}) == 3


# A process of its own: prints the digest of every number of chunks, in the order of its arguments.
PROGRAM = """
import json, pathlib, sys
from f5_worker.speech import Speech, f5
from tests.speech.f5_model import test_seeds
from testing.tiny_models import TinyModels

f5.MODEL_SECONDS = test_seeds.SHORT_MODEL
volume, batch, counts, *files = sys.argv[1:]
services = test_seeds.services_for(TinyModels(*map(pathlib.Path, files)), pathlib.Path(volume), batch)
requests = {count: test_seeds.request(count) for count in json.loads(counts)}
print(json.dumps({count: test_seeds.run_together(services, [asked])[0] for count, asked in requests.items()}))
"""


def digests_of_a_fresh_process(
    models: TinyModels, volume: Path, batch: int, counts: list[int]
) -> dict[int, str]:
    files = [str(path) for path in dataclasses.astuple(models)]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(volume), str(batch), json.dumps(counts), *files],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ
        | {"OMP_NUM_THREADS": str(torch.get_num_threads()), "PYTHONPATH": os.pathsep.join(sys.path)},
        cwd=ROOT,
    )
    return {int(count): digest for count, digest in json.loads(done.stdout.splitlines()[-1]).items()}


def test_fresh_processes_give_the_digests_of_this_one(
    batched: Services, models: TinyModels, tmp_path: Path
) -> None:
    here = {count: run_together(batched, [request(count)])[0] for count in COUNTS}
    for index, counts in enumerate((COUNTS, COUNTS[::-1])):  # what ran before must not matter
        volume = tmp_path / str(index)
        assert digests_of_a_fresh_process(models, volume, batched.engine.describe()["batch"], counts) == here


@pytest.mark.parametrize("batch", ["2", "8"])
def test_batches_differ_from_single_chunks_by_rounding_only(
    models: TinyModels, tmp_path: Path, batch: str
) -> None:
    one_by_one, together = (services_for(models, tmp_path / most, most) for most in ("1", batch))
    for count in COUNTS:
        single, batched = (said(services, text_of(count), nfe_step=8) for services in (one_by_one, together))
        assert batched.spans == single.spans
        assert np.abs(batched.audio - single.audio).max() <= 1e-5
        assert np.array_equal(batched.audio, single.audio) == (count == 1)  # they were solved together

"""The longest text, in a process of its own: memory grows with the audio and with nothing else."""

import dataclasses
import json
import os
import subprocess
import sys
from typing import Any

import pytest

from f5_worker.audio import SAMPLE_RATE
from testing.tiny_models import TinyModels
from tests.speech.f5_model.conftest import ROOT

# Speaks 2,000 characters and then 20,000: peak memory after each, and what was alive at each report.
PROGRAM = """
import gc, json, pathlib, resource, sys
import torch
torch.set_num_threads(1)
from f5_worker.job import JobControl
from f5_worker.audio import SAMPLE_RATE
from f5_worker.audio.encoding import encode
from tests.speech.f5_model.conftest import load, say
from testing.tiny_models import TinyModels

SENTENCE = "I have been a silent spectator, watching species evolve, empires rise and fall. "
engine = load(TinyModels(*map(pathlib.Path, sys.argv[2:])), pathlib.Path(sys.argv[1]))

def alive():
    return sum(isinstance(thing, torch.Tensor) for thing in gc.get_objects())

def run(length):
    reports, tensors = [], []
    def report(progress):
        reports.append((progress.done, progress.total))
        if progress.done % 4 == 1:
            gc.collect()
            tensors.append(alive())
    text = (SENTENCE * 250)[:length]
    speech = say(engine, text, nfe_step=1, cfg_strength=0.0, speed=2.0, control=JobControl(report))
    data = encode(speech.audio, SAMPLE_RATE, "wav")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {
        "peak": peak, "samples": len(speech.audio), "bytes": len(data), "chunks": len(speech.spans),
        "reports": reports, "tensors": tensors, "characters": len(text),
    }

print(json.dumps([run(2_000), run(20_000)]))
"""


@pytest.fixture(scope="module")
def runs(models: TinyModels, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    files = [str(path) for path in dataclasses.astuple(models)]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path_factory.mktemp("volume")), *files],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
        cwd=ROOT,
    )
    return list(json.loads(done.stdout.splitlines()[-1]))


def test_memory_grows_with_the_audio_alone(runs: list[dict[str, Any]]) -> None:
    short, long = runs
    assert long["characters"] == 20_000
    assert long["samples"] / SAMPLE_RATE > 900
    audio_alone = 4 * (long["samples"] - short["samples"]) + long["bytes"] - short["bytes"]
    growth = long["peak"] - short["peak"]
    # A second copy of the waves would be two thirds more; the model's inputs, kept, several times that.
    assert growth < 1.4 * audio_alone


def test_every_chunk_is_reported(runs: list[dict[str, Any]]) -> None:
    for run in runs:
        assert run["reports"] == [[done, run["chunks"]] for done in range(1, run["chunks"] + 1)]


def test_nothing_of_a_chunk_that_was_spoken_stays_alive(runs: list[dict[str, Any]]) -> None:
    tensors, chunks = runs[1]["tensors"], runs[1]["chunks"]
    assert chunks > 60
    early, late = tensors[: len(tensors) // 2], tensors[len(tensors) // 2 :]
    # Those of the chunk being spoken come and go; one kept of each chunk would make `chunks / 2` more.
    assert min(late) - min(early) < chunks / 4

"""Real lack of memory: allocations that the system refuses, and a process that may not grow."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from f5_worker.errors import WorkerError
from f5_worker.models.out_of_memory import memory_errors
from testing.tiny_models import TinyModels
from tests.speech.f5_model.conftest import ROOT

TOO_MUCH = 1 << 56  # bytes


@pytest.mark.parametrize(
    "allocate",
    [
        lambda: torch.empty(TOO_MUCH, dtype=torch.int8),
        lambda: np.empty(TOO_MUCH, np.int8),
        lambda: bytearray(TOO_MUCH),
    ],
    ids=["torch", "numpy", "Python"],
)
def test_a_refused_allocation_is_out_of_memory(allocate: Any) -> None:
    with (
        pytest.raises(WorkerError, match="OUT_OF_MEMORY: it does not fit"),
        memory_errors("it does not fit"),
    ):
        allocate()


@pytest.mark.parametrize(
    "message",
    [
        "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.25 GiB",
        "CUDA failed with error out of memory",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "std::bad_alloc",
    ],
)
def test_what_libraries_say_on_a_gpu_is_understood(message: str) -> None:
    for kind in (RuntimeError, torch.OutOfMemoryError):
        with pytest.raises(WorkerError, match="OUT_OF_MEMORY"), memory_errors("it does not fit"):
            raise kind(message)


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"), memory_errors("it does not fit"):
        torch.ones(2, 3) @ torch.ones(2, 3)


def test_the_tensors_of_the_block_are_gone_when_the_error_is_told() -> None:
    alive = []

    class Held(torch.Tensor):
        def __del__(self) -> None:
            alive.pop()

    def work() -> None:
        held = torch.ones(3).as_subclass(Held)
        alive.append(1)
        torch.empty(TOO_MUCH, dtype=torch.int8)
        del held

    with pytest.raises(WorkerError), memory_errors("it does not fit"):
        work()
    assert alive == []


# What runs in a process of its own: a job that fits, one that may not have its memory, the first again.
PROGRAM = """
import asyncio, json, pathlib, resource, sys
import torch
torch.set_num_threads(1)
from f5_worker.services import warm_up
from f5_worker.handler.worker import Worker
from tests.conftest import files_in, settings_for
from testing.tiny_models import TinyModels

volume = pathlib.Path(sys.argv[1])
models = TinyModels(*map(pathlib.Path, sys.argv[2:]))
settings = settings_for(volume, F5_BATCH="32", TIMING_METHODS="dtw", **models.environment())
worker = Worker(warm_up(settings))

def run(job, text):
    request = {"text": text, "nfe_step": 4, "seed": 1}
    return asyncio.run(worker.handle({"id": job, "input": request}))

SHORT, LONG = "Hello there.", "I have been a silent spectator, watching species evolve. " * 150
first = run("first", SHORT)
free = resource.getrlimit(resource.RLIMIT_AS)
size = int(pathlib.Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (size + 150 * 2**20, free[1]))
failed = run("failed", LONG)
again = run("again", SHORT)
same = (volume / "output/first.wav").read_bytes() == (volume / "output/again.wav").read_bytes()
left = sorted(files_in(volume / "output"))
print(json.dumps([first.get("status"), failed, again.get("status"), same, left]))
"""


def test_a_job_without_enough_memory_fails_with_its_code_and_the_worker_goes_on(
    models: TinyModels, tmp_path: Path
) -> None:
    volume = tmp_path / "volume"
    volume.mkdir()
    files = [str(path) for path in dataclasses.astuple(models)]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(volume), *files],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    first, failed, again, same, files_left = json.loads(done.stdout.splitlines()[-1])
    assert (first, again, same) == ("completed", "completed", True)
    assert set(failed) == {"error"}
    assert failed["error"].startswith("OUT_OF_MEMORY: 32 x ")
    assert "do not fit the memory; set F5_BATCH to a smaller number, or take a" in failed["error"]
    assert files_left == ["again.wav", "first.wav"]

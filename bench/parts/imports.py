"""Imports of a whole worker in fresh processes: ours as installed, the naive way without bytecode."""

from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.parts.comparison import Figure
from bench.parts.fresh_python import run_python, without_bytecode

MIN_CPU = 3.0  # times our CPU seconds

_TIMED = """
import json, time
began = time.perf_counter(), time.process_time()
{imports}
print(json.dumps([time.perf_counter() - began[0], time.process_time() - began[1]]))
"""


@dataclass(frozen=True)
class Imports:
    """What each side imports."""

    ours: str
    naive: str


WHOLE = Imports(
    "from f5_worker.speech.f5_model.upstream import import_upstream; import_upstream(); "
    "import f5_worker.timing.whisperx_model",
    "from f5_tts.api import F5TTS; import whisperx.asr, whisperx.alignment",
)
BASE = Imports("import f5_worker.handler.worker, runpod", "import f5_worker.handler.worker, runpod")


def compare_imports(imports: Imports, ours: Path, naive: Path, folder: Path, rounds: int) -> list[Figure]:
    """Wall-clock and CPU seconds, medians of runs in turn; a first run of each fills the page cache."""
    bare = without_bytecode(naive, folder / "bytecode-of-python")
    mine, theirs = [], []
    for _ in range(1 + rounds):
        mine.append(run_python(ours, _TIMED.format(imports=imports.ours)))
        theirs.append(run_python(naive, _TIMED.format(imports=imports.naive), environ=bare))
    (wall, cpu), (naive_wall, naive_cpu) = (
        [median(values) for values in zip(*runs[1:], strict=True)] for runs in (mine, theirs)
    )
    return [
        Figure("all imports, s", wall, naive_wall),
        Figure("all imports, CPU s", cpu, naive_cpu, MIN_CPU),
    ]

"""Import and load of the f5 engine beside f5-tts's own `F5TTS`: the same random weights, fresh processes.

Both have bytecode. `loaded` is when the object is there; ours then has its weights mapped and reads a
page when it is first used, so `weights read` is when every page of every weight was touched, on both
sides. Peak memory is that of loading, above what the imports hold already.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from bench.parts.comparison import Figure
from bench.parts.fresh_python import run_python, with_bytecode
from bench.parts.sizes import VOCOS, Size

Turn = tuple[dict[str, Any], dict[str, Any]]  # what one run of ours and one of f5-tts's printed

MIN_IMPORT = 3.0  # times our CPU seconds
MIN_LOAD = 5.0  # times our CPU seconds
MIN_MEMORY = 1 / 0.6  # times our peak

_MAKE = """
import json, sys
from pathlib import Path
from testing.tiny_models import make_models
models = make_models(Path(sys.argv[1]), *json.loads(sys.argv[2]))
print(json.dumps([str(path) for path in (models.config, models.checkpoint, models.vocoder)]))
"""
_MEASURE = """
import json, os, sys, time
def memory(key):
    return next(int(line.split()[1]) / 1024 for line in open("/proc/self/status") if line.startswith(key))
def now():
    return {{"s": time.perf_counter() - begin[0], "CPU s": time.process_time() - begin[1]}}
begin = time.perf_counter(), time.process_time()
{imports}
imported = now()
open("/proc/self/clear_refs", "w").write("5")  # resets the peak
held = memory("VmRSS")
begin = time.perf_counter(), time.process_time()
{load}
loaded = now() | {{"MiB": memory("VmHWM") - held}}
for model in models:
    for weight in model.parameters():
        weight.detach().flatten()[::1024].sum()  # an element of every page
read = now() | {{"MiB": memory("VmHWM") - held}}
print(json.dumps({{"imported": imported, "loaded": loaded, "weights read": read}}))
"""
_OURS = _MEASURE.format(
    imports="""
from f5_worker.settings import Settings
from f5_worker.speech.f5 import F5Engine
from f5_worker.speech.f5_model.files import find_files
from f5_worker.speech.f5_model.references import References
from f5_worker.speech.f5_model.synthesizer import Synthesizer
from f5_worker.speech.f5_model.candidates import BestOf
from f5_worker.speech.f5_model.upstream import import_upstream
upstream = import_upstream()""",
    load="""
synthesizer = Synthesizer(upstream, find_files(Settings.model_validate(
    {"F5_MODEL": sys.argv[1], "F5_CHECKPOINT": sys.argv[2], "F5_VOCODER": sys.argv[3]})), 0)
references = References(upstream, synthesizer.thread, synthesizer.dtype, None)
models = synthesizer._flow._dit, synthesizer._vocoder""",
)
_NAIVE = _MEASURE.format(
    imports="import f5_tts\nfrom f5_tts.api import F5TTS",
    load="""
engine = F5TTS(os.path.relpath(sys.argv[1], f5_tts.__path__[0] + "/configs").removesuffix(".yaml"),
    sys.argv[2], vocoder_local_path=sys.argv[3])
models = engine.ema_model, engine.vocoder""",
)


def compare_loads(arch: Size, ours: Path, naive: Path, folder: Path, rounds: int) -> list[Figure]:
    """Medians of runs in turn, first with the weights in the page cache, then with them on disk only."""
    files = run_python(ours, _MAKE, str(folder / "models"), json.dumps([arch, VOCOS]))
    weights = [path for path in (folder / "models").rglob("*") if path.is_file()]
    compiled = with_bytecode(folder / "bytecode")

    def turns(count: int) -> list[Turn]:
        return [
            (run_python(ours, _OURS, *files), run_python(naive, _NAIVE, *files, environ=compiled))
            for _ in range(count)
        ]

    def uncached() -> Turn:
        _drop_from_page_cache(weights)
        mine = run_python(ours, _OURS, *files)
        _drop_from_page_cache(weights)
        return mine, run_python(naive, _NAIVE, *files, environ=compiled)

    turns(1)  # fills the page cache, and compiles
    cached, cold = turns(rounds), [uncached() for _ in range(rounds)]
    return [
        _figure("engine import, CPU s", cached, "imported", "CPU s", MIN_IMPORT),
        _figure("load, CPU s", cached, "loaded", "CPU s", MIN_LOAD),
        _figure("load, s", cached, "loaded", "s"),
        _figure("load, MiB at most", cached, "loaded", "MiB", MIN_MEMORY),
        _figure("load, all weights read, CPU s", cached, "weights read", "CPU s", MIN_LOAD),
        _figure("load, all weights read, s", cached, "weights read", "s"),
        _figure("load, all weights read, MiB at most", cached, "weights read", "MiB", MIN_MEMORY),
        _figure("load, cold page cache, s", cold, "loaded", "s"),
        _figure("load, all weights read, cold page cache, s", cold, "weights read", "s"),
    ]


def _figure(name: str, turns: Sequence[Turn], moment: str, unit: str, least: float | None = None) -> Figure:
    ours, naive = (median(side[moment][unit] for side in sides) for sides in zip(*turns, strict=True))
    return Figure(name, ours, naive, least)


def _drop_from_page_cache(paths: Sequence[Path]) -> None:
    """Have them read from disk again; what is not written yet could not be dropped."""
    for path in paths:
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

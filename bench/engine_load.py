"""What a fresh worker pays before its first job: ours and upstream's imports and loading, side by side.

    python bench/engine_load.py [--quick] [--json FILE] [--check]

Both load the same random weights of F5TTS_v1_Base's size (1.35 GB; a tenth of that with --quick) in
fresh processes, taking turns, with the files in the page cache and the bytecode compiled.
CPU seconds are the process's own, of all its threads. Peak memory is that of loading, above what the
imports hold already.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # run as a script, Python looks beside the script only

BASE = {"dim": 1024, "depth": 22, "heads": 16, "ff_mult": 2, "text_dim": 512, "conv_layers": 4}
QUICK = {"dim": 512, "depth": 8, "heads": 8, "ff_mult": 2, "text_dim": 256, "conv_layers": 4}
VOCOS = {"dim": 512, "intermediate_dim": 1536, "num_layers": 8}  # the published one's size

# Bars: upstream's figure by ours for times, ours by upstream's for memory.
LEAST_SPEED_UP = {"import": 3.0, "load": 5.0}
MOST_MEMORY = 0.6

_METER = """
import sys, time
def memory(key):
    return next(int(line.split()[1]) / 1024 for line in open("/proc/self/status") if line.startswith(key))
begin = time.process_time()
{imports}
imported = time.process_time()
open("/proc/self/clear_refs", "w").write("5")  # resets the peak
held = memory("VmRSS")
model = {load}
print("figures", imported - begin, time.process_time() - imported, memory("VmHWM") - held)
"""
_OURS = _METER.format(
    imports="""
from pathlib import Path
from f5_worker.settings import Settings
from f5_worker.speech.f5 import F5Engine
from f5_worker.speech.f5_model.files import find_files
from f5_worker.speech.f5_model.references import References
from f5_worker.speech.f5_model.synthesizer import Synthesizer
from f5_worker.speech.f5_model.takes import Director
from f5_worker.speech.f5_model.upstream import import_upstream
upstream = import_upstream()""",
    load="""Synthesizer(upstream, find_files(Settings.model_validate(
    {"F5_MODEL": sys.argv[1], "F5_CHECKPOINT": sys.argv[2], "F5_VOCODER": sys.argv[3]})), 0)""",
)
_UPSTREAM = _METER.format(
    imports="import os, f5_tts\nfrom f5_tts.api import F5TTS",
    load="""F5TTS(os.path.relpath(sys.argv[1], f5_tts.__path__[0] + "/configs").removesuffix(".yaml"),
    sys.argv[2], vocoder_local_path=sys.argv[3])""",
)


def main() -> int:
    """Measure, print, and with --check compare with the bars."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a smaller model, one run each")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a bar is missed")
    options = parser.parse_args()
    engine = measure_engine(QUICK if options.quick else BASE, runs=1 if options.quick else 3)
    show(engine)
    if options.json:
        options.json.write_text(json.dumps({"engine": engine}, indent=2) + "\n")
    missed = missed_bars(engine)
    for sentence in missed:
        print(sentence)
    return 1 if options.check and missed else 0


def measure_engine(arch: dict[str, int], runs: int) -> dict[str, dict[str, float]]:
    """Medians by who and what: CPU seconds of `import` and `load`, MiB of `memory`."""
    from tests.tiny_models import make_models

    found: dict[str, list[list[float]]] = {"ours": [], "upstream": []}
    with tempfile.TemporaryDirectory() as folder:
        models = make_models(Path(folder), arch, VOCOS)
        files = [str(path) for path in (models.config, models.checkpoint, models.vocoder)]
        for _ in range(runs + 1):  # the first fills the page cache and is not counted
            for who, program in (("ours", _OURS), ("upstream", _UPSTREAM)):
                found[who].append(run(program, files))
    return {
        who: dict(
            zip(
                ("import", "load", "memory"),
                (statistics.median(values) for values in zip(*rows[1:], strict=True)),
                strict=True,
            )
        )
        for who, rows in found.items()
    }


def run(program: str, arguments: list[str]) -> list[float]:
    """The figures that a program prints last, in a process of its own."""
    command = [sys.executable, "-c", program, *arguments]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}  # as installed: with compiled bytecode
    output = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    ).stdout
    return [float(figure) for figure in output.rpartition("figures")[2].split()]


def show(engine: dict[str, dict[str, float]]) -> None:
    """One line a figure: ours, upstream's, and the ratio."""
    ours, upstream = engine["ours"], engine["upstream"]
    print(f"{'':24}{'ours':>10}{'upstream':>10}{'ratio':>8}")
    for name, unit in (("import", "CPU s"), ("load", "CPU s"), ("memory", "MiB peak")):
        ratio = upstream[name] / ours[name] if unit == "CPU s" else ours[name] / upstream[name]
        print(f"{name + ', ' + unit:24}{ours[name]:10.2f}{upstream[name]:10.2f}{ratio:8.2f}")


def missed_bars(engine: dict[str, dict[str, Any]]) -> list[str]:
    """One sentence for every bar that is missed."""
    ours, upstream = engine["ours"], engine["upstream"]
    missed = [
        f"{name} is {upstream[name] / ours[name]:.1f}x faster than upstream's, the bar is {least:g}x."
        for name, least in LEAST_SPEED_UP.items()
        if upstream[name] / ours[name] < least
    ]
    if ours["memory"] > MOST_MEMORY * upstream["memory"]:
        share = ours["memory"] / upstream["memory"]
        missed.append(f"Loading takes {share:.2f}x upstream's peak memory, the bar is {MOST_MEMORY:g}x.")
    return missed


if __name__ == "__main__":
    sys.exit(main())

"""Our engine against upstream's `infer_process`: the same random weights, the same text, taking turns.

    python bench/synthesis.py [--quick] [--json FILE] [--check]

F5TTS_v1_Base's size in fp16 on a GPU, a mid-size model in fp32 on a CPU. Texts of 1, 5 and 20 chunks,
each of a length that both cut alike. Peak memory is what a run adds to what the models hold. Leave
OMP_NUM_THREADS alone: upstream runs chunks in threads of their own, so with it at 1 a text of several
chunks would have more cores than ours.
"""

import argparse
import ctypes
import hashlib
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # run as a script, Python looks beside the script only

import numpy as np
import torch
from f5_tts.infer import utils_infer
from f5_tts.model import DiT
from f5_tts.model.utils import seed_everything
from torch.utils._python_dispatch import TorchDispatchMode

from f5_worker.control import JobControl
from f5_worker.script import Chunk, Script
from f5_worker.settings import Settings
from f5_worker.speech import SpeechOptions
from f5_worker.speech.f5 import F5Engine
from f5_worker.words import tokenize
from tests.tiny_models import TINY_VOCOS, TinyModels, make_models

BASE = {"dim": 1024, "depth": 22, "heads": 16, "ff_mult": 2, "text_dim": 512, "conv_layers": 4}
MID = {"dim": 384, "depth": 6, "heads": 6, "ff_mult": 2, "text_dim": 128, "conv_layers": 2}
VOCOS = {"dim": 512, "intermediate_dim": 1536, "num_layers": 8}  # the published one's size

# A sentence that fills a chunk with the default voice; without commas, where upstream would cut it.
SENTENCE = (
    "But always remember that I am mighty and enduring so respect me and I will nurture you "
    "as I have nurtured everyone before you and this is number {}."
)
SYNCS = ("_local_scalar_dense", "is_nonzero", "nonzero")

# Bars of a CPU: our time by upstream's for these many chunks, our memory by upstream's for 20.
MOST_TIME = {1: 1.05, 5: 1.05}
MOST_MEMORY = {20: 1.0}
# Bars of a GPU: upstream's time by ours, and the real-time factor at 32 steps (H100).
LEAST_SPEED_UP = {5: 3.0, 20: 3.0}
MOST_REAL_TIME = 0.03
FLOPS = 790e12  # an H100's dense fp16 arithmetic, a second


def main() -> int:
    """Measure, print, and with --check compare with the bars."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a smaller model and few steps, under a minute")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a bar is missed")
    options = parser.parse_args()
    on_gpu = torch.cuda.is_available()
    steps = (32, 16) if on_gpu else (4,) if options.quick else (8,)
    with tempfile.TemporaryDirectory() as folder:
        arch = BASE if on_gpu else MID | {"dim": 128, "depth": 2, "heads": 2} if options.quick else MID
        vocos = TINY_VOCOS if options.quick and not on_gpu else VOCOS
        bench = Bench(make_models(Path(folder), arch, vocos), Path(folder))
        rows = [
            bench.compare(chunks, step, runs=runs)
            for step in steps
            for chunks, runs in (((1, 3), (5, 1), (20, 1)) if options.quick else ((1, 5), (5, 3), (20, 2)))
        ]
        per_step = bench.operators_per_step()
        reproduced = bench.digests(runs=3)
    report = {"device": bench.device, "runs": rows, "per_step": per_step, "digests": reproduced}
    show(report)
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n")
    missed = missed_bars(rows, on_gpu)
    for sentence in missed:
        print(sentence)
    return 1 if options.check and missed else 0


class Operators(TorchDispatchMode):
    """Counts operators, and those that make the host wait for the device."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.names.append(func.overloadpacket.__name__)
        return func(*args, **(kwargs or {}))


class Bench:
    """Both engines on the same files."""

    def __init__(self, models: TinyModels, volume: Path) -> None:
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.engine = F5Engine.load(
            Settings.model_validate({"RUNPOD_VOLUME": volume, **models.environment()})
        )
        with redirect_stdout(StringIO()):
            self.vocoder = utils_infer.load_vocoder(
                is_local=True, local_path=str(models.vocoder), device=self.device
            )
            config = self.engine_arch(models)
            self.model = utils_infer.load_model(DiT, config, str(models.checkpoint), device=self.device)
        self.stages: dict[str, float] = {}
        for name in ("_solve", "_decode"):
            self._watch(self.engine._synthesizer, name)

    @staticmethod
    def engine_arch(models: TinyModels) -> dict[str, Any]:
        """The architecture that the models' configuration names."""
        import yaml

        arch: dict[str, Any] = yaml.safe_load(models.config.read_text())["model"]["arch"]
        return arch

    def compare(self, chunks: int, steps: int, runs: int) -> dict[str, Any]:
        """Medians over interleaved runs of one text."""
        script = sentences(chunks)
        options = SpeechOptions(seed=1, nfe_step=steps)
        seconds: dict[str, list[float]] = {"ours": [], "upstream": []}
        memory: dict[str, list[float]] = {"ours": [], "upstream": []}
        audio = 0.0
        self.stages.clear()
        for _ in range(runs):
            for who, call in (
                ("ours", lambda: self.ours(script, options)),
                ("upstream", lambda: self.upstream(script.text, steps)),
            ):
                taken, peak, audio = measured(call)
                seconds[who].append(taken)
                memory[who].append(peak)
        ours, theirs = (statistics.median(seconds[who]) for who in ("ours", "upstream"))
        peak, their_peak = (statistics.median(memory[who]) for who in ("ours", "upstream"))
        stages = {name: total / runs for name, total in self.stages.items()}
        return {
            "chunks": chunks,
            "steps": steps,
            "ours_s": ours,
            "upstream_s": theirs,
            "time_ratio": ours / theirs,
            "ours_mib": peak,
            "upstream_mib": their_peak,
            "memory_ratio": peak / their_peak if their_peak else 0.0,
            "real_time_factor": ours / audio,
            "floor_real_time_factor": self.floor(script, options) / audio,
            "stages_s": stages | {"rest": statistics.mean(seconds["ours"]) - sum(stages.values())},
        }

    def ours(self, script: Script, options: SpeechOptions) -> np.ndarray:
        """One run of the engine."""
        return self.engine.speak(script, None, options, JobControl()).audio

    def upstream(self, text: str, steps: int) -> np.ndarray:
        """One run of upstream, its lines about the text thrown away."""
        voice = self.engine.default_voice
        with redirect_stdout(StringIO()):
            path, ref_text = utils_infer.preprocess_ref_audio_text(str(voice.path), voice.ref_text)
            seed_everything(1)
            return utils_infer.infer_process(
                path,
                ref_text,
                text,
                self.model,
                self.vocoder,
                progress=None,
                show_info=lambda _: None,
                nfe_step=steps,
                device=self.device,
            )[0]

    def floor(self, script: Script, options: SpeechOptions) -> float:
        """Seconds that the arithmetic of F5TTS_v1_Base alone would take at `FLOPS`."""
        reference = self.engine._references.get(self.engine.default_voice, options.target_rms)
        texts = [chunk.text for chunk in script.chunks]
        frames = [passage.frames for passage in self.engine._synthesizer.passages(texts, reference, options)]
        passes = 2 * options.nfe_step
        return sum(passes * (0.379e9 * n + 90.1e3 * n * n) for n in frames) / FLOPS

    def operators_per_step(self) -> dict[str, dict[str, float]]:
        """Operators and waits of one solver step, the difference of a run of 9 and one of 8 steps."""
        script = sentences(1)

        def ours(steps: int) -> object:
            return self.ours(script, SpeechOptions(seed=1, nfe_step=steps))

        def upstream(steps: int) -> object:
            """Its sampling alone: around it are threads, which would not be counted."""
            mel = torch.zeros(1, 470, 100, device=self.device)
            text = [list(script.text)]
            return self.model.sample(mel, text, 1800, steps=steps, cfg_strength=2.0, sway_sampling_coef=-1.0)

        counts: dict[str, dict[str, float]] = {}
        for who, call in (("ours", ours), ("upstream", upstream)):
            names = []
            for steps in (8, 9):
                call(steps)  # fills what is kept between runs
                with Operators() as operators:
                    call(steps)
                names.append(operators.names)
            fewer, more = names
            counts[who] = {
                "operators": len(more) - len(fewer),
                "waits": sum(more.count(name) - fewer.count(name) for name in SYNCS),
            }
        return counts

    def digests(self, runs: int) -> dict[str, int]:
        """How many different results the same request gave: 5 chunks, the same seed."""
        script, options = sentences(5), SpeechOptions(seed=1, nfe_step=4)
        found = {
            "ours": {digest(self.ours(script, options)) for _ in range(runs)},
            "upstream": {digest(self.upstream(script.text, 4)) for _ in range(runs)},
        }
        return {who: len(values) for who, values in found.items()}

    def _watch(self, owner: object, name: str) -> None:
        """Add up the seconds that a method takes."""
        method = getattr(owner, name)

        def watched(*args: Any, **kwargs: Any) -> Any:
            started = time.perf_counter()
            result = method(*args, **kwargs)
            settle()
            taken = time.perf_counter() - started
            self.stages[name.strip("_")] = self.stages.get(name.strip("_"), 0.0) + taken
            return result

        setattr(owner, name, watched)


def sentences(count: int) -> Script:
    """A text of `count` sentences, each a chunk, as upstream cuts it too."""
    names = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    pieces = [SENTENCE.format(name) for name in (names * 2)[:count]]
    text = " ".join(pieces)
    chunks, start = [], 0
    for index, piece in enumerate(pieces):
        end = start + len(piece)
        chunks.append(Chunk(index, piece, start, end, tokenize(text, start, end), 0.0))
        start = end + 1
    return Script(text, "en", tuple(chunks), 0.0)


def measured(call: Callable[[], np.ndarray]) -> tuple[float, float, float]:
    """Seconds, MiB of peak memory above what is held, and seconds of audio."""
    ctypes.CDLL("libc.so.6").malloc_trim(0)  # gives back what an earlier run has freed
    held = reset_peak()
    started = time.perf_counter()
    audio = call()
    settle()
    return time.perf_counter() - started, peak_memory() - held, len(audio) / 24_000


def settle() -> None:
    """Wait until the device has done what it was given."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def reset_peak() -> float:
    """Start a new peak; MiB that are held now."""
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
        return torch.cuda.memory_allocated() / 2**20
    Path("/proc/self/clear_refs").write_text("5")
    return status("VmRSS")


def peak_memory() -> float:
    """MiB, at most, since `reset_peak`."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 2**20
    return status("VmHWM")


def status(key: str) -> float:
    """One of the process's own figures, in MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(key))


def digest(audio: np.ndarray) -> str:
    """What tells two results apart."""
    return hashlib.sha256(audio.astype(np.float32).tobytes()).hexdigest()


def show(report: dict[str, Any]) -> None:
    """A line a text, then what one step does, then how many different results one request gave."""
    print(f"device: {report['device']}")
    print("chunks steps   ours s  upstr. s  ratio  ours MiB upstr. MiB  ratio    RTF  stages s")
    for row in report["runs"]:
        stages = ", ".join(f"{name} {seconds:.2f}" for name, seconds in row["stages_s"].items())
        print(
            f"{row['chunks']:6}{row['steps']:6}{row['ours_s']:9.2f}{row['upstream_s']:10.2f}"
            f"{row['time_ratio']:7.2f}{row['ours_mib']:10.0f}{row['upstream_mib']:11.0f}"
            f"{row['memory_ratio']:7.2f}{row['real_time_factor']:7.3f}  {stages}"
        )
    for who, counts in report["per_step"].items():
        print(
            f"a solver step, {who}: {counts['operators']} operators, {counts['waits']} waits for the device"
        )
    for who, count in report["digests"].items():
        print(f"5 chunks, 3 runs with one seed, {who}: {count} different results")


def missed_bars(rows: list[dict[str, Any]], on_gpu: bool) -> list[str]:
    """One sentence for every bar that is missed."""
    missed = []
    for row in rows:
        name = f"{row['chunks']} chunks at {row['steps']} steps"
        speed_up = 1 / row["time_ratio"]
        if on_gpu and speed_up < LEAST_SPEED_UP.get(row["chunks"], 0):
            missed.append(f"{name}: {speed_up:.2f}x upstream's speed, the bar is 3x.")
        if on_gpu and row["steps"] == 32 and row["real_time_factor"] > MOST_REAL_TIME:
            missed.append(f"{name}: real-time factor {row['real_time_factor']:.3f}, the bar is 0.03.")
        if not on_gpu and row["time_ratio"] > MOST_TIME.get(row["chunks"], float("inf")):
            missed.append(f"{name}: {row['time_ratio']:.2f}x upstream's time, the bar is 1.05x.")
        if not on_gpu and row["memory_ratio"] > MOST_MEMORY.get(row["chunks"], float("inf")):
            missed.append(f"{name}: {row['memory_ratio']:.2f}x upstream's peak memory, the bar is 1x.")
    return missed


if __name__ == "__main__":
    sys.exit(main())

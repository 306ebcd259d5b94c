"""Our engine against upstream's `infer_process`: the same random weights, the same text, taking turns.

    python -m bench.synthesis [--quick] [--json FILE] [--check]

F5TTS_v1_Base's size in fp16 on a GPU, a mid-size model in fp32 on a CPU; needs f5-tts as it installs
itself (requirements/upstream.txt). Texts of 1, 5 and 20 chunks, each of a length that both cut alike.

On a CPU leave it all cores: upstream runs chunks in threads of their own, so with OMP_NUM_THREADS=1 a
text of several chunks would have more cores than ours. Where other work keeps cores busy (`others'
cores`), those threads also get upstream the larger share: compare CPU seconds there.
"""

import hashlib
import os
import sys
import tempfile
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that wait must not look like ones that work

import numpy as np
import torch

from bench.parts.meters import Cost, cost_of, stopwatch
from bench.parts.report import finish, parser_for, print_table
from bench.parts.sizes import F5_BASE, F5_MIDDLE, VOCOS, Size
from bench.parts.speakers import Ours, Speaker, Upstream, text_of
from bench.parts.steps import work_per_step
from f5_worker.audio import SAMPLE_RATE
from f5_worker.text.chunks import Script
from testing.tiny_models import TINY, TINY_VOCOS, make_models

Pair = tuple[Ours, Upstream]
Row = dict[str, Any]


@dataclass(frozen=True)
class Bar:
    """The most that a column may be for texts of these many chunks."""

    column: str
    most: float
    chunks: tuple[int, ...]


@dataclass(frozen=True)
class Plan:
    """What is run and what must come out: counted runs by chunks, and runs with one seed.

    The `first_runs` are not counted: they fill what is kept between runs, and the last gives the stages.
    """

    arch: Size
    vocos: Size
    steps: tuple[int, ...]
    first_runs: int
    runs: dict[int, int]
    seed_arch: Size
    seed_runs: int
    bars: tuple[Bar, ...]


CPU_BARS = (Bar("time ratio", 1.05, (1, 5)), Bar("memory ratio", 1.0, (20,)))
GPU_BARS = (Bar("time ratio", 1 / 3, (5, 20)), Bar("ours RTF", 0.03, (1, 5, 20)))  # H100, 5 s reference
CPU = Plan(F5_MIDDLE, VOCOS, (4,), 1, {1: 5, 5: 3, 20: 1}, TINY, 10, CPU_BARS)
CPU_QUICK = Plan(TINY, TINY_VOCOS, (2,), 1, {1: 3, 5: 3}, TINY, 2, CPU_BARS)
GPU = Plan(F5_BASE, VOCOS, (32, 16), 2, {1: 9, 5: 9, 20: 5}, F5_BASE, 20, GPU_BARS)
GPU_QUICK = Plan(F5_BASE, VOCOS, (32,), 2, {1: 3, 5: 3, 20: 1}, F5_BASE, 3, GPU_BARS)

SEED_CHUNKS = (1, 2, 5, 12)
SEED_STEPS = 2

# The floor on a GPU: one pass of F5TTS_v1_Base over n frames takes LINEAR n + SQUARE n^2 operations,
# two passes a step; an H100's dense fp16 arithmetic does DENSE of them a second.
LINEAR, SQUARE, DENSE = 0.379e9, 90.1e3, 790e12


def main() -> int:
    """Measure, print, and with --check compare with the bars."""
    options = parser_for(__doc__, "fewer runs; on a CPU tiny models and no text of 20 chunks").parse_args()
    if torch.cuda.is_available():
        plan, device = (GPU_QUICK if options.quick else GPU), torch.cuda.get_device_name()
    else:
        plan, device = (CPU_QUICK if options.quick else CPU), f"CPU, {torch.get_num_threads()} threads"
    stages, texts = [], []
    with tempfile.TemporaryDirectory() as folder:
        pair = make_pair(Path(folder, "timed"), plan.arch, plan.vocos)
        for steps, chunks in product(plan.steps, plan.runs):
            for _ in range(plan.first_runs):
                rows = [time_stages(speaker, chunks, steps) for speaker in pair]
            stages += rows
            texts.append(compare(pair, chunks, steps, plan.runs[chunks]))
        per_step = [{"": speaker.name, **work_per_step(speaker.solve)} for speaker in pair]
        pair = make_pair(Path(folder, "seeds"), plan.seed_arch, TINY_VOCOS)
        seeds = [count_digests(pair, chunks, plan.seed_runs) for chunks in SEED_CHUNKS]
    print_table(f"{device}: medians, ratios of ours to upstream's", texts)
    print_table("Seconds by stage, of all threads together", stages)
    print_table("A solver step: operators (CPU) or kernels (GPU), and waits of the host", per_step)
    print_table(f"Different results of {plan.seed_runs} runs with one seed", seeds)
    figures = {"device": device, "texts": texts, "stages": stages, "per_step": per_step, "seeds": seeds}
    return finish(options, figures, missed_bars(texts, seeds, plan.bars))


def make_pair(folder: Path, arch: Size, vocos: Size) -> Pair:
    """Both, with the same random weights."""
    models = make_models(folder, arch, vocos)
    ours = Ours(models, folder)
    return ours, Upstream(models, ours)


def compare(pair: Pair, chunks: int, steps: int, runs: int) -> Row:
    """One text: medians over runs that take turns; a ratio is the median of those of neighbouring runs."""
    script = text_of(chunks)
    costs: dict[str, list[Cost[np.ndarray]]] = {speaker.name: [] for speaker in pair}
    for turn in range(runs):
        for speaker in pair if turn % 2 else pair[::-1]:
            costs[speaker.name].append(cost_of(partial(speaker.speak, script, steps)))
    ours, upstream = costs.values()
    both = list(zip(ours, upstream, strict=True))
    seconds = length_of(ours[0].result, upstream[0].result)
    row: Row = {"chunks": chunks, "steps": steps}
    row |= {f"{who} s": median(cost.seconds for cost in runs) for who, runs in costs.items()}
    row["time ratio"] = median(mine.seconds / theirs.seconds for mine, theirs in both)
    row["CPU s ratio"] = median(mine.cpu_seconds / theirs.cpu_seconds for mine, theirs in both)
    row["others' cores"] = median(cost.other_cores for cost in (*ours, *upstream))
    row |= {f"{who} MiB": median(cost.mib for cost in runs) for who, runs in costs.items()}
    row["memory ratio"] = median(mine.mib / theirs.mib for mine, theirs in both)
    row |= {f"{who} RTF": row[f"{who} s"] / seconds for who in costs}
    if torch.cuda.is_available():
        row["RTF floor"] = floor(pair[0], script, steps) / seconds
    return row


def time_stages(speaker: Speaker, chunks: int, steps: int) -> Row:
    """Seconds by stage of one run; `rest` is what lies outside of both, 0 where they overlap."""
    script = text_of(chunks)
    with stopwatch(speaker.stages()) as seconds:
        whole = cost_of(lambda: speaker.speak(script, steps)).seconds
    rest = max(0.0, whole - sum(seconds.values()))
    return {"": speaker.name, "chunks": chunks, "steps": steps, **seconds, "rest": rest, "whole": whole}


def length_of(ours: np.ndarray, upstream: np.ndarray) -> float:
    """Seconds of audio, which must be the same for both, or the comparison would be of two tasks."""
    if abs(len(ours) - len(upstream)) > 0.01 * len(upstream):
        sys.exit(
            f"ours spoke {len(ours)} samples and upstream {len(upstream)}: the texts were cut differently"
        )
    return len(ours) / SAMPLE_RATE


def floor(ours: Ours, script: Script, steps: int) -> float:
    """Seconds of the arithmetic alone."""
    return sum(2 * steps * (LINEAR * n + SQUARE * n * n) for n in ours.frames(script)) / DENSE


def count_digests(pair: Pair, chunks: int, runs: int) -> dict[str, int]:
    """How many different results the same request gave, for both."""
    script = text_of(chunks)
    found = {
        speaker.name: {digest(speaker.speak(script, SEED_STEPS)) for _ in range(runs)} for speaker in pair
    }
    return {"chunks": chunks} | {who: len(digests) for who, digests in found.items()}


def digest(audio: np.ndarray) -> str:
    """What tells two results apart."""
    return hashlib.sha256(audio.astype(np.float32).tobytes()).hexdigest()


def missed_bars(texts: list[Row], seeds: list[dict[str, int]], bars: tuple[Bar, ...]) -> list[str]:
    """One sentence for every bar that is missed."""
    missed = [
        f"{row['chunks']} chunks at {row['steps']} steps: {bar.column} is {row[bar.column]:.3f}, "
        f"the bar is {bar.most:.3f}"
        for row in texts
        for bar in bars
        if row["chunks"] in bar.chunks and row[bar.column] > bar.most
    ]
    return missed + [
        f"{row['chunks']} chunks with one seed: ours gave {row['ours']} results"
        for row in seeds
        if row["ours"] > 1
    ]


if __name__ == "__main__":
    sys.exit(main())

"""What the worker costs around synthesis, a request, and its jobs per second through the SDK's queue loop.

    python bench/overhead.py [--quick] [--json FILE] [--check]

A request's overhead is the time from the job to the answer, from validation to the stored files (WAV
and SRT on a volume), less the answer's own `synthesis` metric. Throughput is measured against a
stand-in for the platform on loopback, beside a handler that does nothing: that is the SDK's own limit.
"""

import argparse
import asyncio
import contextlib
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # run as a script, Python looks beside the script only

from f5_worker.log import configure_logging
from f5_worker.services import warm_up
from f5_worker.settings import Settings
from f5_worker.worker import Worker
from tests.platform.server import Platform
from tests.platform.worker_process import HANDLER, WorkerProcess, worker_environment

SENTENCE = "The quick brown fox jumps over the lazy dog, and nobody minds. "
TEXTS = {"short": SENTENCE, "minute": SENTENCE * 15}  # about 4 s and 1 min of speech
HANDLERS = {"sdk alone": ROOT / "bench" / "empty_handler.py", "worker": HANDLER}
CONCURRENCIES = (1, 2)

# Bars. Seconds of overhead, median; share of the SDK's own jobs per second that the worker keeps.
MOST_OVERHEAD = {"short": 0.050, "minute": 0.250}
LEAST_SHARE = 0.8


def main() -> int:
    """Measure, print, and with --check compare with the bars."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer requests, under a minute")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a bar is missed")
    options = parser.parse_args()
    configure_logging("WARNING", for_people=True)
    overhead = measure_overhead(requests=10 if options.quick else 60)
    queue = measure_queue(jobs=6 if options.quick else 12, rounds=1 if options.quick else 3)
    show(overhead, queue)
    if options.json:
        options.json.write_text(json.dumps({"overhead": overhead, "jobs_per_second": queue}, indent=2) + "\n")
    missed = missed_bars(overhead, queue)
    for sentence in missed:
        print(sentence)
    return 1 if options.check and missed else 0


def measure_overhead(requests: int) -> dict[str, dict[str, Any]]:
    """For each text the median and 95th percentile of the overhead, and the median of each stage (s)."""
    with tempfile.TemporaryDirectory() as volume:
        variables = {"RUNPOD_VOLUME": volume, "TTS_ENGINE": "espeak", "WORKER_PROFILE": "base"}
        worker = Worker(warm_up(Settings.model_validate(variables)))
        for text in TEXTS.values():
            asyncio.run(timed(worker, text, "warm-up"))
        measured: dict[str, list[dict[str, float]]] = {name: [] for name in TEXTS}
        for number in range(requests):
            for name, text in TEXTS.items():
                measured[name].append(asyncio.run(timed(worker, text, f"{name}-{number}")))
    return {name: summary(stages) for name, stages in measured.items()}


async def timed(worker: Worker, text: str, job_id: str) -> dict[str, float]:
    """Seconds per stage of one request; `overhead` is all but the synthesis."""
    job = {"id": job_id, "input": {"text": text, "return_word_timings": True, "seed": 1}}
    started = time.perf_counter()
    answer = await worker.handle(job)
    total = time.perf_counter() - started
    if "error" in answer:
        raise RuntimeError(answer["error"])
    return {**answer["metrics"], "total": total, "overhead": total - answer["metrics"]["synthesis"]}


def summary(measured: list[dict[str, float]]) -> dict[str, Any]:
    """Median and 95th percentile of the overhead, and the median of every stage."""
    overheads = [stages["overhead"] for stages in measured]
    names = [name for name in measured[0] if name != "overhead"]
    return {
        "requests": len(measured),
        "median": statistics.median(overheads),
        "p95": statistics.quantiles(overheads, n=20, method="inclusive")[-1],
        "stages": {name: statistics.median(stages[name] for stages in measured) for name in names},
    }


def measure_queue(jobs: int, rounds: int) -> dict[str, dict[int, float]]:
    """Jobs per second of both handlers at each concurrency, taken in turns; the median of the rounds."""
    found: dict[str, dict[int, float]] = {name: {} for name in HANDLERS}
    for concurrency in CONCURRENCIES:
        with contextlib.ExitStack() as stack:
            platforms = {
                name: stack.enter_context(served(script, concurrency)) for name, script in HANDLERS.items()
            }
            rates: dict[str, list[float]] = {name: [] for name in HANDLERS}
            for _ in range(rounds):
                for name, platform in platforms.items():
                    rates[name].append(jobs_per_second(platform, jobs))
        for name in HANDLERS:
            found[name][concurrency] = statistics.median(rates[name])
    return found


@contextlib.contextmanager
def served(script: Path, concurrency: int) -> Iterator[Platform]:
    """A platform of its own for one handler, which has answered its first job."""
    with tempfile.TemporaryDirectory() as volume, Platform() as platform:
        variables = platform.environment("bench") | {
            "JOB_CONCURRENCY": str(concurrency),
            "RUNPOD_LOG_LEVEL": "WARN",
        }
        with WorkerProcess(worker_environment(Path(volume), **variables), script=script):
            jobs_per_second(platform, 1)
            yield platform


def jobs_per_second(platform: Platform, jobs: int) -> float:
    """Queue so many short requests at once, and divide by the time until the last one is answered."""
    job_input = {"text": TEXTS["short"], "return_word_timings": True}
    started = time.perf_counter()
    for job_id in [platform.submit(job_input) for _ in range(jobs)]:
        job = platform.result(job_id)
        if job.status != "COMPLETED":
            raise RuntimeError(job.error)
    return jobs / (time.perf_counter() - started)


def show(overhead: dict[str, dict[str, Any]], queue: dict[str, dict[int, float]]) -> None:
    """Print both tables."""
    print("Overhead a request, ms: total less synthesis, wav and srt")
    print(f"{'text':<10}{'requests':>9}{'median':>9}{'p95':>9}   stages (median)")
    for name, row in overhead.items():
        stages = ", ".join(f"{stage} {1000 * seconds:.1f}" for stage, seconds in row["stages"].items())
        print(
            f"{name:<10}{row['requests']:>9}{1000 * row['median']:>9.1f}{1000 * row['p95']:>9.1f}   {stages}"
        )
    print("\nJobs a second through the queue loop, short text")
    print(f"{'handler':<12}" + "".join(f"{f'concurrency {n}':>15}" for n in CONCURRENCIES))
    for handler, rates in queue.items():
        print(f"{handler:<12}" + "".join(f"{rates[n]:>15.2f}" for n in CONCURRENCIES))


def missed_bars(overhead: dict[str, dict[str, Any]], queue: dict[str, dict[int, float]]) -> list[str]:
    """One sentence for each bar that was missed."""
    missed = [
        f"MISSED: overhead of the {name} text {overhead[name]['median']:.3f} s, bar {most} s"
        for name, most in MOST_OVERHEAD.items()
        if overhead[name]["median"] > most
    ]
    for concurrency in CONCURRENCIES:
        share = queue["worker"][concurrency] / queue["sdk alone"][concurrency]
        if share < LEAST_SHARE:
            missed.append(
                f"MISSED: {share:.0%} of the SDK's jobs a second at concurrency {concurrency}, "
                f"bar {LEAST_SHARE:.0%}"
            )
    return missed


if __name__ == "__main__":
    sys.exit(main())

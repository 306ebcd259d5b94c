"""What the worker costs around synthesis, a request, and its jobs per second through the SDK's queue loop.

    python -m bench.overhead [--quick] [--json FILE] [--check]

A request's overhead is the time from the job to the answer, from validation to the stored files (WAV
and SRT on a volume), less the answer's own `synthesis` metric. Throughput is measured against a
stand-in for the platform on loopback, beside a handler that does nothing: that is the SDK's own limit.
"""

import asyncio
import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.parts.report import finish, parser_for, print_table
from f5_worker.handler.worker import Worker
from f5_worker.log import configure_logging
from f5_worker.services import warm_up
from f5_worker.settings import Settings
from testing.platform.server import Platform
from testing.platform.worker_process import HANDLER, WorkerProcess, worker_environment

ROOT = Path(__file__).resolve().parents[1]
SENTENCE = "The quick brown fox jumps over the lazy dog, and nobody minds. "
TEXTS = {"short": SENTENCE, "minute": SENTENCE * 15}  # about 4 s and 1 min of speech
HANDLERS = {"sdk alone": ROOT / "bench" / "parts" / "empty_handler.py", "worker": HANDLER}
CONCURRENCIES = (1, 2)

# Bars. Seconds of overhead, median; share of the SDK's own jobs per second that the worker keeps.
MAX_OVERHEAD = {"short": 0.050, "minute": 0.250}
MIN_SHARE = 0.8


def main() -> int:
    """Measure, print, and with --check compare with the bars."""
    options = parser_for(__doc__, "fewer requests and jobs").parse_args()
    configure_logging("WARNING", for_people=True)
    overhead = measure_overhead(requests=10 if options.quick else 60)
    queue = measure_queue(jobs=6 if options.quick else 12, rounds=1 if options.quick else 3)
    costs = [{name: value for name, value in row.items() if name != "stages"} for row in overhead]
    print_table("Overhead of a request, s: total less synthesis, wav and srt", costs)
    print_table("Its stages, median s", [{"text": row["text"], **row["stages"]} for row in overhead])
    print_table("Jobs a second through the queue loop, short text", queue)
    figures = {"overhead": overhead, "jobs_per_second": queue}
    return finish(options, figures, missed_bars(overhead, queue))


def measure_overhead(requests: int) -> list[dict[str, Any]]:
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
    return [{"text": name, **summary(stages)} for name, stages in measured.items()]


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


def measure_queue(jobs: int, rounds: int) -> list[dict[str, float]]:
    """Jobs per second of both handlers at each concurrency, taken in turns; the median of the rounds."""
    found = []
    for concurrency in CONCURRENCIES:
        with contextlib.ExitStack() as stack:
            platforms = {
                name: stack.enter_context(served(script, concurrency)) for name, script in HANDLERS.items()
            }
            rates: dict[str, list[float]] = {name: [] for name in HANDLERS}
            for _ in range(rounds):
                for name, platform in platforms.items():
                    rates[name].append(jobs_per_second(platform, jobs))
        medians = {name: statistics.median(taken) for name, taken in rates.items()}
        share = medians["worker"] / medians["sdk alone"]
        found.append({"concurrency": concurrency, **medians, "share": share})
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


def missed_bars(overhead: list[dict[str, Any]], queue: list[dict[str, float]]) -> list[str]:
    """One sentence for each bar that was missed."""
    slow = [
        f"overhead of the {row['text']} text {row['median']:.3f} s, bar {MAX_OVERHEAD[row['text']]} s"
        for row in overhead
        if row["median"] > MAX_OVERHEAD[row["text"]]
    ]
    return slow + [
        f"{row['share']:.0%} of the SDK's jobs a second at concurrency {row['concurrency']}, "
        f"bar {MIN_SHARE:.0%}"
        for row in queue
        if row["share"] < MIN_SHARE
    ]


if __name__ == "__main__":
    sys.exit(main())

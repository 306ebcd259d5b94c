"""Kill a start again and again at random moments, from its first line to the end of its first job.

    python -m bench.kills [--count 100] [--seed 1] [--quick] [--json FILE] [--check]

Needs what the tests need. Each round publishes a new version of a tiny package on a loopback registry, so
that every start builds an environment; the package makes this Python's own packages visible in it, so that
the real worker runs there and speaks test_input.json. All processes of the start are killed at once, as a
container's are.
"""

import os
import random
import shutil
import signal
import statistics
import sys
import sysconfig
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import soundfile

from bench.parts.report import finish, parser_for, print_table
from network_venv.environment import Environment
from tests.setup.conftest import Project, make_project

WORKER = ("-u", "runpod_handler.py")
STAGES = {  # what a start has printed last says how far it was
    "before the build": "",
    "building": "building the environment",
    "verifying": "verifying that everything",
    "loading the worker": "the environment is ready",
    "speaking": '"event": "ready"',
}
ENDED = "ended before the kill"  # and so is no kill
Outcome = tuple[str, str, float]  # what is wrong, how far the start was, seconds of the next one


def stage(output: str) -> str:
    """How far a start was when it had printed `output`."""
    lines = output.splitlines()
    reached = [name for name, text in STAGES.items() if not text or any(text in line for line in lines)]
    return reached[-1]


def broken(project: Project) -> str:
    """What on the volume looks finished and is not; empty when there is nothing."""
    link = project.volume / "venv"
    if link.is_symlink() and not Environment(link.resolve()).usable():
        return "`venv` points at a broken environment"
    for path in (project.volume / "venvs").glob("[!.]*"):
        if not Environment(path).usable() or not project.speaks(str(path / "bin" / "python")):
            return "an environment that looks complete is broken"
    for path in (project.volume / "output").glob("*.wav"):
        try:
            soundfile.read(path)
        except soundfile.LibsndfileError:
            return "a result is half-written"
    return ""


def start(project: Project, moment: float) -> tuple[int, str, float]:
    """Start the worker and kill it after so many seconds: its status, what it printed, seconds it ran."""
    started = time.monotonic()
    process = project.start(("setsid",), arguments=WORKER)
    timer = threading.Timer(moment, os.killpg, (process.pid, signal.SIGKILL))
    timer.start()
    out, err = process.communicate()
    timer.cancel()
    return process.returncode, out + err, time.monotonic() - started


def one_kill(project: Project, moment: float, version: str) -> Outcome:
    """Start, kill, look, start again."""
    project.publish(version=version, more=sysconfig.get_path("purelib"))
    status, output, _ = start(project, moment)
    reached = stage(output) if status == -signal.SIGKILL else ENDED
    if problem := broken(project):
        return f"after the kill {problem}", reached, 0.0
    status, output, seconds = start(project, moment=600)
    if status or broken(project):
        return f"the next start failed: {output.splitlines()[-1]}", reached, seconds
    return (f"left behind: {left}" if (left := left_behind(project)) else ""), reached, seconds


def left_behind(project: Project) -> list[str]:
    """What is on the volume and belongs neither to an environment nor to a result."""
    return [name for name in project.leftovers() if name not in {"output", "timings", "voices", "models"}]


def run(project: Project, count: int, moments: random.Random) -> list[Outcome]:
    """Measure how long a whole start takes, then go on until `count` of them were killed before that."""
    for version in ("0.1", "0.2"):  # the first start also pays for cold files
        project.publish(version=version, more=sysconfig.get_path("purelib"))
        status, output, whole = start(project, moment=600)
        if status:
            raise SystemExit(output)
    outcomes: list[Outcome] = []
    while sum(reached != ENDED for _, reached, _ in outcomes) < count:
        outcomes.append(one_kill(project, moments.uniform(0.0, whole), f"1.{len(outcomes)}"))
    return outcomes


def main() -> int:
    """Print how many of the next starts succeeded, and what went wrong with the others."""
    parser = parser_for(__doc__, "three kills")
    parser.add_argument("--count", type=int, default=100, help="how many kills")
    parser.add_argument("--seed", type=int, default=1, help="of the random moments")
    arguments = parser.parse_args()
    moments = random.Random(arguments.seed)  # noqa: S311 - not a secret
    count = 3 if arguments.quick else arguments.count
    folder = Path(tempfile.mkdtemp(prefix="kills-"))
    project = make_project(folder)
    project.environ |= {"TTS_ENGINE": "espeak", "OMP_NUM_THREADS": "1"}
    try:
        outcomes = run(project, count, moments)
    finally:
        project.index.close()
        shutil.rmtree(folder)
    problems = [problem for problem, _, _ in outcomes if problem]
    figures = {
        "kills": count,
        "next starts that failed": len(problems),
        "median s": statistics.median(seconds for _, _, seconds in outcomes),
        **Counter(reached for _, reached, _ in outcomes),
    }
    print_table("Kills of a start at random moments, by how far it was", [figures])
    return finish(arguments, figures, problems)


if __name__ == "__main__":
    sys.exit(main())

"""Kill the environment's builder again and again at random moments, and start again after each kill.

python bench/kills.py --count 100 --check      a tiny package from a loopback registry; needs .venv-test
"""

import argparse
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.setup.conftest import Project, make_project


def one_kill(project: Project, moment: float, version: str) -> tuple[str, float]:
    """Start, kill after `moment` seconds, start again: what is wrong, and seconds of the second start."""
    project.publish(version=version)
    process = project.start()
    time.sleep(moment)
    process.kill()
    process.communicate()
    link = project.volume / "venv"
    if link.is_symlink() and not project.speaks(str(link / "bin" / "python")):
        return "after the kill `venv` points at a broken environment", 0.0
    started = time.monotonic()
    done = project.run()
    seconds = time.monotonic() - started
    if done.returncode or not project.speaks(done.stdout):
        return f"the next start failed: {done.stderr.splitlines()[-1]}", seconds
    return (f"left behind: {project.leftovers()}" if project.leftovers() else ""), seconds


def main() -> int:
    """Print how many of the next starts succeeded, and what went wrong with the others."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--quick", action="store_true", help="ten kills")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--check", action="store_true", help="exit 1 unless every next start succeeded")
    arguments = parser.parse_args()
    moments = random.Random(arguments.seed)  # noqa: S311 - not a secret
    count = 10 if arguments.quick else arguments.count
    folder = Path(tempfile.mkdtemp(prefix="kills-"))
    project = make_project(folder)
    project.index.delay = 0.3  # seconds a file: the longer the build, the more places to be killed at
    try:
        outcomes = [one_kill(project, moments.uniform(0.0, 2.0), f"1.{number}") for number in range(count)]
    finally:
        project.index.close()
        shutil.rmtree(folder)
    problems = [problem for problem, _ in outcomes if problem]
    seconds = statistics.median(taken for _, taken in outcomes)
    print(f"{count} kills, {count - len(problems)} next starts succeeded, median {seconds:.1f} s")
    print(*problems, sep=os.linesep)
    if arguments.json:
        figures = {"kills": count, "failures": len(problems), "next_start_seconds": seconds}
        arguments.json.write_text(json.dumps(figures))
    return int(arguments.check and bool(problems))


if __name__ == "__main__":
    sys.exit(main())

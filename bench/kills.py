"""Kill the environment's builder again and again at random moments, and start again after each kill.

    python bench/kills.py [--count 100] [--seed 1] [--quick] [--json FILE] [--check]

The environment is a tiny package from a loopback registry; needs what the tests need.
"""

import random
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # a script's own folder alone is searched

from bench.parts.report import finish, parser_for, print_table
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
    parser = parser_for(__doc__, "ten kills")
    parser.add_argument("--count", type=int, default=100, help="how many kills")
    parser.add_argument("--seed", type=int, default=1, help="of the random moments")
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
    figures = {
        "kills": count,
        "next starts that failed": len(problems),
        "median s": statistics.median(taken for _, taken in outcomes),
    }
    print_table("Kills of the builder at random moments", [figures])
    return finish(arguments, figures, problems)


if __name__ == "__main__":
    sys.exit(main())

"""What a start costs: making the environment, reusing it, and from ./start.sh to the first result.

    python bench/startup.py [--quick] [--json FILE] [--check]

Everything runs on a fresh volume, with a fresh HOME and an otherwise empty environment, so the first
run downloads every package. `start` is `./start.sh --local` with test_input.json through the SDK.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

START = ["./start.sh", "--local"]

MOST_REUSE = 1.0  # seconds, median: the bar for finding an environment that is already there


def main() -> int:
    """Measure, print, and with --check compare with the bar."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer runs, and no build apart from the start")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the seconds of every run to FILE")
    parser.add_argument("--check", action="store_true", help="exit with 1 when the bar is missed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        volume = Path(folder) / "volume"
        seconds = measure_starts(volume, runs=2 if options.quick else 5)
        if not options.quick:
            seconds["environment, first run"] = [timed(setup_command(volume), Path(folder) / "alone")]
    show(seconds)
    if options.json:
        options.json.write_text(json.dumps(seconds, indent=2) + "\n")
    reuse = statistics.median(seconds["environment, reused"])
    missed = reuse >= MOST_REUSE
    if missed:
        print(f"Reusing the environment took {reuse:.2f} s, the bar is {MOST_REUSE:.2f} s.")
    return 1 if options.check and missed else 0


def setup_command(volume: Path) -> list[str]:
    """The set-up script run by the Python that start.sh chose for the environment on this volume."""
    return [str((volume / "venv" / "bin" / "python").resolve()), "setup_network_venv.py"]


def measure_starts(volume: Path, runs: int) -> dict[str, list[float]]:
    """Seconds of every run on one volume, by what was run."""
    first = timed(START, volume)
    reused, second = [], []
    for _ in range(runs):  # in turn, so that what else the machine does falls on both alike
        reused.append(timed(setup_command(volume), volume))
        second.append(timed(START, volume))
    return {
        "start to result, first run": [first],
        "start to result, second run": second,
        "environment, reused": reused,
    }


def timed(command: list[str], volume: Path) -> float:
    """Wall-clock seconds of a command that must succeed."""
    home = volume.parent / "home"
    for path in (volume, home):
        path.mkdir(exist_ok=True)
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "RUNPOD_VOLUME": str(volume),
        "WORKER_PROFILE": "base",
    }
    before = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    after = time.perf_counter()
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return after - before


def show(seconds: dict[str, list[float]]) -> None:
    """Print the medians as a table."""
    print(f"{'':32}{'median s':>10}{'runs':>6}")
    for name, runs in sorted(seconds.items()):
        print(f"{name:32}{statistics.median(runs):>10.2f}{len(runs):>6}")


if __name__ == "__main__":
    sys.exit(main())

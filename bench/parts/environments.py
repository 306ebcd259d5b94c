"""The environment, built by setup_network_venv.py and naively by pip: seconds and bytes; and whole starts."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from bench.parts.comparison import Figure
from bench.parts.fresh_python import ROOT

MIN_BUILD = 3.0  # times our seconds
MIN_BYTES = 1 / 0.7  # times our bytes: 30 % fewer
MAX_REUSE = 1.0  # seconds for finding an environment that is already there

_START = ["./start.sh", "--local"]


def build_ours(profile: str, volume: Path) -> Path:
    """Build as a start does; the environment's Python. Run again, it is reused."""
    environ = {**os.environ, "RUNPOD_VOLUME": str(volume), "WORKER_PROFILE": profile}
    command = [sys.executable, str(ROOT / "setup_network_venv.py")]
    done = subprocess.run(command, env=environ, check=True, stdout=subprocess.PIPE, text=True)
    return Path(done.stdout.strip())


def build_naive(lock: str, volume: Path) -> Path:
    """Build with pip; the environment's Python. `--no-deps` spares it the search, as for ours."""
    subprocess.run([sys.executable, "-m", "venv", str(volume / "venv")], check=True)
    python = volume / "venv" / "bin" / "python"
    pip = [str(python), "-m", "pip", "--quiet", "--no-cache-dir", "install", "--no-compile", "--no-deps"]
    subprocess.run([*pip, "-r", str(ROOT / lock)], check=True)
    return python


def timed_build(build: Callable[[str, Path], Path], what: str, volume: Path) -> tuple[Path, float]:
    """The environment's Python, and how many seconds its build took."""
    volume.mkdir(exist_ok=True)
    started = time.perf_counter()
    return build(what, volume), time.perf_counter() - started


def on_disk(volume: Path) -> tuple[float, int]:
    """Megabytes on the volume, a file with several names counted once, and the number of files."""
    seen: dict[int, int] = {}
    for folder, _, names in os.walk(volume):
        for name in names:
            status = Path(folder, name).lstat()
            seen[status.st_ino] = status.st_size
    return sum(seen.values()) / 1e6, len(seen)


def compare_builds(profile: str, naive_lock: str, folder: Path) -> tuple[list[Figure], Path, Path]:
    """Build both from nothing, ours first; the figures, and the Pythons of ours and of the naive one."""
    ours, seconds = timed_build(build_ours, profile, folder / "ours")
    naive, naive_seconds = timed_build(build_naive, naive_lock, folder / "naive")
    (size, files), (naive_size, naive_files) = on_disk(folder / "ours"), on_disk(folder / "naive")
    figures = [
        Figure("first build, s", seconds, naive_seconds, MIN_BUILD),
        Figure("on the volume, MB", size, naive_size, MIN_BYTES),
        Figure("files", files, naive_files),
    ]
    if floor := _torch_and_cuda(ours):
        figures.append(Figure("torch and CUDA of ours against all of naive, MB", floor, naive_size))
    return figures, ours, naive


def _torch_and_cuda(python: Path) -> float:
    """Megabytes of torch and of NVIDIA's libraries: an environment that runs on a GPU cannot be smaller."""
    packages = next((python.parents[1] / "lib").glob("python*/site-packages"))
    return sum(on_disk(packages / name)[0] for name in ("torch", "nvidia"))


def time_starts(folder: Path, runs: int) -> list[dict[str, Any]]:
    """Seconds of whole starts of the base profile on a fresh volume, medians of what was run again."""
    volume = folder / "started"
    first = _timed(_START, volume)
    reuse = [str((volume / "venv" / "bin" / "python").resolve()), "setup_network_venv.py"]
    reused, again = [], []
    for _ in range(runs):  # in turn, so that what else the machine does falls on both alike
        reused.append(_timed(reuse, volume))
        again.append(_timed(_START, volume))
    return [
        {"": "start to result, environment built", "s": first},
        {"": "start to result", "s": median(again)},
        {"": "environment reused", "s": median(reused), "bar": MAX_REUSE},
    ]


def missed_reuse(starts: list[dict[str, Any]]) -> list[str]:
    """A sentence for every row that takes longer than its bar."""
    return [
        f"{row['']}: {row['s']:.2f} s, the bar is {row['bar']:.2f} s"
        for row in starts
        if row["s"] > row.get("bar", row["s"])
    ]


def _timed(command: list[str], volume: Path) -> float:
    """Seconds of a command that must succeed, with a fresh HOME and nothing else in its environment."""
    home = volume.parent / "home"
    for path in (volume, home):
        path.mkdir(exist_ok=True)
    environ = {"PATH": os.environ["PATH"], "HOME": str(home)}
    environ |= {"RUNPOD_VOLUME": str(volume), "WORKER_PROFILE": "base"}
    started = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return seconds

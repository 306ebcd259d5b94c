"""What a cold start costs: the environment and its imports, ours against the naive way, side by side.

ours    setup_network_venv.py: uv, bytecode compiled at install, only what the worker imports
naive   one pip after the other, no bytecode, all that f5-tts and whisperx ask for, imported whole

    python bench/cold_start.py            builds both from nothing: 7 GB of downloads, 16 GB of disk
    python bench/cold_start.py --quick    the same for the base profile, in under a minute
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BARS = {
    "import_cpu_seconds": 3.0,
    "megabytes": 1 / 0.7,
    "build_seconds": 3.0,
}  # naive divided by ours, at least


@dataclass(frozen=True)
class Setting:
    """What is compared: the profile of ours, the lock file of the naive way, and what each one imports."""

    profile: str
    naive_lock: str
    ours_imports: str
    naive_imports: str
    rounds: int


FULL = Setting(
    "runtime",
    "requirements-upstream.txt",
    "from f5_worker.speech.f5_model.upstream import import_upstream; import_upstream(); "
    "import f5_worker.timing.align_model",
    "from f5_tts.api import F5TTS; import whisperx.asr, whisperx.alignment",
    rounds=5,
)
QUICK = Setting(
    "base",
    "requirements-base.txt",
    "import f5_worker.worker, runpod",
    "import f5_worker.worker, runpod",
    rounds=3,
)


def build_ours(setting: Setting, volume: Path) -> Path:
    """Build through setup_network_venv.py; the environment's Python. Run again, it is reused."""
    environ = {**os.environ, "RUNPOD_VOLUME": str(volume), "WORKER_PROFILE": setting.profile}
    command = [sys.executable, str(ROOT / "setup_network_venv.py")]
    return Path(subprocess.run(command, env=environ, check=True, stdout=-1, text=True).stdout.strip())


def build_naive(setting: Setting, volume: Path) -> Path:
    """Build with pip; the environment's Python. `--no-deps` spares it the search, as for ours."""
    subprocess.run([sys.executable, "-m", "venv", str(volume / "venv")], check=True)
    python = volume / "venv" / "bin" / "python"
    pip = [str(python), "-m", "pip", "--quiet", "--no-cache-dir", "install", "--no-compile", "--no-deps"]
    subprocess.run([*pip, "-r", str(ROOT / setting.naive_lock)], check=True)
    return python


def size(volume: Path) -> tuple[float, int]:
    """Megabytes on the volume, a file with several names counted once, and the number of files."""
    seen: dict[int, int] = {}
    for folder, _, names in os.walk(volume):
        for name in names:
            status = Path(folder, name).lstat()
            seen[status.st_ino] = status.st_size
    return sum(seen.values()) / 1e6, len(seen)


_TIMED = """
import time
began = time.perf_counter(), time.process_time()
{imports}
print(time.perf_counter() - began[0], time.process_time() - began[1])
"""


def import_seconds(python: Path, imports: str, *, bytecode: bool) -> tuple[float, float]:
    """Wall and CPU seconds of the imports in a fresh process."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if not bytecode:
        environ["PYTHONDONTWRITEBYTECODE"] = "1"
    command = [str(python), "-c", _TIMED.format(imports=imports)]
    done = subprocess.run(command, env=environ, cwd="/", check=True, stdout=-1, stderr=-3, text=True)
    wall, cpu = done.stdout.split()[-2:]
    return float(wall), float(cpu)


def timed(build: Callable[[Setting, Path], Path], setting: Setting, volume: Path) -> tuple[Path, float]:
    """Build, and how many seconds that took."""
    volume.mkdir(exist_ok=True)
    started = time.perf_counter()
    return build(setting, volume), time.perf_counter() - started


def measure(setting: Setting, folder: Path) -> dict[str, dict[str, float]]:
    """All figures of both ways; imports in turns, so that the machine's other work hits both alike."""
    ours_python, ours_build = timed(build_ours, setting, folder / "ours")
    _, ours_reuse = timed(build_ours, setting, folder / "ours")
    naive_python, naive_build = timed(build_naive, setting, folder / "naive")
    ours, naive = [], []
    for _ in range(setting.rounds):
        ours.append(import_seconds(ours_python, setting.ours_imports, bytecode=True))
        naive.append(import_seconds(naive_python, setting.naive_imports, bytecode=False))
    return {
        "ours": _figures(ours_build, size(folder / "ours"), ours) | {"reuse_seconds": ours_reuse},
        "naive": _figures(naive_build, size(folder / "naive"), naive),
    }


def _figures(
    build: float, on_disk: tuple[float, int], imports: list[tuple[float, float]]
) -> dict[str, float]:
    return {
        "build_seconds": build,
        "megabytes": on_disk[0],
        "files": on_disk[1],
        "import_seconds": statistics.median(wall for wall, _ in imports),
        "import_cpu_seconds": statistics.median(cpu for _, cpu in imports),
    }


def show(figures: dict[str, dict[str, float]]) -> list[str]:
    """Print the table; the names of the figures that miss their bar."""
    missed = []
    print(f"{'':22}{'ours':>12}{'naive':>12}{'naive/ours':>12}{'bar':>8}")
    for name, ours in figures["ours"].items():
        naive = figures["naive"].get(name)
        ratio = naive / ours if naive else None
        bar = BARS.get(name)
        if bar and ratio and ratio < bar:
            missed.append(name)
        cells = (f"{naive:12.1f}{ratio:12.2f}" if naive and ratio else "") + (f"{bar:8.2f}" if bar else "")
        print(f"{name:22}{ours:12.1f}{cells}")
    return missed


def main() -> int:
    """Measure, print, and with `--check` say by the exit status whether every bar was met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the base profile only")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--check", action="store_true", help="exit 1 when a bar is missed")
    parser.add_argument("--folder", type=Path, help="where to build; default: a temporary folder")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="cold-start-", dir=arguments.folder))
    try:
        figures = measure(QUICK if arguments.quick else FULL, folder)
    finally:
        shutil.rmtree(folder)
    missed = show(figures)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2))
    if arguments.check and missed:
        print("missed:", ", ".join(missed))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

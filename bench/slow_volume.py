"""Starts from a slow volume: modules in files, in one file, all read ahead; and one archive unpacked first.

    python -m bench.slow_volume [--quick] [--json FILE] [--check] [--folder FOLDER]
    python -m bench.slow_volume --volume VOLUME [--latency MS] [--operations N] [--megabytes N] ...

A start is setup_network_venv.py with its check for damage, then everything that a worker imports; in turn,
each from a fresh mount, so from an empty page cache, and once more with all data in it. The volume is a
view of a folder through FUSE that delays every operation: mfusepy and libfuse 3 must be there, and the
right to mount. Where they are not, it says so and ends with status 3.

With --volume the environment of the runtime profile is taken from there (and built if it is not), with
--quick that of the base profile is built and started from once, both as it is and from mere files.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from bench.parts.environments import build_ours
from bench.parts.fresh_python import ROOT
from bench.parts.imports import BASE, WHOLE
from bench.parts.report import finish, parser_for, print_table
from bench.parts.slow_mount import CannotBeMeasured, Limits, slow_mount

OURS = 16  # reads under way, as in network_venv/warm_start/read_ahead.py
AT_ONCE = (4, 8, OURS, 32)
MIN_GAIN = 1.2  # times faster than from files
CANNOT = 3  # exit status

BUNDLED = "from network_venv.warm_start import import_from_bundle; import_from_bundle(); "

# The start itself, with as many reads at once as the bench wants; 0: nothing is read ahead.
_START = """
import subprocess, sys
import setup_network_venv as setup
at_once = int(sys.argv.pop(1))
program = (
    "import sys; from pathlib import Path; from network_venv.warm_start import read_ahead; "
    f"read_ahead._AT_ONCE = {at_once}; read_ahead.main(Path(sys.argv[1]))"
)
def read_environment_ahead(folder):
    if at_once:
        subprocess.Popen([sys.executable, "-S", "-c", program, str(folder)], stdout=subprocess.DEVNULL)
setup.read_environment_ahead = read_environment_ahead
sys.exit(setup.main())
"""

Figures = dict[str, float]


def main() -> int:
    """Measure, print, and with --check compare with the bar."""
    options = parse()
    limits = Limits(options.latency / 1e3, options.operations, options.megabytes * 1e6)
    with tempfile.TemporaryDirectory(prefix="slow-volume-", dir=options.folder) as folder:
        try:
            rows = measure(options, limits, Path(folder))
        except CannotBeMeasured as why:
            print(f"This cannot be measured here: {why}.")
            return CANNOT
    print_table(f"Starts from a slow volume, {limits.described()}", rows)
    seconds = {row[""]: row["s"] for row in rows}
    gain = seconds["files"] / seconds[_read_ahead(OURS)]
    missed = [f"{_read_ahead(OURS)}: {gain:.2f}x faster, the bar is {MIN_GAIN}x"] * (gain < MIN_GAIN)
    return finish(options, {"limits": vars(limits), "ways": rows}, missed)


def parse() -> argparse.Namespace:
    """The options."""
    parser = parser_for(__doc__, "the base profile, once")
    parser.add_argument("--volume", type=Path, help="with the runtime profile's environment, or for it")
    parser.add_argument("--latency", type=float, default=1.0, metavar="MS", help="of an operation; default 1")
    parser.add_argument("--operations", type=float, default=0.0, metavar="N", help="a second; default any")
    parser.add_argument("--megabytes", type=float, default=0.0, metavar="N", help="a second; default any")
    parser.add_argument("--folder", type=Path, help="for all that is made; default: the temporary one")
    return parser.parse_args()


def measure(options: argparse.Namespace, limits: Limits, folder: Path) -> list[dict[str, Any]]:
    """A row for every way: medians of rounds in turn."""
    profile, imports = ("base", BASE.ours) if options.quick else ("runtime", WHOLE.ours)
    volume = folder / "volume" if options.quick or not options.volume else options.volume.resolve()
    for path in (volume, folder / "mount"):
        path.mkdir(exist_ok=True)
    with slow_mount(folder, folder / "mount", limits):
        pass  # before anything is built: whether it can be measured at all
    python = build_ours(profile, volume)
    starts = Starts(volume, folder, profile, python)
    ways: dict[str, Callable[[], dict[str, float]]] = {
        "files": partial(starts.from_files, limits, imports, 0)
    }
    if not options.quick:
        ways["one file"] = partial(starts.from_files, limits, BUNDLED + imports, 0)
    for count in (OURS,) if options.quick else AT_ONCE:
        ways[_read_ahead(count)] = partial(starts.from_files, limits, BUNDLED + imports, count)
    if not options.quick and shutil.which("zstd"):
        starts.pack()
        ways["one archive, unpacked"] = partial(starts.from_archive, limits, imports)
    rounds = [{name: way() for name, way in ways.items()} for _ in range(1 if options.quick else 3)]
    return [{"": name} | _medians([figures[name] for figures in rounds]) for name in ways]


def _read_ahead(count: int) -> str:
    return f"one file, read ahead {count} at once"


def _medians(runs: list[Figures]) -> Figures:
    return {name: median(run[name] for run in runs) for name in runs[0]}


class Starts:
    """Timed starts of one environment, mounted anew for each."""

    def __init__(self, volume: Path, folder: Path, profile: str, python: Path) -> None:
        self._volume = volume
        self._folder = folder
        self._mount = folder / "mount"
        self._environment = python.parents[1]
        self._base_python = python.resolve()  # its name is part of an environment's own
        self._environ = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        self._environ |= {"RUNPOD_VOLUME": str(self._mount), "WORKER_PROFILE": profile}

    def from_files(self, limits: Limits, imports: str, at_once: int) -> Figures:
        """A start from an empty page cache, and one more."""
        command = [str(self._base_python), "-c", _START, str(at_once), "-c", imports]
        with slow_mount(self._volume, self._mount, limits) as counts:
            cold, warm = self._timed(command), self._timed(command)
        return {"s": cold, "again, s": warm} | _asked(counts)

    def pack(self) -> None:
        """Make one archive of the environment."""
        (self._folder / "packed").mkdir()
        archive = self._folder / "packed" / "environment.tar.zst"
        pack = f"tar -c -C {self._environment} . | zstd -q -1 -T1 -o {archive}"
        subprocess.run(pack, shell=True, check=True)  # noqa: S602 - a pipe of our own making

    def from_archive(self, limits: Limits, imports: str) -> Figures:
        """Unpack it on the local disk, then import; again: the import alone."""
        local = self._folder / "local"
        local.mkdir()
        unpack = f"zstd -q -dc {self._mount}/environment.tar.zst | tar -x -C {local}"
        command = [str(local / "bin" / "python"), "-c", imports]
        with slow_mount(self._folder / "packed", self._mount, limits) as counts:
            unpacked = self._timed(["sh", "-c", unpack])
            imported, again = self._timed(command), self._timed(command)
        shutil.rmtree(local)
        return {"s": unpacked + imported, "again, s": again} | _asked(counts)

    def _timed(self, command: list[str]) -> float:
        started = time.perf_counter()
        subprocess.run(
            command, env=self._environ, cwd="/", check=True, capture_output=True, stdin=subprocess.DEVNULL
        )
        return time.perf_counter() - started


def _asked(counts: dict[str, int]) -> Figures:
    names = ("lookups", "listings", "opens", "reads")
    return {name: counts.get(name, 0) for name in names} | {"MB": counts.get("bytes", 0) / 1e6}


if __name__ == "__main__":
    sys.exit(main())

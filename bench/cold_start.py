"""What a cold start costs, ours and the naive way side by side: environment, imports, the engine's load.

    python -m bench.cold_start [--quick] [--json FILE] [--check] [--folder FOLDER]
    python -m bench.cold_start --ours PYTHON --naive PYTHON [--quick] ...

ours    setup_network_venv.py: uv, bytecode compiled at install, only what the worker imports
naive   one pip after the other, no bytecode, all that f5-tts and whisperx ask for, imported whole

The first builds both from nothing: 7 GB of downloads, 16 GB of disk; and times whole starts of the base
profile. With --quick it is the base profile alone. The second takes environments that are there, of the
runtime profile and of requirements/upstream.txt, and leaves building out. Both compare all imports, then
import and load of the engine with random weights of F5TTS_v1_Base's size; with --quick the second does
that alone, once, with a smaller model.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.parts.comparison import Figure, missed
from bench.parts.engine_load import compare_loads
from bench.parts.environments import compare_builds, missed_reuse, time_starts
from bench.parts.imports import BASE, WHOLE, compare_imports
from bench.parts.report import finish, parser_for, print_table
from bench.parts.sizes import F5_BASE, F5_TENTH


def main() -> int:
    """Measure, print, and with --check compare with the bars."""
    options = parse()
    with tempfile.TemporaryDirectory(prefix="cold-start-", dir=options.folder) as folder:
        figures, starts = measure(options, Path(folder))
    print_table("Cold start", [figure.row() for figure in figures])
    if starts:
        print_table("Whole starts, base profile", starts)
    written = {"figures": [figure.row() for figure in figures], "starts": starts}
    return finish(options, written, missed(figures) + missed_reuse(starts))


def parse() -> argparse.Namespace:
    """The options; `ours` and `naive` are both given or both None."""
    parser = parser_for(__doc__, "the base profile, or a smaller model once")
    parser.add_argument("--ours", type=Path, metavar="PYTHON", help="of an environment that is there")
    parser.add_argument("--naive", type=Path, metavar="PYTHON", help="the same")
    parser.add_argument("--folder", type=Path, help="where to build; default: the system's temporary one")
    options = parser.parse_args()
    if bool(options.ours) != bool(options.naive):
        parser.error("--ours and --naive go together")
    return options


def measure(options: argparse.Namespace, folder: Path) -> tuple[list[Figure], list[dict[str, Any]]]:
    """The figures of both ways, and the whole starts where some were timed."""
    if options.ours and options.quick:
        return compare_loads(F5_TENTH, options.ours, options.naive, folder, rounds=1), []
    if options.ours:
        return compare_engines(options.ours, options.naive, folder), []
    if options.quick:
        built, ours, naive = compare_builds("base", "requirements-base.txt", folder)
        return built + compare_imports(BASE, ours, naive, folder, rounds=3), []
    built, ours, naive = compare_builds("runtime", "requirements/upstream.txt", folder)
    return built + compare_engines(ours, naive, folder), time_starts(folder, runs=5)


def compare_engines(ours: Path, naive: Path, folder: Path) -> list[Figure]:
    """Imports of the whole worker, then import and load of the f5 engine alone."""
    imported = compare_imports(WHOLE, ours, naive, folder, rounds=5)
    return imported + compare_loads(F5_BASE, ours, naive, folder, rounds=5)


if __name__ == "__main__":
    sys.exit(main())

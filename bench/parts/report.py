"""What all benches have in common: their three options, their tables, and what a missed bar does."""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def parser_for(doc: str, quick: str) -> argparse.ArgumentParser:
    """A parser of `--quick`, `--json FILE` and `--check`; `quick` says what is less with the first."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help=f"under a minute: {quick}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a bar is missed")
    return parser


def print_table(title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows under their keys, those of the first row that has them, in their order."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [names, *([_cell(row.get(name, "")) for name in names] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    print(title)
    for line in lines:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)))
    print()


def finish(options: argparse.Namespace, figures: Any, missed: Sequence[str]) -> int:
    """Write the figures if wanted, print a sentence for every missed bar; the exit status."""
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    for sentence in missed:
        print(f"MISSED: {sentence}")
    return 1 if options.check and missed else 0


def _cell(value: Any) -> str:
    if not isinstance(value, float):
        return str(value)
    digits = 0 if abs(value) >= 100 else 2 if abs(value) >= 1 else 3
    return f"{value:.{digits}f}"

"""What a Python process has loaded from its environment, noted for `read_ahead` at later starts."""

import contextlib
import json
import sys
from array import array
from collections.abc import Iterator, Sequence
from itertools import pairwise
from mmap import PAGESIZE
from pathlib import Path

from network_venv.warm_start.bundle import BUNDLE, pack
from network_venv.warm_start.read_ahead import LIST

_GAP = 64  # pages that nobody needs, read all the same when it spares a read
_PRESENT = 1 << 63  # of a page's entry in /proc/self/pagemap: this process has touched it


def note_loaded() -> None:
    """Bundle and write down what this process has loaded from its environment, if Linux tells it that."""
    prefix = Path(sys.prefix).resolve()
    with contextlib.suppress(OSError):
        pack(prefix)
        bundle = (BUNDLE, 0, (prefix / BUNDLE).stat().st_size)
        (prefix / LIST).write_text(json.dumps([bundle, *touched_parts(prefix)]))


def touched_parts(folder: Path) -> Iterator[tuple[str, int, int]]:
    """The parts of files in a folder that this process has mapped and touched, as name, offset and bytes.

    They are libraries; of a large one this is a small part.
    """
    touched: dict[str, set[int]] = {}
    with Path("/proc/self/maps").open() as maps, Path("/proc/self/pagemap").open("rb") as pagemap:
        for line in maps:
            addresses, _, offset, _, _, *names = line.rstrip("\n").split(maxsplit=5)
            if names and Path(names[0]).is_relative_to(folder):
                start, end = (int(address, 16) // PAGESIZE for address in addresses.split("-"))
                pagemap.seek(start * 8)
                entries = array("Q", pagemap.read((end - start) * 8))
                first = int(offset, 16) // PAGESIZE
                pages = touched.setdefault(str(Path(names[0]).relative_to(folder)), set())
                pages.update(first + index for index, entry in enumerate(entries) if entry & _PRESENT)
    for name, found in touched.items():
        for start, end in _runs(sorted(found)):
            yield name, start * PAGESIZE, (end - start) * PAGESIZE


def _runs(pages: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Pages without large gaps, as first and last + 1."""
    if pages:
        breaks = [(one + 1, two) for one, two in pairwise(pages) if two - one > _GAP]
        ends = [end for end, _ in breaks] + [pages[-1] + 1]
        yield from zip([pages[0], *(start for _, start in breaks)], ends, strict=True)

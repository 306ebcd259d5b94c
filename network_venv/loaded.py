"""What a Python process has loaded from its environment, noted for `read_ahead` at later starts."""

import contextlib
import json
import sys
from array import array
from collections.abc import Iterator, Sequence
from itertools import pairwise
from mmap import PAGESIZE
from pathlib import Path

from network_venv.read_ahead import LIST

_GAP = 64  # pages that nobody needs, read all the same when it spares a read
_PRESENT = 1 << 63  # of a page's entry in /proc/self/pagemap: this process has touched it


def note_loaded() -> None:
    """Write down what this process has loaded from its environment; do without where Linux does not tell."""
    prefix = Path(sys.prefix).resolve()
    with contextlib.suppress(OSError):
        (prefix / LIST).write_text(json.dumps(loaded(prefix)))


def loaded(folder: Path) -> list[tuple[str, int, int]]:
    """Files below a folder, and the offsets and bytes of what this process has loaded of them."""
    return [
        (str(path.relative_to(folder)), offset, size)
        for path, offset, size in [*_bytecode(), *_libraries()]
        if path.is_relative_to(folder)
    ]


def _bytecode() -> Iterator[tuple[Path, int, int]]:
    """Every module's bytecode, in the order in which they were imported."""
    for module in list(sys.modules.values()):
        cached = getattr(module, "__cached__", None)
        if isinstance(cached, str) and Path(cached).is_file():  # torch.ops has anything as an attribute
            yield Path(cached).resolve(), 0, Path(cached).stat().st_size


def _libraries() -> Iterator[tuple[Path, int, int]]:
    """The touched parts of every mapped file; of a large library that is a small part of it."""
    touched: dict[str, set[int]] = {}
    with Path("/proc/self/maps").open() as maps, Path("/proc/self/pagemap").open("rb") as pagemap:
        for line in maps:
            addresses, _, offset, _, _, *names = line.rstrip("\n").split(maxsplit=5)
            if names and names[0].startswith("/"):
                start, end = (int(address, 16) // PAGESIZE for address in addresses.split("-"))
                pagemap.seek(start * 8)
                entries = array("Q", pagemap.read((end - start) * 8))
                first = int(offset, 16) // PAGESIZE
                pages = touched.setdefault(names[0], set())
                pages.update(first + index for index, entry in enumerate(entries) if entry & _PRESENT)
    for name, found in touched.items():
        for start, end in _runs(sorted(found)):
            yield Path(name), start * PAGESIZE, (end - start) * PAGESIZE


def _runs(pages: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Pages without large gaps, as first and last + 1."""
    if pages:
        breaks = [(one + 1, two) for one, two in pairwise(pages) if two - one > _GAP]
        ends = [end for end, _ in breaks] + [pages[-1] + 1]
        yield from zip([pages[0], *(start for _, start in breaks)], ends, strict=True)

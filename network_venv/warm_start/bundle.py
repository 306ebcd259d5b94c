"""The bytecode of everything that a worker imports at its start, in one file.

To find and read a module takes half a dozen operations of the file system, each a round trip on a network
volume; names are asked for again at every start, even when all data is in the page cache. The bundle knows
where every module is, and holds its bytecode. Modules keep their files, loaders and names: what is not in
the bundle, and everything but bytecode, is still read from there.
"""

import importlib.abc
import importlib.util
import marshal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import ExtensionFileLoader, ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType

BUNDLE = "modules.bundle"  # in an environment's folder; as whole as the environment is, or not used

# A module's file below the folder, that file's time and size, and the bytecode; for a library the first only.
Entry = tuple[str, int, int, bytes]


def pack(folder: Path) -> None:
    """Write the bundle of what this process has imported from a folder."""
    (folder / BUNDLE).write_bytes(marshal.dumps(dict(_imported(folder))))


def use_bundle(folder: Path) -> None:
    """Have modules imported from the folder's bundle, if there is one that can be read."""
    try:
        entries = marshal.loads((folder / BUNDLE).read_bytes())  # noqa: S302 - as trusted as bytecode in files
    except (OSError, EOFError, ValueError, TypeError):
        return
    sys.meta_path.insert(0, _BundleFinder(folder, entries))


def _imported(folder: Path) -> Iterator[tuple[str, Entry]]:
    for name, module in list(sys.modules.items()):
        spec = getattr(module, "__spec__", None)
        if not isinstance(spec, ModuleSpec) or spec.name != name or not spec.origin:
            continue
        path = Path(spec.origin)
        if not path.is_relative_to(folder):
            continue
        inside = str(path.relative_to(folder))
        if isinstance(spec.loader, ExtensionFileLoader):
            yield name, (inside, 0, 0, b"")
        elif type(spec.loader) is SourceFileLoader and spec.cached and Path(spec.cached).is_file():
            status = path.stat()
            yield name, (inside, int(status.st_mtime), status.st_size, Path(spec.cached).read_bytes())


@dataclass
class _BundleFinder(importlib.abc.MetaPathFinder):
    """Finds a module once; if it is asked for again, the files are."""

    folder: Path
    entries: dict[str, Entry]

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where the module is, without a look at the file system."""
        if fullname not in self.entries:
            return None
        inside, mtime, size, bytecode = self.entries[fullname]
        file = self.folder / inside
        if not bytecode:
            library = ExtensionFileLoader(fullname, str(file))
            return importlib.util.spec_from_file_location(fullname, file, loader=library)
        loader = _BundleLoader(fullname, str(file), self, mtime, size)
        inner = [str(file.parent)] if file.name == "__init__.py" else None
        return importlib.util.spec_from_file_location(
            fullname, file, loader=loader, submodule_search_locations=inner
        )


class _BundleLoader(SourceFileLoader):
    """Python's own loader, which checks the bytecode against `path_stats`, with both from the bundle."""

    def __init__(self, name: str, path: str, finder: _BundleFinder, mtime: int, size: int) -> None:
        super().__init__(name, path)
        self._finder = finder
        self._stats = {"mtime": mtime, "size": size}

    def path_stats(self, path: str) -> dict[str, int]:
        """The source file's time and size when the bundle was made."""
        return self._stats

    def get_data(self, path: str) -> bytes:
        """The bytecode out of the bundle, which then forgets it; anything else from the files."""
        if path.endswith(".pyc") and self.name in self._finder.entries:
            return self._finder.entries.pop(self.name)[-1]
        return super().get_data(path)

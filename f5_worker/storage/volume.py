"""Results and voices as files on the network volume."""

import glob
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Self

from f5_worker.errors import Code, WorkerError
from f5_worker.settings import Settings
from f5_worker.storage import Stored
from f5_worker.storage.files import remove_temporary_files, storage_errors, write_atomically
from f5_worker.storage.keys import OUTPUT, RECORDINGS, TIMINGS, VOICES, WORDS, checked_key


class VolumeStore:
    """A `Store` whose keys are paths below `root`; several workers may share it."""

    name: ClassVar[str] = "volume"
    presigned = False

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """The network volume."""
        return cls(settings.volume)

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def put(self, key: str, data: bytes, content_type: str) -> str:  # files have no type
        """Write the file in one step; see `write_atomically`."""
        return _version(write_atomically(self._path(key), data))

    def url(self, key: str, filename: str) -> str:  # a file:// URL cannot rename
        """The file's `file://` URL."""
        return self._path(key).as_uri()

    def stat(self, key: str) -> Stored:
        """Size and age of the file."""
        with storage_errors("read"), _found():
            return self._stored(self._path(key))

    def read(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """`length` bytes of the file from `offset` on, or all the rest."""
        with storage_errors("read"), _found(), self._path(key).open("rb") as file:
            file.seek(offset)
            return file.read(length)

    def list(self, prefix: str, after: str = "") -> Iterator[Stored]:
        """The files whose key starts with `prefix`, in order of key, hidden ones left out."""
        with storage_errors("list files"):
            keys = {path.relative_to(self._root).as_posix(): path for path in self._files(prefix)}
            for key in sorted(key for key in keys if key > after):
                with suppress(FileNotFoundError):  # deleted by another worker since it was listed
                    if keys[key].is_file():
                        yield self._stored(keys[key])

    def delete(self, key: str) -> None:
        """Remove the file, if there is one."""
        with storage_errors("delete"):
            self._path(key).unlink(missing_ok=True)

    def discard_abandoned(self, before: datetime) -> None:
        """Remove temporary files that killed writers left before that time."""
        for prefix in (OUTPUT, TIMINGS, WORDS, VOICES, RECORDINGS):
            remove_temporary_files(self._path(prefix.removesuffix("/")), before)

    def check(self) -> str:
        """Write, and remove again, an empty file; a volume that is gone is not made anew."""
        if not self._root.exists():
            return "the network volume is not there; attach it to the endpoint"
        try:
            write_atomically(self._root / ".check", b"")
            with storage_errors("delete"):
                (self._root / ".check").unlink(missing_ok=True)
        except WorkerError as error:
            return error.message
        return "ok"

    def _path(self, key: str) -> Path:
        return self._root / checked_key(key)

    def _files(self, prefix: str) -> Iterator[Path]:
        """What lies below the root with a key that starts with `prefix`, folders included."""
        folder, _, beginning = prefix.rpartition("/")
        for path in self._path(folder).glob(f"{glob.escape(beginning)}*"):
            if not path.name.startswith("."):
                yield path
                yield from path.rglob("[!.]*")  # nothing, where it is a file

    def _stored(self, path: Path) -> Stored:
        status = path.stat()
        modified = datetime.fromtimestamp(status.st_mtime, UTC)
        return Stored(path.relative_to(self._root).as_posix(), status.st_size, modified, _version(status))


def _version(status: os.stat_result) -> str:
    """A file is never written to once it has its name: another content is another file."""
    return f"{status.st_ino:x}-{status.st_mtime_ns:x}"


@contextmanager
def _found() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise WorkerError(Code.NOT_FOUND, "there is no such file on the network volume") from None

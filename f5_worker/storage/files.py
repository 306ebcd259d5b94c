"""Whole files or none: the one way this worker writes a file that others may be reading."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from f5_worker.errors import Code, WorkerError

TEMPORARY_SUFFIX = ".tmp"  # temporary files are also hidden: `.<name>.<random>.tmp`


def write_atomically(path: Path, data: bytes) -> os.stat_result:
    """Replace `path` by `data` in one step; a reader, or a crash, sees the old file or the new one, whole.

    Returns the new file's status, which tells it from any other that gets this name.
    Raises `WorkerError(STORAGE_FAILED)` and leaves nothing behind when the disk is full, read-only
    or broken.
    """
    with storage_errors("write"):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}{TEMPORARY_SUFFIX}")
        try:
            _write_through(temporary, data)
            status = temporary.stat()
            temporary.replace(path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        _sync_folder(path.parent)
    return status


def remove_temporary_files(folder: Path, before: datetime) -> None:
    """Remove what writers that were killed left below `folder`; younger files may still be in use."""
    with storage_errors("tidy up"):
        for path in folder.rglob(f".*{TEMPORARY_SUFFIX}"):
            with suppress(FileNotFoundError):  # another worker may be tidying up too
                if datetime.fromtimestamp(path.stat().st_mtime, UTC) < before:
                    path.unlink()


@contextmanager
def storage_errors(doing: str) -> Iterator[None]:
    """Turn an `OSError` into `WorkerError(STORAGE_FAILED)`: the system's reason, but no path."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise WorkerError(
            Code.STORAGE_FAILED,
            f"the network volume could not {doing}: {reason}; check its free space and that it is writable",
        ) from error


def _write_through(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make a rename last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # some network file systems cannot sync folders; the rename has happened
            os.fsync(descriptor)
    finally:
        os.close(descriptor)

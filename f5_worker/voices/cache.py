"""Local copies of reference audio, kept by what they hold: `<sha256>.wav`, and `<sha256>.txt` as heard."""

import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from f5_worker.storage.files import storage_errors, write_atomically


class VoiceCache:
    """A folder on the volume that several workers share and that may be emptied at any time.

    Named by content, an entry can be missing but never out of date.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, sha256: str) -> Path | None:
        """The local WAV with this hash, or None when it is not here, or no longer what its name says."""
        path = self._folder / f"{sha256}.wav"
        with storage_errors("read"):
            if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
                return None
        with suppress(OSError):  # a volume that is only read
            os.utime(path)  # used just now: `make_room` spares it
        return path

    def keep(self, wav: bytes) -> Path:
        """Store a WAV, unless it is here already, and say where."""
        sha256 = hashlib.sha256(wav).hexdigest()
        path = self.find(sha256)
        if path is None:
            path = self._folder / f"{sha256}.wav"
            write_atomically(path, wav)
        return path

    @contextmanager
    def lend(self, wav: bytes) -> Iterator[Path]:
        """A copy of its own that is gone after the block, whether it was of use or not."""
        path = self._folder / f".{uuid.uuid4().hex}.wav"
        write_atomically(path, wav)
        try:
            yield path
        finally:
            with suppress(OSError):  # whoever emptied the cache was faster
                path.unlink()

    def transcript(self, sha256: str) -> str:
        """What was heard in the recording with this hash; "" if nobody has listened to it yet."""
        with storage_errors("read"):
            try:
                return (self._folder / f"{sha256}.txt").read_text("utf-8")
            except FileNotFoundError:
                return ""

    def keep_transcript(self, sha256: str, text: str) -> None:
        """Remember what was heard in the recording with this hash."""
        write_atomically(self._folder / f"{sha256}.txt", text.encode())

    def make_room(self, most_bytes: float) -> None:
        """Remove the recordings that were not used for longest, until the rest takes at most `most_bytes`.

        What a killed job had been lent goes with them. Raises `WorkerError(STORAGE_FAILED)`.
        """
        with storage_errors("tidy up"):
            used: list[tuple[float, int, Path]] = []
            for path in self._folder.glob("*.wav"):
                with suppress(FileNotFoundError):  # another worker may be tidying up too
                    status = path.stat()
                    used.append((status.st_mtime, status.st_size, path))
            for _, size, path in sorted(used, reverse=True):
                most_bytes -= size
                if most_bytes < 0:
                    path.unlink(missing_ok=True)
                    path.with_suffix(".txt").unlink(missing_ok=True)

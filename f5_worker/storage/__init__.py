"""Where results and voices are kept: one small interface, on the volume or in an S3 bucket.

To add a store: write `storage/<name>.py` with a class that satisfies `Store`, and a line in
`STORES` of `f5_worker/catalog.py`; what it reads from the environment is a field of `settings.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol, Self

from f5_worker.settings import Settings


@dataclass(frozen=True)
class Stored:
    """One stored object: its key (`output/<job_id>.wav`), size in bytes, time of last change (UTC).

    `version` is another one whenever the object holds something else.
    """

    key: str
    size: int
    last_modified: datetime
    version: str


class Store(Protocol):
    """A keyed place for bytes; keys are relative, with `/` between their parts.

    Everything raises `WorkerError(STORAGE_FAILED)` when the store does not do its job, and
    `WorkerError(NOT_FOUND)` for a key that is not there.
    """

    name: ClassVar[str]
    """What `health` and the log call it."""
    presigned: bool
    """Whether `url` can be opened by the client; if not, `download` sends the bytes themselves."""

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """The store that the settings describe; asks nobody yet whether it can be used."""
        ...

    def put(self, key: str, data: bytes, content_type: str) -> str:
        """Store `data` under `key`, replacing what was there; readers see the old or the new, whole.

        Returns the version that it has now.
        """
        ...

    def url(self, key: str, filename: str) -> str:
        """A URL of the object: presigned for 1 h, or `file://`; `filename` is what a browser saves it as."""
        ...

    def stat(self, key: str) -> Stored:
        """Size and age of one object."""
        ...

    def read(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """`length` bytes from `offset` on, or all the rest."""
        ...

    def list(self, prefix: str, after: str = "") -> Iterator[Stored]:
        """All objects whose key starts with `prefix` and comes after the key `after`, in order of key.

        A store that answers in pages is asked for one only when it is reached.
        """
        ...

    def delete(self, key: str) -> None:
        """Remove an object; no error when it is not there."""
        ...

    def discard_abandoned(self, before: datetime) -> None:
        """Remove what writers that died before that time left unfinished."""
        ...

    def check(self) -> str:
        """Say "ok", or in one sentence without secrets why the store cannot be used (for `health`)."""
        ...

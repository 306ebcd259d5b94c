"""What the stored voices say: given at the upload, in a `.txt` beside the recording, or heard by an engine.

`recordings/<name>/<sha256 of the recording's file>.json` holds the first and the last of the three. It
belongs to a name and a recording, so that a voice that is replaced never speaks with another's words.
"""

import hashlib
import logging
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from f5_worker.errors import Code, WorkerError
from f5_worker.storage import Store
from f5_worker.storage.keys import CONTENT_TYPES, RECORDINGS
from f5_worker.voices.names import Found

log = logging.getLogger(__name__)

_MAX_BYTES = 64 * 1024  # of a `.txt`; an hour of speech has about as many letters


@dataclass(frozen=True)
class Transcript:
    """`text` is "" when it is unknown; `is_given` after an upload, which counts more than an older `.txt`."""

    text: str
    is_given: bool


_TRANSCRIPT = TypeAdapter(Transcript)


class Transcripts:
    """The transcripts of one store's voices."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self, found: Found, data_sha256: str) -> Transcript:
        """The transcript of a voice whose file has this hash."""
        known = self._record(found.name, data_sha256) or Transcript("", is_given=False)
        beside = "" if known.is_given or found.text is None else self._beside(found.text.key)
        return Transcript(beside, is_given=False) if beside else known

    def give(self, name: str, data: bytes, transcript: str) -> None:
        """Say what a recording that is about to be stored says; raises `WorkerError(STORAGE_FAILED)`."""
        sha256 = hashlib.sha256(data).hexdigest()
        self._write(name, sha256, Transcript(transcript, is_given=True))

    def remember(self, name: str, data_sha256: str, transcript: str) -> None:
        """Keep what was heard, for whoever uses the voice next; a store that is only read keeps nothing."""
        try:
            known = self._record(name, data_sha256)
            is_given = known is not None and known.is_given
            self._write(name, data_sha256, Transcript(transcript, is_given=is_given))
        except WorkerError as error:
            log.warning("a transcript was not kept", extra={"why": error.message})

    def _record(self, name: str, data_sha256: str) -> Transcript | None:
        try:
            return _TRANSCRIPT.validate_json(self._store.read(_key(name, data_sha256)))
        except WorkerError as error:
            if error.code is Code.NOT_FOUND:
                return None
            raise
        except ValidationError:
            log.warning("a transcript is damaged")
            return None

    def _write(self, name: str, data_sha256: str, record: Transcript) -> None:
        self._store.put(_key(name, data_sha256), _TRANSCRIPT.dump_json(record), CONTENT_TYPES["json"])

    def _beside(self, key: str) -> str:
        try:
            return " ".join(self._store.read(key, 0, _MAX_BYTES).decode("utf-8-sig").split())
        except UnicodeDecodeError:
            log.warning("a voice's text file is not UTF-8")
            return ""
        except WorkerError as error:
            if error.code is Code.NOT_FOUND:  # deleted since it was listed
                return ""
            raise


def _key(name: str, data_sha256: str) -> str:
    return f"{RECORDINGS}{name}/{data_sha256}.json"

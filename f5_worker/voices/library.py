"""The voice library: reference audio, its transcript, and what is known to be wrong with it.

A stored voice is `voices/<name>.json` and the recording it names, `voices/<name>.<upload>.wav`.
A recording is never overwritten and the JSON is written last, so that however uploads of one name
overlap or break off, readers see one of them, whole.
"""

import difflib
import hashlib
import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from f5_worker.errors import Code, WorkerError
from f5_worker.schemas import Name
from f5_worker.storage import Store
from f5_worker.storage.keys import CONTENT_TYPES, VOICES
from f5_worker.voices.cache import VoiceCache
from f5_worker.voices.recording import check_reference

log = logging.getLogger(__name__)

MAX_CACHED = 2e9  # bytes of local copies: some 3000 recordings of 12 s
_NAME: TypeAdapter[str] = TypeAdapter(Name)


@dataclass(frozen=True)
class Voice:
    """One reference voice, ready for an engine.

    `path` is a local mono WAV (PCM16) of `duration` seconds at `sample_rate` Hz; `ref_text` is its
    transcript, "" when unknown; `sha256` is the WAV's own, in hex.
    """

    name: str
    path: Path
    ref_text: str
    duration: float
    sample_rate: int
    sha256: str
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class ListedVoice:
    """One line of `list_voices`: `size` in bytes, `last_modified` in ISO 8601 (UTC), `duration` in s."""

    name: str
    size: int
    last_modified: str
    duration: float
    transcript: str


class _Entry(BaseModel):
    """What `voices/<name>.json` holds; `audio` is the key of the recording."""

    model_config = ConfigDict(frozen=True)

    audio: str
    transcript: str
    sha256: str
    size: int
    duration: float
    sample_rate: int
    warnings: tuple[str, ...]
    created: str


class VoiceLibrary:
    """The voices of one store, with local copies of their recordings in the folder `cache`."""

    def __init__(self, store: Store, cache: Path, max_seconds: float) -> None:
        self._store = store
        self._cache = VoiceCache(cache)
        self._max_seconds = max_seconds

    @contextmanager
    def borrow(self, data: bytes, ref_text: str | None) -> Iterator[Voice]:
        """Check a recording; the voice lasts as long as the block, unless `keep` or `add` is given it there.

        Raises `WorkerError`: `VOICE_REJECTED`, `STORAGE_FAILED`.
        """
        reference = check_reference(data, self._max_seconds)
        with self._cache.lend(reference.wav) as path:
            yield Voice(
                name="url",
                path=path,
                ref_text=ref_text or self._cache.transcript(reference.sha256),
                duration=reference.duration,
                sample_rate=reference.sample_rate,
                sha256=reference.sha256,
                warnings=reference.warnings,
            )

    def keep(self, borrowed: Voice) -> Voice:
        """The same voice with a local copy that outlasts the block; the library does not list it."""
        return replace(borrowed, path=self._cache.keep(borrowed.path.read_bytes()))

    def add(self, name: str, borrowed: Voice) -> Voice:
        """Store a borrowed voice under `name`, in place of an older one.

        Raises `WorkerError`: `INVALID_INPUT` for the name, `STORAGE_FAILED`.
        """
        _check_name(name)
        voice, wav = replace(borrowed, name=name), borrowed.path.read_bytes()
        replaced = self._entry(name)
        entry = _describe(voice, len(wav))
        self._store.put(entry.audio, wav, CONTENT_TYPES["wav"])
        try:
            self._store.put(_entry_key(name), entry.model_dump_json().encode(), CONTENT_TYPES["json"])
        finally:
            self._discard_unused(name, entry)
            if replaced is not None:
                self._discard_unused(name, replaced)
        return self.keep(voice)

    def get(self, name: str) -> Voice:
        """The stored voice; raise `WorkerError(VOICE_NOT_FOUND)` with what is there instead."""
        _check_name(name)
        entry = self._entry(name)
        while entry is not None:
            path = self._local(entry)
            if path is not None:
                text = entry.transcript or self._cache.transcript(entry.sha256)
                facts = entry.model_dump(include={"duration", "sample_rate", "sha256", "warnings"})
                return Voice(name=name, path=path, ref_text=text, **facts)
            tried, entry = entry, self._entry(name)
            if entry == tried:  # nobody has replaced it meanwhile
                raise WorkerError(
                    Code.STORAGE_FAILED,
                    f"the recording of the voice {name!r} is missing or damaged; upload it again",
                )
        raise self._not_found(name)

    def list(self) -> tuple[ListedVoice, ...]:
        """All stored voices, in order of name."""
        found = ((name, self._entry(name)) for name in self._names())
        return tuple(
            ListedVoice(
                name=name,
                size=entry.size,
                last_modified=entry.created,
                duration=entry.duration,
                transcript=entry.transcript or self._cache.transcript(entry.sha256),
            )
            for name, entry in found
            if entry is not None
        )

    def set_ref_text(self, voice: Voice, text: str) -> None:
        """Remember what was heard in a voice's recording, for whoever uses that recording next."""
        self._cache.keep_transcript(voice.sha256, text)

    def tidy_up(self) -> None:
        """Bound what the local copies take; raises `WorkerError(STORAGE_FAILED)`."""
        self._cache.make_room(MAX_CACHED)

    def _local(self, entry: _Entry) -> Path | None:
        """The local copy of a recording, fetched if need be; None when it has just been replaced."""
        path = self._cache.find(entry.sha256)
        if path is not None:
            return path
        try:
            wav = self._store.read(entry.audio)
        except WorkerError as error:
            if error.code is Code.NOT_FOUND:
                return None
            raise
        return self._cache.keep(wav) if hashlib.sha256(wav).hexdigest() == entry.sha256 else None

    def _entry(self, name: str) -> _Entry | None:
        """What the store knows about a voice; a description that cannot be read counts as none."""
        try:
            return _Entry.model_validate_json(self._store.read(_entry_key(name)))
        except WorkerError as error:
            if error.code is Code.NOT_FOUND:
                return None
            raise
        except ValidationError:
            log.warning("the description of a voice is damaged", extra={"voice": name})
            return None

    def _discard_unused(self, name: str, entry: _Entry) -> None:
        """Delete an entry's recording unless the voice still names it; one left behind does no harm."""
        with suppress(WorkerError):
            current = self._entry(name)
            if current is None or current.audio != entry.audio:
                self._store.delete(entry.audio)

    def _names(self) -> tuple[str, ...]:
        keys = (stored.key for stored in self._store.list(VOICES))
        names = (key.removeprefix(VOICES).removesuffix(".json") for key in keys if key.endswith(".json"))
        return tuple(sorted(name for name in names if _is_name(name)))

    def _not_found(self, name: str) -> WorkerError:
        names = self._names()
        near = difflib.get_close_matches(name, names, n=3)
        hint = f"the nearest are {', '.join(near)}" if near else "list_voices lists them"
        there = f"{len(names)} {'voice is' if len(names) == 1 else 'voices are'} stored"
        advice = f"{there}; {hint}" if names else "no voice is stored yet, so upload one first"
        return WorkerError(Code.VOICE_NOT_FOUND, f"there is no voice {name!r}; {advice}")


def _describe(voice: Voice, size: int) -> _Entry:
    return _Entry(
        audio=f"{VOICES}{voice.name}.{uuid.uuid4().hex}.wav",
        transcript=voice.ref_text,
        sha256=voice.sha256,
        size=size,
        duration=voice.duration,
        sample_rate=voice.sample_rate,
        warnings=voice.warnings,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _entry_key(name: str) -> str:
    return f"{VOICES}{name}.json"


def _check_name(name: str) -> None:
    if not _is_name(name):
        raise WorkerError(
            Code.INVALID_INPUT,
            "a voice's name has 1 to 64 letters, digits, `_` and `-`, and begins with a letter or digit",
        )


def _is_name(name: str) -> bool:
    try:
        _NAME.validate_python(name)
    except ValidationError:
        return False
    return True

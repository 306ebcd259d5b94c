"""The voice library: reference recordings in a store, and what they say.

A stored voice is one file, `voices/<name>`, put there by `upload` or by anybody else; it is judged when
it is first used. An upload replaces it in one step, after its transcript was written (transcripts.py),
so that however uploads of one name overlap or break off, readers see one of them, whole.
"""

import difflib
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from f5_worker.errors import Code, WorkerError
from f5_worker.storage import Store, Stored
from f5_worker.storage.keys import CONTENT_TYPES, VOICES, checked_key
from f5_worker.voices.cache import VoiceCache
from f5_worker.voices.names import all_voices, find, stem, upload_name
from f5_worker.voices.recording import check_reference
from f5_worker.voices.transcripts import Transcripts

MAX_CACHED = 2e9  # bytes of local copies: some 3000 recordings of 12 s


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
    """One line of `list_voices`: `size` in bytes, `last_modified` in ISO 8601 (UTC), `duration` in s.

    The last two are None where this worker has not used the voice yet: a list opens no recording.
    """

    name: str
    size: int
    last_modified: str
    text_file: str | None
    duration: float | None
    transcript: str | None


@dataclass(frozen=True)
class _Judged:
    """A recording that this worker has judged: `data_sha256` is the hash of the file as it is stored."""

    version: str
    data_sha256: str
    voice: Voice


class VoiceLibrary:
    """The voices of one store, with local copies of their recordings in the folder `cache`.

    Of a recording at most `max_bytes` are read, and at most `max_seconds` used.
    """

    def __init__(self, store: Store, cache: Path, max_seconds: float, max_bytes: int) -> None:
        self._store = store
        self._transcripts = Transcripts(store)
        self._cache = VoiceCache(cache)
        self._max_seconds = max_seconds
        self._max_bytes = max_bytes
        self._judged: dict[str, _Judged] = {}  # by key

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
        checked_key(VOICES + name)
        wav = borrowed.path.read_bytes()
        name = upload_name(self._store, name)
        self._transcripts.give(name, wav, borrowed.ref_text)
        version = self._store.put(VOICES + name, wav, CONTENT_TYPES["wav"])
        voice = self.keep(replace(borrowed, name=name))
        self._judged[VOICES + name] = _Judged(version, borrowed.sha256, voice)
        return voice

    def get(self, name: str) -> Voice:
        """The stored voice; raise `WorkerError(VOICE_NOT_FOUND)` with what is there instead."""
        checked_key(VOICES + name)
        found = find(self._store, name)
        if found is None:
            raise self._not_found(name)
        judged = self._judge(found.recording, found.name)
        transcript = self._transcripts.read(found, judged.data_sha256)
        voice = replace(
            judged.voice,
            ref_text=transcript.text or self._cache.transcript(judged.voice.sha256),
            warnings=() if transcript.is_given else judged.voice.warnings,  # told at the upload
        )
        self._judged[found.recording.key] = replace(judged, voice=voice)
        return voice

    def list(self, after: str = "") -> Iterator[ListedVoice]:
        """The stored voices whose names come after `after`, in order of name; none of them is opened."""
        for found in all_voices(self._store, after):
            judged = self._judged.get(found.recording.key)
            known = judged.voice if judged and judged.version == found.recording.version else None
            yield ListedVoice(
                name=found.name,
                size=found.recording.size,
                last_modified=found.recording.last_modified.isoformat(timespec="seconds"),
                text_file=found.text.key.removeprefix(VOICES) if found.text else None,
                duration=known.duration if known else None,
                transcript=known.ref_text if known else None,
            )

    def set_ref_text(self, voice: Voice, text: str) -> None:
        """Remember what was heard in a voice's recording, for whoever uses that recording next."""
        self._cache.keep_transcript(voice.sha256, text)
        judged = self._judged.get(VOICES + voice.name)
        if judged is not None and judged.voice.sha256 == voice.sha256:
            self._transcripts.remember(voice.name, judged.data_sha256, text)

    def tidy_up(self) -> None:
        """Bound what the local copies take; raises `WorkerError(STORAGE_FAILED)`."""
        self._cache.make_room(MAX_CACHED)

    def _judge(self, recording: Stored, name: str) -> _Judged:
        """Whether it can be used, and a local copy; both are kept for as long as the recording stays."""
        known = self._judged.get(recording.key)
        path = self._cache.find(known.voice.sha256) if known and known.version == recording.version else None
        if known is not None and path is not None:
            return replace(known, voice=replace(known.voice, path=path))
        data = self._store.read(recording.key, 0, self._max_bytes)
        reference = check_reference(data, self._max_seconds)
        voice = Voice(
            name=name,
            path=self._cache.keep(reference.wav),
            ref_text="",
            duration=reference.duration,
            sample_rate=reference.sample_rate,
            sha256=reference.sha256,
            warnings=reference.warnings,
        )
        return _Judged(recording.version, hashlib.sha256(data).hexdigest(), voice)

    def _not_found(self, name: str) -> WorkerError:
        names = [listed.name for listed in self.list()]
        stems = {stem(known): known for known in names}
        near = [stems[found] for found in difflib.get_close_matches(stem(name), stems, n=3)]
        hint = f"the nearest are {', '.join(near)}" if near else "list_voices lists them"
        there = f"{len(names)} {'voice is' if len(names) == 1 else 'voices are'} stored"
        advice = f"{there}; {hint}" if names else "no voice is stored yet, so upload one first"
        return WorkerError(Code.VOICE_NOT_FOUND, f"there is no voice {name!r}; {advice}")

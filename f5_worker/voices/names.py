"""What a voice is called ─▶ where it lies: `voices/<name>`, its transcript `.txt` beside it.

A name has the ending that the recording was stored with; a caller may leave it out. Buckets hold
letters such as `ö` in one character or in two (Unicode's forms NFC and NFD), whatever wrote them.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from f5_worker.storage import Store, Stored
from f5_worker.storage.keys import VOICES
from f5_worker.voice_name import is_voice_name

ENDINGS = (".wav", ".flac", ".mp3", ".ogg")  # of recordings; where several share a name, the first counts
_TEXT = ".txt"


@dataclass(frozen=True)
class Found:
    """A stored recording, and the transcript beside it where there is one."""

    recording: Stored
    text: Stored | None

    @property
    def name(self) -> str:
        """The voice's name, with its ending."""
        return self.recording.key.removeprefix(VOICES)


def find(store: Store, name: str) -> Found | None:
    """The voice of that name, in one listing (two where it can be spelled in two ways)."""
    for spelling in dict.fromkeys(unicodedata.normalize(form, name) for form in ("NFC", "NFD")):
        beginning = f"{VOICES}{stem(spelling)}."
        candidates = [
            (rank, found)
            for found in _voices(store.list(beginning))
            if (rank := _rank(found.name, spelling)) is not None
        ]
        if candidates:
            return min(candidates, key=lambda candidate: candidate[0])[1]
    return None


def all_voices(store: Store, after: str) -> Iterator[Found]:
    """Every voice whose name comes after `after`, in order; one listing, nothing is opened."""
    return _voices(store.list(VOICES, VOICES + after))


def upload_name(store: Store, name: str) -> str:
    """The name under which an upload is stored: WAV whatever was sent; an older voice's own spelling."""
    name = name if name.lower().endswith(".wav") else f"{name}.wav"
    found = find(store, name)
    nfc = unicodedata.normalize("NFC", name)
    return found.name if found and unicodedata.normalize("NFC", found.name) == nfc else name


def stem(name: str) -> str:
    """A name without the ending of a recording or a transcript."""
    return name.removesuffix(_TEXT) if name.endswith(_TEXT) else _split(name)[0]


def _rank(stored: str, asked: str) -> tuple[bool, int, str] | None:
    """How well a stored name answers to the one asked for, less is better; None where it does not."""
    without, ending = _split(stored)
    if asked not in (stored, without):
        return None
    return (stored != asked, ENDINGS.index(ending.lower()), stored)


def _voices(listing: Iterable[Stored]) -> Iterator[Found]:
    for group in _groups(listing):
        there = {stored.key: stored for stored in group}
        for stored in group:
            name = stored.key.removeprefix(VOICES)
            if _split(name)[1] and is_voice_name(name):
                yield Found(stored, there.get(f"{VOICES}{stem(name)}{_TEXT}"))


def _groups(listing: Iterable[Stored]) -> Iterator[list[Stored]]:
    """Runs of keys that begin alike, so that a recording and its transcript are in one."""
    group: list[Stored] = []
    for stored in listing:
        if group and not stored.key.startswith(f"{stem(group[0].key)}."):
            yield group
            group = []
        group.append(stored)
    if group:
        yield group


def _split(name: str) -> tuple[str, str]:
    """A name and its ending, "" where it has none of a recording's."""
    without, dot, ending = name.rpartition(".")
    return (without, dot + ending) if without and (dot + ending).lower() in ENDINGS else (name, "")

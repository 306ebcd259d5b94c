"""Where things lie in a store, and what they are called: keys and content types."""

import re

from f5_worker.catalog import AUDIO_FORMATS, SUBTITLE_FORMATS
from f5_worker.errors import Code, WorkerError
from f5_worker.schemas import AudioFormat, TimingFormat
from f5_worker.voice_name import is_voice_name

OUTPUT = "output/"
TIMINGS = "timings/"
WORDS = "words/"
VOICES = "voices/"
RECORDINGS = "recordings/"  # what is known of the voices' recordings

CONTENT_TYPES = {
    **{name: part.content_type for name, part in (AUDIO_FORMATS | SUBTITLE_FORMATS).items()},
    "words": "application/gzip",
    "ttf": "font/ttf",
}

# A part never starts with a dot: that rules out `..` and the hidden names of temporary files.
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")


def audio_key(job_id: str, audio_format: AudioFormat) -> str:
    """Key of a job's speech."""
    return checked_key(f"{OUTPUT}{job_id}.{audio_format}")


def timing_key(job_id: str, timing_format: TimingFormat) -> str:
    """Key of a job's subtitles."""
    return checked_key(f"{TIMINGS}{job_id}.{timing_format}")


def words_key(job_id: str) -> str:
    """Key of a job's words, from which any subtitles can be made."""
    return checked_key(f"{WORDS}{job_id}.words")


def checked_key(key: str) -> str:
    """Give the key back; raise `WorkerError(INVALID_INPUT)` if it could lead out of the store.

    Voices are named by people, in any letters; everything else is named by us.
    """
    is_named_by_people = key.startswith((VOICES, RECORDINGS))
    if not (is_voice_name(key) if is_named_by_people else all(map(_PART.fullmatch, key.split("/")))):
        raise WorkerError(
            Code.INVALID_INPUT,
            "a stored file's name has letters, digits, `_`, `-`, `.` and begins with a letter or digit",
        )
    return key

"""What a voice may be called: the name of a file below a folder, in any letters, that leads nowhere else."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator

A_VOICE_NAME = "a name such as 'anna', 'my voice.wav' or 'team/anna.wav', no part of it starting with '.'"

_MAX_PART_BYTES = 200  # of one part; file systems take 255, a temporary file's name is longer
_MAX_KEY_BYTES = 900  # of all parts together; S3 takes 1024
_MAX_NAME_BYTES = 512  # leaves room for what a key holds besides the name
_MAX_URL = 2048  # characters
_UNNAMEABLE = frozenset({"Cc", "Cs", "Cn", "Zl", "Zp"})  # Unicode categories: controls, line separators
_TURNING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})  # show other names


def is_voice_name(name: str) -> bool:
    """Whether this is the name of a file below a folder, and can lead nowhere else."""
    return all(map(_is_part, name.split("/"))) and len(name.encode()) <= _MAX_KEY_BYTES


def _is_part(part: str) -> bool:
    return (
        not part.startswith(".")
        and bool(part.strip())
        and "\\" not in part
        and not any(unicodedata.category(character) in _UNNAMEABLE for character in part)
        and not any(unicodedata.bidirectional(character) in _TURNING for character in part)
        and len(part.encode()) <= _MAX_PART_BYTES
    )


def _voice_name(name: str) -> str:
    """The name in Unicode's form NFC."""
    name = unicodedata.normalize("NFC", name)
    if not is_voice_name(name) or len(name.encode()) > _MAX_NAME_BYTES:
        raise ValueError("it cannot be the name of a file below a folder")
    return name


def _voice_name_or_url(value: str) -> str:
    if "://" not in value:
        return _voice_name(value)
    if len(value) > _MAX_URL or any(character.isspace() for character in value):
        raise ValueError(f"it is no URL of at most {_MAX_URL} characters")
    return value


VoiceName = Annotated[str, AfterValidator(_voice_name)]
VoiceNameOrUrl = Annotated[str, AfterValidator(_voice_name_or_url)]

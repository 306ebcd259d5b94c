"""What was said and when: all that a subtitle file is made from."""

from collections.abc import Sequence
from dataclasses import dataclass

from f5_worker.text.words import Word


@dataclass(frozen=True)
class Transcript:
    """The words of `text`, in order, heard in audio of `duration` seconds.

    The words' tokens have their offsets in `text`, their times are in seconds; `language` is ISO 639-1.
    """

    words: Sequence[Word]
    text: str
    language: str
    duration: float

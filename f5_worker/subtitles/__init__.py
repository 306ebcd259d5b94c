"""Timed words in, one subtitle file out.

To add a format: write `subtitles/<name>.py` with a `write` function of `Writer`'s shape
(`registry.py`), and a line in `SUBTITLE_FORMATS` of `f5_worker/catalog.py`.
"""

from collections.abc import Sequence

from f5_worker.schemas import SubtitleOptions, TimingFormat
from f5_worker.subtitles.registry import WRITERS
from f5_worker.text.words import Word

KARAOKE_FORMATS: frozenset[TimingFormat] = frozenset({"vtt", "ass"})
"""Formats that can light each word when it is heard."""


def write(
    words: Sequence[Word], text: str, duration: float, format_: TimingFormat, options: SubtitleOptions
) -> bytes:
    """One subtitle file in UTF-8, lines ended by a line feed.

    `words` are in order, their tokens' offsets are into `text`, their times in seconds.
    """
    return WRITERS[format_](words, text, duration, options).encode()

"""Timed words in, one subtitle file out.

To add a format: write `subtitles/<name>.py` with a `write` function of `Writer`'s shape, and one
line in `_WRITERS`.
"""

from collections.abc import Callable, Sequence

from f5_worker.schemas import SubtitleOptions, TimingFormat
from f5_worker.subtitles import ass, csv, json, srt, vtt
from f5_worker.text.words import Word

# The words of `text`, heard in audio of so many seconds, and the options ─▶ the text of one file.
Writer = Callable[[Sequence[Word], str, float, SubtitleOptions], str]

_WRITERS: dict[TimingFormat, Writer] = {
    "srt": srt.write,
    "vtt": vtt.write,
    "ass": ass.write,
    "csv": csv.write,
    "json": json.write,
}

KARAOKE_FORMATS: frozenset[TimingFormat] = frozenset({"vtt", "ass"})
"""Formats that can light each word when it is heard."""


def write(
    words: Sequence[Word], text: str, duration: float, format_: TimingFormat, options: SubtitleOptions
) -> bytes:
    """One subtitle file in UTF-8, lines ended by a line feed.

    `words` are in order, their tokens' offsets are into `text`, their times in seconds.
    """
    return _WRITERS[format_](words, text, duration, options).encode()

"""Timed words in, one subtitle file out.

To add a format: write `subtitles/<name>.py` with a `write` function of `Writer`'s shape
(`registry.py`), and a line in `SUBTITLE_FORMATS` of `f5_worker/catalog.py`.
"""

from f5_worker.catalog import SUBTITLE_FORMATS
from f5_worker.schemas import TimingFormat
from f5_worker.subtitle_options import SubtitleOptions
from f5_worker.subtitles.registry import WRITERS
from f5_worker.subtitles.transcript import Transcript


def write(transcript: Transcript, format_: TimingFormat, options: SubtitleOptions) -> bytes:
    """One subtitle file in UTF-8, lines ended by a line feed."""
    return WRITERS[format_](transcript, options).encode()


def lost(format_: TimingFormat, options: SubtitleOptions) -> list[str]:
    """What was asked for that the format cannot show, in a sentence each."""
    part = SUBTITLE_FORMATS[format_]
    told = []
    if options.effect != "none" and options.effect not in part.effects:
        told.append(f"{format_} has no form of the effect {options.effect!r}, which ass has")
    if options.preset and not part.styled:
        told.append(f"{format_} has no colours, sizes and places of words, which ass has")
    return told

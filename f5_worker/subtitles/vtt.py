"""WebVTT: cues of escaped text, times in milliseconds, inline timestamps for karaoke."""

from collections.abc import Sequence
from html import escape

import pysubs2
from pysubs2.formats.webvtt import WebVTTFormat

from f5_worker.schemas import SubtitleOptions
from f5_worker.subtitles.clock import MILLISECONDS
from f5_worker.subtitles.cues import Cue, TimedWord, make_cues
from f5_worker.subtitles.plain import disarmed
from f5_worker.text.words import Word


def write(words: Sequence[Word], text: str, duration: float, options: SubtitleOptions) -> str:
    """The words as WebVTT; with `karaoke` each word but a cue's first carries `<00:00:01.230>`."""
    cues = make_cues(words, text, duration, options, MILLISECONDS)
    file = pysubs2.SSAFile()
    show = _karaoke if options.karaoke else _plain
    file.events = [pysubs2.SSAEvent(cue.start, cue.end, show(cue)) for cue in cues]
    return file.to_string("vtt", keep_ssa_tags=True)


def _plain(cue: Cue) -> str:
    return _escaped(cue.text("\n")).replace("\n", r"\N")


def _karaoke(cue: Cue) -> str:
    return r"\N".join(
        "".join(_lit(word, cue.start, first=not i) for i, word in enumerate(line)) for line in cue.lines
    )


def _lit(word: TimedWord, cue_start: int, *, first: bool) -> str:
    """The word with its timestamp, which must be later than the cue's own start (WebVTT, 4.2.2)."""
    stamp = f"<{WebVTTFormat.ms_to_timestamp(word.start)}>" if word.start > cue_start else ""
    return ("" if first else word.glue) + stamp + _escaped(word.text)


def _escaped(text: str) -> str:
    return escape(disarmed(text), quote=False)

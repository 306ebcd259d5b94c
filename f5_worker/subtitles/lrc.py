"""LRC: the lyrics of a music player, a line a cue; with an effect the enhanced form, a time a word.

Lines last until the next one: a cue that ends before the next begins is followed by an empty line. LRC has no
escape: what would be read as a time is taken apart by an invisible character.
"""

import re
from collections.abc import Iterator, Sequence

from f5_worker.subtitle_options import SubtitleOptions
from f5_worker.subtitles.clock import CENTISECONDS
from f5_worker.subtitles.cues import Cue, make_cues
from f5_worker.subtitles.plain import WORD_JOINER
from f5_worker.subtitles.transcript import Transcript

_BRACKET = re.compile(r"[\[<](?=\S)")


def write(transcript: Transcript, options: SubtitleOptions) -> str:
    """The words as LRC, times in centiseconds; the lines of a cue make one."""
    cues = make_cues(transcript, options, CENTISECONDS)
    show = _plain if options.effect == "none" else _enhanced
    return "".join(f"{line}\n" for line in _lines(cues, [show(cue) for cue in cues]))


def _lines(cues: Sequence[Cue], texts: Sequence[str]) -> Iterator[str]:
    starts = [*(cue.start for cue in cues[1:]), None]
    for cue, text, following in zip(cues, texts, starts, strict=True):
        yield f"[{_time(cue.start)}]{text}"
        if cue.end != following:
            yield f"[{_time(cue.end)}]"


def _plain(cue: Cue) -> str:
    return _escaped(cue.text(" "))


def _enhanced(cue: Cue) -> str:
    """Every word after the time at which it begins, and the last one's end."""
    shown = [f"<{_time(word.start)}> {_escaped(word.text)}" for word in cue.words]
    return " ".join([*shown, f"<{_time(cue.words[-1].end)}>"])


def _time(ticks: int) -> str:
    seconds, hundredths = divmod(ticks, CENTISECONDS)
    return f"{seconds // 60:02}:{seconds % 60:02}.{hundredths:02}"


def _escaped(text: str) -> str:
    return _BRACKET.sub(rf"\g<0>{WORD_JOINER}", text)

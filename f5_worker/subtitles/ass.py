r"""Advanced SubStation Alpha: styled cues for a video of 1920x1080, times in centiseconds.

The format has no escape of its own: `\{` is libass's, which is what ffmpeg, mpv and VLC render with,
and a backslash is taken apart from what follows it by an invisible character.
"""

import io
import unicodedata
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import ass

from f5_worker.schemas import SubtitleOptions
from f5_worker.subtitles.clock import CENTISECONDS
from f5_worker.subtitles.cues import Cue, make_cues
from f5_worker.subtitles.plain import disarmed
from f5_worker.text.words import Word

_WIDTH, _HEIGHT = 1920, 1080  # pixels; players scale it to the video
_ALIGNMENT = {"bottom": 2, "middle": 5, "top": 8}  # as on a numeric keypad, all centred
_MARGIN_SIDE = 96  # pixels, 5 % of the width: the usual title-safe area


def write(words: Sequence[Word], text: str, duration: float, options: SubtitleOptions) -> str:
    r"""The words as ASS; with `karaoke` every word is lit by `\k`, whose times add up to the cue's."""
    cues = make_cues(words, text, duration, options, CENTISECONDS)
    document = ass.Document()
    document.info.update(
        {
            "ScriptType": "v4.00+",
            "PlayResX": _WIDTH,
            "PlayResY": _HEIGHT,
            "WrapStyle": 0,  # a line too wide for the video is wrapped into even ones
            "ScaledBorderAndShadow": "yes",
        }
    )
    document.styles.append(_style(options, text))
    show = _karaoke if options.karaoke else _plain
    document.events.extend(
        ass.Dialogue(start=_time(cue.start), end=_time(cue.end), style="Default", text=show(cue))
        for cue in cues
    )
    file = io.StringIO()
    document.dump_file(file)
    return file.getvalue().removeprefix("\ufeff")


def _style(options: SubtitleOptions, text: str) -> ass.Style:
    r"""`\k` turns a word from the secondary into the primary colour when it is spoken."""
    style = options.style
    shown = style.highlight if options.karaoke else style.colour
    return ass.Style(
        name="Default",
        fontname=style.font,
        fontsize=style.size,
        bold=style.bold,
        primary_color=_colour(shown),
        secondary_color=_colour(style.colour),
        outline_color=_colour(style.outline_colour),
        back_color=_colour("#000000"),
        border_style=1,
        outline=style.outline,
        shadow=style.shadow,
        alignment=_ALIGNMENT[style.position],
        margin_l=_MARGIN_SIDE,
        margin_r=_MARGIN_SIDE,
        margin_v=style.margin,
        encoding=_encoding(text),
    )


def _encoding(text: str) -> int:
    """1, the default character set; -1 lets libass find the direction of a text from right to left."""
    return -1 if any(unicodedata.bidirectional(character) in ("R", "AL") for character in text) else 1


def _colour(rgb: str) -> ass.data.Color:
    red, green, blue = bytes.fromhex(rgb[1:])
    return ass.data.Color(r=red, g=green, b=blue, a=0)


def _time(ticks: int) -> timedelta:
    return timedelta(milliseconds=ticks * 10)


def _plain(cue: Cue) -> str:
    return _escaped(cue.text("\n")).replace("\n", r"\N")


def _karaoke(cue: Cue) -> str:
    r"""Each word after a `\k` of its length, and a `\k` without a word for each pause."""
    words = cue.words
    following = [*(later.start for _, later in pairwise(words)), cue.end]
    silences = {id(word): after - word.end for word, after in zip(words, following, strict=True)}
    shown = []
    for line in cue.lines:
        parts = []
        for index, word in enumerate(line):
            silence = silences[id(word)]
            parts.append(
                (word.glue if index else "") + rf"{{\k{word.end - word.start}}}{_escaped(word.text)}"
            )
            parts.append(rf"{{\k{silence}}}" if silence else "")
        shown.append("".join(parts))
    return r"\N".join(shown)


def _escaped(text: str) -> str:
    return disarmed(text).replace("{", r"\{").replace("}", r"\}")

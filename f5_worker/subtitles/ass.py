r"""Advanced SubStation Alpha: styled cues for a video of the canvas's size, times in centiseconds.

The format has no escape of its own: `\{` is libass's, which is what ffmpeg, mpv and VLC render with,
and a backslash is taken apart from what follows it by an invisible character.
"""

import io
import unicodedata
from datetime import timedelta

import ass

from f5_worker.subtitle_options import SubtitleOptions
from f5_worker.subtitles.ass_text import BOX, Line, lines_of
from f5_worker.subtitles.canvas import BOX_PADDING, Canvas, canvas_of
from f5_worker.subtitles.clock import CENTISECONDS
from f5_worker.subtitles.cues import make_cues
from f5_worker.subtitles.fonts import font_for
from f5_worker.subtitles.letter_widths import most_columns
from f5_worker.subtitles.transcript import Transcript

_ALIGNMENT = {"bottom": 2, "middle": 5, "top": 8}  # as on a numeric keypad, all centred


def write(transcript: Transcript, options: SubtitleOptions) -> str:
    """The words as ASS; `highlight`, `box`, `pop` and `underline` take a dialogue line a word."""
    canvas = canvas_of(options)
    fitting = _fitting(options, canvas)
    document = ass.Document()
    document.info.update(
        {
            "ScriptType": "v4.00+",
            "PlayResX": canvas.width,
            "PlayResY": canvas.height,
            "WrapStyle": 0,  # a line too wide for the video is wrapped into even ones
            "ScaledBorderAndShadow": "yes",
        }
    )
    document.styles.append(_style(transcript, options, canvas))
    if options.effect == "box":
        document.styles.append(_box_style(transcript, options, canvas))
    cues = make_cues(transcript, fitting, CENTISECONDS)
    document.events.extend(_dialogue(line) for cue in cues for line in lines_of(cue, fitting, canvas))
    file = io.StringIO()
    document.dump_file(file)
    return file.getvalue().removeprefix("\ufeff")


def _fitting(options: SubtitleOptions, canvas: Canvas) -> SubtitleOptions:
    """The options with lines no longer than the canvas is wide."""
    most = most_columns(canvas.room[0], options.style.size * canvas.scale)
    return options.model_copy(update={"max_line_chars": min(options.max_line_chars, most)})


def _dialogue(line: Line) -> ass.Dialogue:
    return ass.Dialogue(
        layer=line.layer, start=_time(line.start), end=_time(line.end), style="Default", text=line.text
    )


def _style(transcript: Transcript, options: SubtitleOptions, canvas: Canvas) -> ass.Style:
    r"""`\k` turns a word from the secondary into the primary colour when it is spoken."""
    style = options.style
    shown = style.highlight if options.effect in ("step", "sweep") else style.colour
    return ass.Style(
        name="Default",
        fontname=font_for(transcript) if style.font == "auto" else style.font,
        fontsize=round(style.size * canvas.scale),
        bold=style.bold,
        primary_color=_colour(shown),
        secondary_color=_colour(style.colour),
        outline_color=_colour(style.outline_colour),
        back_color=_colour("#000000"),
        border_style=1,
        outline=style.outline * canvas.scale,
        shadow=style.shadow * canvas.scale,
        alignment=_ALIGNMENT[style.position],
        margin_l=canvas.side[0],
        margin_r=canvas.side[1],
        margin_v=canvas.vertical[0 if style.position == "top" else 1],
        encoding=_encoding(transcript.text),
    )


def _box_style(transcript: Transcript, options: SubtitleOptions, canvas: Canvas) -> ass.Style:
    """The spoken word's: its outline is a filled box in the highlight colour."""
    box = _style(transcript, options, canvas)
    box.name = BOX
    box.border_style = 3
    box.outline_color = _colour(options.style.highlight)
    box.outline = BOX_PADDING * options.style.size * canvas.scale
    box.shadow = 0
    return box


def _encoding(text: str) -> int:
    """1, the default character set; -1 lets libass find the direction of a text from right to left."""
    return -1 if any(unicodedata.bidirectional(character) in ("R", "AL") for character in text) else 1


def _colour(rgb: str) -> ass.data.Color:
    red, green, blue = bytes.fromhex(rgb[1:])
    return ass.data.Color(r=red, g=green, b=blue, a=0)


def _time(ticks: int) -> timedelta:
    return timedelta(milliseconds=ticks * 10)

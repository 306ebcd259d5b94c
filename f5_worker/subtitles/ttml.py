"""TTML: the text profile of IMSC 1.1 (W3C), times in milliseconds.

Everything stands in one region, which keeps the safe zone free; sizes are percent of its cells or of the
picture. With an effect every word is a span that `set` changes while it is spoken; nothing can grow in a line
without moving the others, so `pop` and `sweep` are a change of colour.
"""

from collections.abc import Iterator
from itertools import chain
from xml.sax.saxutils import escape, quoteattr

from f5_worker.subtitle_options import SubtitleOptions
from f5_worker.subtitles.canvas import canvas_of
from f5_worker.subtitles.clock import MILLISECONDS
from f5_worker.subtitles.cues import Cue, make_cues
from f5_worker.subtitles.shots import shots_of
from f5_worker.subtitles.transcript import Transcript

_PROFILE = "http://www.w3.org/ns/ttml/profile/imsc1.1/text"
_ALIGN = {"bottom": "after", "middle": "center", "top": "before"}
_EM = 0.8  # of the height of a line, which is what a style's size is


def write(transcript: Transcript, options: SubtitleOptions) -> str:
    """The words as TTML."""
    cues = make_cues(transcript, options, MILLISECONDS)
    return "\n".join(chain(_head(transcript, options), (_paragraph(cue, options) for cue in cues), _TAIL))


_TAIL = ("</div></body>", "</tt>", "")


def _head(transcript: Transcript, options: SubtitleOptions) -> Iterator[str]:
    canvas, style = canvas_of(options), options.style
    left, top = 100 * canvas.side[0] / canvas.width, 100 * canvas.vertical[0] / canvas.height
    width, height = 100 * canvas.room[0] / canvas.width, 100 * canvas.room[1] / canvas.height
    letters = 100 * style.size * canvas.scale * _EM / canvas.height
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield (
        '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling" '
        'xmlns:ttp="http://www.w3.org/ns/ttml#parameter" '
        f'xmlns:ittp="http://www.w3.org/ns/ttml/profile/imsc1#parameter" '
        f"xml:lang={quoteattr(transcript.language)} "
        f'ttp:contentProfiles="{_PROFILE}" ttp:timeBase="media" ttp:cellResolution="100 100" '
        f'ittp:aspectRatio="{canvas.width} {canvas.height}">'
    )
    yield "<head><styling>"
    yield (
        f'<style xml:id="words" tts:color="{style.colour}" tts:fontFamily="proportionalSansSerif" '
        f'tts:fontSize="{letters:.4g}c" tts:fontWeight="{"bold" if style.bold else "normal"}" '
        f'tts:textOutline="{style.outline_colour} {_outline(options):.3g}%"/>'
    )
    yield "</styling><layout>"
    yield (
        f'<region xml:id="place" tts:origin="{left:.4g}% {top:.4g}%" tts:extent="{width:.4g}% {height:.4g}%" '
        f'tts:displayAlign="{_ALIGN[style.position]}" tts:textAlign="center"/>'
    )
    yield '</layout></head><body region="place" style="words"><div>'


def _outline(options: SubtitleOptions) -> float:
    """Percent of the letters' size; IMSC allows 10 at most."""
    return min(10.0, 100 * options.style.outline / (options.style.size * _EM))


def _paragraph(cue: Cue, options: SubtitleOptions) -> str:
    times = f'begin="{_time(cue.start)}" end="{_time(cue.end)}"'
    if options.effect == "none":
        return f"<p {times}>{_escaped(cue.text(chr(10)))}</p>"
    lit = {shot.lit: (shot.start, shot.end) for shot in shots_of(cue, options, MILLISECONDS)}
    count, shown = 0, ""
    for number, line in enumerate(cue.lines):
        shown += "<br/>" if number else ""
        for place, word in enumerate(line):
            shown += word.glue if place else ""
            shown += _span(word.text, lit.get(count), cue, options)
            count += 1
    return f"<p {times}>{shown}</p>"


def _span(text: str, lit: tuple[int, int] | None, cue: Cue, options: SubtitleOptions) -> str:
    """The word, with what changes while it is spoken, in seconds since the cue's begin."""
    if lit is None:
        return f"<span>{_escaped(text)}</span>"
    start, end = lit[0] - cue.start, cue.end - cue.start if _stays(options) else lit[1] - cue.start
    change = f'<set begin="{_time(start)}" end="{_time(end)}" {_look(options)}/>'
    return f"<span>{change}{_escaped(text)}</span>"


def _stays(options: SubtitleOptions) -> bool:
    """Whether a word that has been spoken stays lit."""
    return options.effect in ("step", "sweep")


def _look(options: SubtitleOptions) -> str:
    match options.effect:
        case "box":
            return f'tts:backgroundColor="{options.style.highlight}"'
        case "underline":
            return 'tts:textDecoration="underline"'
        case _:
            return f'tts:color="{options.style.highlight}"'


def _time(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, MILLISECONDS)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"


def _escaped(text: str) -> str:
    return escape(text).replace("\n", "<br/>")

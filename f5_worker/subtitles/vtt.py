"""WebVTT: cues of escaped text, times in milliseconds; inline timestamps, or a marked word a cue.

`step` and `sweep` are inline timestamps, with which a player can tell what has been said. The other effects
take a cue a word, in which that word has the class `lit`; the file's style block says how it looks.
"""

from collections.abc import Iterator
from html import escape
from math import ceil

from pysubs2.formats.webvtt import WebVTTFormat

from f5_worker.subtitle_options import Effect, SubtitleOptions
from f5_worker.subtitles.canvas import safe_zone
from f5_worker.subtitles.clock import MILLISECONDS
from f5_worker.subtitles.cues import Cue, TimedWord, make_cues
from f5_worker.subtitles.plain import disarmed
from f5_worker.subtitles.shots import shots_of
from f5_worker.subtitles.transcript import Transcript

_LINE_HEIGHT = 0.0533  # of the video's height, in browsers (WebVTT, 7.4: the font is 5vh)


def write(transcript: Transcript, options: SubtitleOptions) -> str:
    """The words as WebVTT, with a style block where an effect or a preset asks for a look."""
    settings = _settings(options)
    blocks = ["WEBVTT"]
    blocks += [_style(options)] if options.effect != "none" or options.preset else []
    number = 0
    for cue in make_cues(transcript, options, MILLISECONDS):
        place = _place(cue, options) + settings
        for start, end, text in _parts(cue, options):
            number += 1
            blocks.append(f"{number}\n{_stamp(start)} --> {_stamp(end)}{place}\n{text}")
    return "".join(f"{block}\n\n" for block in blocks)


def _parts(cue: Cue, options: SubtitleOptions) -> Iterator[tuple[int, int, str]]:
    """What is shown of a cue: start and end in milliseconds, and the text."""
    if options.effect == "none":
        yield cue.start, cue.end, _escaped(cue.text("\n"))
    elif options.effect in ("step", "sweep"):
        yield cue.start, cue.end, _karaoke(cue)
    else:
        words = [_escaped(word.text) for word in cue.words]
        seams = [seam for line in cue.lines for seam in ("\n", *(word.glue for word in line[1:]))]
        seams[0] = ""
        for shot in shots_of(cue, options, MILLISECONDS):
            parts = words.copy()
            if shot.lit is not None:
                parts[shot.lit] = f"<c.lit>{words[shot.lit]}</c>"
            text = "".join([part for pair in zip(seams, parts, strict=True) for part in pair])
            yield shot.start, shot.end, text


def _karaoke(cue: Cue) -> str:
    return "\n".join(
        "".join(_lit(word, cue.start, first=not i) for i, word in enumerate(line)) for line in cue.lines
    )


def _lit(word: TimedWord, cue_start: int, *, first: bool) -> str:
    """The word with its timestamp, which must be later than the cue's own start (WebVTT, 4.2.2)."""
    stamp = f"<{_stamp(word.start)}>" if word.start > cue_start else ""
    return ("" if first else word.glue) + stamp + _escaped(word.text)


def _style(options: SubtitleOptions) -> str:
    """The style block: only what players allow in `::cue` (WebVTT, 8.2.1)."""
    style = options.style
    weight = "; font-weight: bold" if style.bold else ""
    rules = [f"::cue {{ color: {style.colour}{weight} }}"]
    looks: dict[Effect, str] = {
        "highlight": f"::cue(.lit) {{ color: {style.highlight} }}",
        "box": f"::cue(.lit) {{ background: {style.highlight} }}",
        "pop": f"::cue(.lit) {{ color: {style.highlight}; font-size: 112% }}",
        "underline": "::cue(.lit) { text-decoration: underline }",
        "step": f"::cue(:past) {{ color: {style.highlight} }}",
        "sweep": f"::cue(:past) {{ color: {style.highlight} }}",
    }
    rules += [looks[options.effect]] if options.effect in looks else []
    return "STYLE\n" + "\n".join(rules)


def _place(cue: Cue, options: SubtitleOptions) -> str:
    """Which line the cue begins on, where it is not at the bottom: negative ones count from there."""
    zone = safe_zone(options)
    match options.style.position:
        case "top":
            return f" line:{ceil(zone.top / _LINE_HEIGHT)}"
        case "middle":
            return " line:45%"
        case _ if zone.bottom:
            return f" line:{-ceil(zone.bottom / _LINE_HEIGHT) - len(cue.lines)}"
        case _:
            return ""


def _settings(options: SubtitleOptions) -> str:
    """How wide the cue may be, and where its middle is, in percent of the video's width."""
    zone = safe_zone(options)
    if not zone.left and not zone.right:
        return ""
    width = 1 - zone.left - zone.right
    return f" position:{100 * (zone.left + width / 2):.4g}% size:{100 * width:.4g}%"


def _stamp(milliseconds: int) -> str:
    return WebVTTFormat.ms_to_timestamp(milliseconds)


def _escaped(text: str) -> str:
    return escape(disarmed(text), quote=False)

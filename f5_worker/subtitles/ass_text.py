r"""The dialogue lines of one cue, with ASS's override tags: `\k`, `\kf`, colours, boxes, sizes.

A word in another size would move its neighbours, so `pop` draws a cue twice: without the spoken word, and
nothing but the spoken word, grown. Centred lines keep the middle of a word where it is when it grows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from f5_worker.subtitle_options import SubtitleOptions
from f5_worker.subtitles.canvas import Canvas
from f5_worker.subtitles.clock import CENTISECONDS
from f5_worker.subtitles.cues import Cue, TimedWord
from f5_worker.subtitles.letter_widths import width_of
from f5_worker.subtitles.plain import disarmed
from f5_worker.subtitles.shots import shots_of

BOX = "Box"  # the name of the style of a word in a box

_GROWTH = 112  # percent: the spoken word of `pop`
_GROWING = 80  # milliseconds
_POP_GLUE = "  "  # room to grow into
_KARAOKE = {"step": r"\k", "sweep": r"\kf"}
_HIDDEN = r"{\alpha&HFF&}"


@dataclass(frozen=True)
class Line:
    """One dialogue line, from tick `start` to tick `end`; higher layers are drawn over lower ones."""

    layer: int
    start: int
    end: int
    text: str


def lines_of(cue: Cue, options: SubtitleOptions, canvas: Canvas) -> Iterator[Line]:
    """What shows the cue, and which of its words is spoken."""
    glue = _POP_GLUE if options.effect == "pop" else " "
    size = _size_tag(cue, options, canvas, glue)
    if options.effect in _KARAOKE:
        yield Line(0, cue.start, cue.end, size + _karaoke(cue, _KARAOKE[options.effect]))
        return
    words = [_escaped(word.text) for word in cue.words]
    if options.effect == "none":
        seams = _seams(cue, glue)
        yield Line(0, cue.start, cue.end, size + _joined(seams, words))
        return
    seams = _kept_apart(_seams(cue, glue), options.style.colour)
    for shot in shots_of(cue, options, CENTISECONDS):
        if shot.lit is None:
            yield Line(0, shot.start, shot.end, size + _joined(seams, words))
            continue
        for layer, (before, lit, after) in enumerate(_looks(words[shot.lit], options, size)):
            parts = [*words[: shot.lit], lit + after, *words[shot.lit + 1 :]]
            yield Line(layer, shot.start, shot.end, size + before + _joined(seams, parts))


def _looks(word: str, options: SubtitleOptions, size: str) -> Sequence[tuple[str, str, str]]:
    """Of each layer: what stands before the cue, the spoken word, and what ends its look."""
    colour = rf"\1c{_colour(options.style.highlight)}"
    match options.effect:
        case "highlight":
            return [("", rf"{{{colour}}}{word}", r"{\1c}")]
        case "underline":
            return [("", rf"{{\u1}}{word}", r"{\u0}")]
        case "box":
            return [("", rf"{{\r{BOX}}}{size}{word}", rf"{{\r}}{size}")]
        case _:
            grown = rf"\t(0,{_GROWING},\fscx{_GROWTH}\fscy{_GROWTH})"
            return [
                ("", rf"{_HIDDEN}{word}", r"{\alpha&H00&}"),
                (_HIDDEN, rf"{{\alpha&H00&{colour}{grown}}}{word}", rf"{{\r}}{size}{_HIDDEN}"),
            ]


def _size_tag(cue: Cue, options: SubtitleOptions, canvas: Canvas, glue: str) -> str:
    r"""`\fs` for a cue that is too large for the canvas, because of a long word or large letters."""
    size = options.style.size * canvas.scale
    width, height = canvas.room
    growth = _GROWTH / 100 if options.effect == "pop" else 1.0
    widest = max(width_of(glue.join(word.text for word in line), size) for line in cue.lines)
    scale = min(width / (widest * growth), height / (len(cue.lines) * size * growth))
    return rf"{{\fs{max(1, int(size * scale))}}}" if scale < 1 else ""


def _seams(cue: Cue, glue: str) -> list[str]:
    """What stands before each word: nothing, a space, or the end of the line before."""
    seams = []
    for number, line in enumerate(cue.lines):
        seams.append(r"\N" if number else "")
        seams += [word.glue.replace(" ", glue) for word in line[1:]]
    return seams


def _kept_apart(seams: Sequence[str], colour: str) -> list[str]:
    """Every other word is given a colour of its own, which nobody can tell from the style's.

    libass sets words of one look in one go, and rounds between two looks: without this the words after the
    lit one would tremble by a pixel.
    """
    blue = int(colour[5:7], 16)
    twin = f"{colour[:5]}{blue - 1 if blue else 1:02X}"
    tags = (rf"{{\1c{_colour(colour)}}}", rf"{{\1c{_colour(twin)}}}")
    return [seam + tags[index % 2] for index, seam in enumerate(seams)]


def _joined(seams: Sequence[str], words: Sequence[str]) -> str:
    return "".join([part for pair in zip(seams, words, strict=True) for part in pair])


def _karaoke(cue: Cue, tag: str) -> str:
    r"""Each word after a tag of its length, and a `\k` without a word for each pause."""
    words = cue.words
    following = [*(later.start for _, later in pairwise(words)), cue.end]
    silences = {id(word): after - word.end for word, after in zip(words, following, strict=True)}
    return r"\N".join(_sung(line, silences, tag) for line in cue.lines)


def _sung(line: Sequence[TimedWord], silences: dict[int, int], tag: str) -> str:
    parts = []
    for index, word in enumerate(line):
        silence = silences[id(word)]
        parts.append((word.glue if index else "") + rf"{{{tag}{word.end - word.start}}}{_escaped(word.text)}")
        parts.append(rf"{{\k{silence}}}" if silence else "")
    return "".join(parts)


def _colour(rgb: str) -> str:
    """An override tag's colour: blue, green, red."""
    return f"&H{rgb[5:7]}{rgb[3:5]}{rgb[1:3]}&"


def _escaped(text: str) -> str:
    return disarmed(text).replace("{", r"\{").replace("}", r"\}")

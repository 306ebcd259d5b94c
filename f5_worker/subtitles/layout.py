"""Where a run of words is cut: into lines that fit, at the places where it harms reading least.

The best cut is the cheapest one, found by dynamic programming over all words; a piece costs more the
worse the place it ends at, the more of its width it leaves empty, and the more it runs across.
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from f5_worker.text.breaks import Break

# Cost of ending a piece at a break, and of running across it. The figures matter only against one
# another: a full stop is a welcome end, a clause a good one, the middle of a phrase a last resort.
_ENDING = {
    Break.PARAGRAPH: 0.0,
    Break.SENTENCE: 0.0,
    Break.CLAUSE: 1.0,
    Break.CHARACTER: 3.0,
    Break.WORD: 4.0,
}
_CROSSING = {
    Break.PARAGRAPH: 100.0,
    Break.SENTENCE: 2.0,
    Break.CLAUSE: 0.0,
    Break.CHARACTER: 0.0,
    Break.WORD: 0.0,
}
_CROSSING_PAUSE = 6.0  # nobody reads on while the speaker is silent
_EMPTINESS = 4.0  # for a piece that leaves all of its width empty
_PIECE = 1.0  # a range more must be worth it
_FEWEST = 1e6  # no cost is worth a range more
_LONELY = 10.0  # a single short word by itself
_SHORT = 8  # columns


@dataclass(frozen=True)
class Piece:
    """One word as the layout sees it.

    `glue` is what stands between the word before and this one when they share a line, `after` the
    break that follows it, `pause` whether the speaker is silent for long after it.
    """

    text: str
    glue: str
    after: Break
    pause: bool


def columns(text: str) -> int:
    """Width of a text: two columns for a wide (East Asian) character, one for any other."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def cut(pieces: Sequence[Piece], width: int, lines: int) -> list[range]:
    """Cut into ranges that each fit `lines` lines of `width` columns, where it reads best.

    A word wider than a line stays whole, in a line of its own.
    """
    return _cheapest(pieces, width, lines, _PIECE)


def wrap(pieces: Sequence[Piece], width: int) -> list[range]:
    """Cut into as few lines of `width` columns as possible, and among those where it reads best."""
    return _cheapest(pieces, width, 1, _FEWEST)


def _cheapest(pieces: Sequence[Piece], width: int, lines: int, each: float) -> list[range]:
    widths = [columns(piece.text) for piece in pieces]
    crossing = list(accumulate((_crossing(piece) for piece in pieces), initial=0.0))
    best: list[tuple[float, int]] = [
        (0.0, 0)
    ]  # of the first n words: their cost, where the last range begins
    for end in range(1, len(pieces) + 1):
        options = (
            (best[start][0] + _cost(pieces, widths, start, end, empty) - crossing[start], start)
            for start, empty in _starts(pieces, widths, end, width, lines)
        )
        cost, start = min(options)
        best.append((cost + each + crossing[end - 1], start))
    return _ranges(best)


def _crossing(piece: Piece) -> float:
    return _CROSSING[piece.after] + (_CROSSING_PAUSE if piece.pause else 0.0)


def _cost(pieces: Sequence[Piece], widths: Sequence[int], start: int, end: int, empty: float) -> float:
    """What the range costs; `empty` is the part of its room, 0 to 1, that it leaves empty."""
    cost = _EMPTINESS * empty * empty
    if end < len(pieces) and not pieces[end - 1].pause:
        cost += _ENDING[pieces[end - 1].after]
    if end - start == 1 and widths[start] < _SHORT:
        cost += _LONELY
    return cost


def _starts(
    pieces: Sequence[Piece], widths: Sequence[int], end: int, width: int, lines: int
) -> list[tuple[int, float]]:
    """Where a range that ends before word `end` may start, with the part of its room left empty.

    The lines are filled backwards from the end, which needs no more of them than any other way.
    """
    found: list[tuple[int, float]] = []
    used, line = 1, 0
    for start in range(end - 1, -1, -1):
        glued = line + widths[start] + (len(pieces[start + 1].glue) if line else 0)
        if line and glued > width:
            used, line = used + 1, widths[start]
        else:
            line = glued
        if used > lines:
            break
        filled = (used - 1 + min(line, width) / width) / lines
        found.append((start, 1 - filled))
    return found


def _ranges(best: Sequence[tuple[float, int]]) -> list[range]:
    ranges: list[range] = []
    end = len(best) - 1
    while end:
        start = best[end][1]
        ranges.append(range(start, end))
        end = start
    return ranges[::-1]


def split_after(pieces: Sequence[Piece], ends: Callable[[Piece], bool]) -> list[range]:
    """Cut after every word for which `ends` is true, and after the last."""
    ranges: list[range] = []
    start = 0
    for index, piece in enumerate(pieces):
        if ends(piece) or index + 1 == len(pieces):
            ranges.append(range(start, index + 1))
            start = index + 1
    return ranges

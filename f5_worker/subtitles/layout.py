"""Where a run of words is cut: into lines that fit, at the places where it harms reading least.

The best cut is the cheapest one, found by dynamic programming over all words; a piece costs more the
worse the place it ends at, the more of its width it leaves empty, and the more it runs across.
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

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
_CLINGING = 2.0  # for parting an article or a preposition from what it belongs to


@dataclass(frozen=True)
class Piece:
    """One word as the layout sees it.

    `glue` is what stands between the word before and this one when they share a line, `after` the
    break that follows it, `pause` whether the speaker is silent for long after it, `clings` whether it
    belongs to the word after it, as an article does.
    """

    text: str
    glue: str
    after: Break
    pause: bool
    clings: bool = False


@dataclass(frozen=True)
class Room:
    """What a range must fit: so many lines of `width` columns, and at most so many words."""

    width: int
    lines: int
    words: int | None = None


def columns(text: str) -> int:
    """Width of a text: two columns for a wide (East Asian) character, one for any other."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def cut(pieces: Sequence[Piece], room: Room) -> list[range]:
    """Cut into ranges that each fit the room, where it reads best.

    A word wider than a line stays whole, in a line of its own.
    """
    return _cheapest(pieces, room, _PIECE)


def wrap(pieces: Sequence[Piece], width: int) -> list[range]:
    """Cut into as few lines of `width` columns as possible, and among those where it reads best."""
    return _cheapest(pieces, Room(width, 1), _FEWEST)


def _cheapest(pieces: Sequence[Piece], room: Room, each: float) -> list[range]:
    """The cheapest ranges, by dynamic programming; the starts of one line's ranges are weighed together."""
    widths = [columns(piece.text) for piece in pieces]
    first_of_line = _first_of_line(pieces, widths, room.width)
    ends_at, without_glue = _positions(pieces, widths)
    crossing = np.array(list(accumulate((_crossing(piece) for piece in pieces), initial=0.0)))
    best = np.zeros(len(pieces) + 1)  # cost of the first n words
    begins = [0] * (len(pieces) + 1)  # where the last range of the first n words begins
    for end in range(1, len(pieces) + 1):
        cheapest: tuple[float, int] | None = None
        right, fewest = end, 0 if room.words is None else end - room.words
        for line in range(room.lines):
            left = max(first_of_line[right - 1], fewest)
            filled = np.minimum(ends_at[right] - without_glue[left:right], room.width) / room.width
            empty = 1 - (line + filled) / room.lines
            costs = best[left:right] + _EMPTINESS * empty * empty - crossing[left:right]
            if line == 0 and widths[end - 1] < _SHORT:
                costs[-1] += _LONELY
            start = int(costs.argmin())
            found = (float(costs[start]), left + start)
            cheapest = found if cheapest is None else min(cheapest, found)
            right = left
            if right <= max(fewest, 0):
                break
        cost, begins[end] = cheapest or (0.0, 0)
        best[end] = cost + _ending(pieces, end) + each + crossing[end - 1]
    return _ranges(begins)


def _first_of_line(pieces: Sequence[Piece], widths: Sequence[int], width: int) -> list[int]:
    """For every word the first one that a line that ends with it can begin with."""
    first, line = 0, 0
    found = []
    for index, piece in enumerate(pieces):
        line += widths[index] + (len(piece.glue) if index > first else 0)
        while line > width and first < index:
            line -= widths[first] + len(pieces[first + 1].glue)
            first += 1
        found.append(first)
    return found


def _positions(pieces: Sequence[Piece], widths: Sequence[int]) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Columns before the end of the first n words, and before word n without the glue before it."""
    glues = np.array([len(piece.glue) for piece in pieces], int)
    ends_at = np.concatenate([[0], np.cumsum(glues + np.array(widths, int))])
    return ends_at, ends_at[:-1] + glues


def _crossing(piece: Piece) -> float:
    return _CROSSING[piece.after] + (_CROSSING_PAUSE if piece.pause else 0.0)


def _ending(pieces: Sequence[Piece], end: int) -> float:
    """What it costs to end a range after the first `end` words."""
    last = pieces[end - 1]
    if end == len(pieces) or last.pause:
        return 0.0
    return _ENDING[last.after] + (_CLINGING if last.clings else 0.0)


def _ranges(begins: Sequence[int]) -> list[range]:
    ranges: list[range] = []
    end = len(begins) - 1
    while end:
        start = begins[end]
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

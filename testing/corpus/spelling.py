"""Which letters of a word spell which of its sounds, so that every letter has a time."""

from collections.abc import Sequence
from itertools import pairwise

_STRESS = "',%="
_VOWELS = "aeiou"
_VOWEL_SOUNDS = "aeiouAEIOUV@03"  # what espeak-ng's names of vowels begin with
_EITHER = "ywrh"  # letters that may spell a part of a vowel
# By letter: what the names of the sounds that it spells begin with, if not with the letter itself.
_TABLE = """
    c kstS   d dtJ   f fv   g gdN   h hSTDf   j dJ   l l@   n nN   o w   p pf   q k   r r3@   s szSZ
    t tTDSd   u wj   x kgzs   y jiaI   z zs
"""
_FIELDS = _TABLE.split()
_SOUNDS_OF = dict(zip(_FIELDS[::2], _FIELDS[1::2], strict=True))


def letter_starts(word: str, sounds: Sequence[str], bounds: Sequence[float]) -> tuple[float, ...]:
    """When each letter begins: letters of one sound share its time evenly.

    `sounds` are espeak-ng's names of phonemes, `bounds` when each begins and, last, when the last one ends.
    """
    starts: dict[int, float] = {}
    for letters, (start, end) in zip(_spelt(word.lower(), sounds), pairwise(bounds), strict=True):
        for place, letter in enumerate(letters):
            starts.setdefault(letter, start + (end - start) * place / len(letters))
    return tuple(starts[letter] for letter in range(len(word)))


def _spelt(word: str, sounds: Sequence[str]) -> list[range]:
    """The letters of every sound, at least one, from the cheapest path through all pairs of both."""
    costs: dict[tuple[int, int], float] = {(-1, -1): 0.0}
    before: dict[tuple[int, int], tuple[int, int]] = {}
    for row, sound in enumerate(sounds):
        for column, letter in enumerate(word):
            ways = ((row - 1, column - 1), (row - 1, column), (row, column - 1))
            way = min(ways, key=lambda place: costs.get(place, float("inf")))
            costs[row, column] = costs.get(way, float("inf")) + _misfit(letter, sound)
            before[row, column] = way
    place = len(sounds) - 1, len(word) - 1
    columns: list[list[int]] = [[] for _ in sounds]
    while place != (-1, -1):
        columns[place[0]].append(place[1])
        place = before[place]
    return [range(min(each), max(each) + 1) for each in columns]


def _misfit(letter: str, sound: str) -> float:
    """Rough costs: what counts is that consonants meet consonants and vowels meet vowels."""
    first = sound.lstrip(_STRESS)[:1]
    if first in _SOUNDS_OF.get(letter, letter):
        return 0.1
    if letter in _EITHER:
        return 0.6
    return 0.5 if letter in _VOWELS and first in _VOWEL_SOUNDS else 1.0

"""Written text ─▶ the words as they are said, each knowing the characters it stands for.

Digits, money, times, dates, percent, units, abbreviations and symbols are spelt out with num2words and
CLDR (through Babel), for every language that num2words knows; what cannot be spelt out stays as it is.

    spell_out("It costs $5.", "en").text     "It costs five dollars."         what an engine is given
    spoken_words(chunk, "en")                it, costs, five, dollars         what an aligner is given
"""

import unicodedata
from dataclasses import dataclass
from itertools import groupby

from f5_worker.text.chunks import Chunk
from f5_worker.text.normalization.readings import Reading, readings


@dataclass(frozen=True)
class Spelled:
    """A text ready to be said: `origins[i]` is the offset in the written text that `text[i]` stands for."""

    text: str
    origins: tuple[int, ...]


@dataclass(frozen=True)
class SpokenWord:
    """One word as said: lower case, no punctuation; `token` is the index of the written token it belongs to.

    `start` is the offset in the whole text, in characters, of the first character it stands for.
    """

    text: str
    token: int
    start: int


def spell_out(text: str, language: str) -> Spelled:
    """Replace what is not said as it is written; all else, punctuation and line breaks included, is kept."""
    spelled = ""
    origins: list[int] = []
    position = 0
    for reading in (*readings(text, language), Reading(len(text), len(text), "")):
        between = text[position : reading.start]
        gap = _gap(spelled, between) if position else ""
        spelled += gap + between
        origins += [position] * len(gap) + list(range(position, reading.start))
        said = _gap(spelled, reading.said) + reading.said
        spelled += said
        width = reading.end - reading.start
        origins += (reading.start + width * index // len(said) for index in range(len(said)))
        position = reading.end
    return Spelled(spelled, tuple(origins))


def spoken_words(chunk: Chunk, language: str) -> tuple[SpokenWord, ...]:
    """Every word said for the chunk's tokens, in order.

    A token may have several words ("$5": five, dollars) or none (a symbol that no table knows).
    """
    spelled = spell_out(chunk.text, language)
    owners = _owners(chunk)

    def kind(index: int) -> tuple[bool, int | None]:
        return _is_said(spelled.text[index]), owners[spelled.origins[index]]

    words: list[SpokenWord] = []
    for (said, owner), group in groupby(range(len(spelled.text)), kind):
        indices = list(group)
        text = _plain(spelled.text[indices[0] : indices[-1] + 1])
        if said and text and owner is not None:
            words.append(SpokenWord(text, owner, chunk.start + spelled.origins[indices[0]]))
    return tuple(words)


def say(text: str, language: str) -> list[str]:
    """The words that are said for a text of its own, as `spoken_words` gives them."""
    runs = groupby(spell_out(text, language).text, _is_said)
    words = [_plain("".join(run)) for said, run in runs if said]
    return [word for word in words if word]


def _gap(before: str, after: str) -> str:
    """The space that keeps a reading apart from a letter or digit that touches it (F5, 3D, AT&T)."""
    return " " if before[-1:].isalnum() and after[:1].isalnum() else ""


def _owners(chunk: Chunk) -> list[int | None]:
    """The index of the token each character of the chunk belongs to."""
    owners: list[int | None] = [None] * len(chunk.text)
    for index, token in enumerate(chunk.tokens):
        for position in range(token.start - chunk.start, token.end - chunk.start):
            owners[position] = index
    return owners


def _plain(word: str) -> str:
    return word.lower().replace("’", "'").strip("'")


def _is_said(character: str) -> bool:
    return character in "'’" or unicodedata.category(character)[0] in "LNM"

"""The written words of a text: where each one stands, and, once spoken, when it is heard."""

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class Token:
    """One written word, punctuation included: `text == source[start:end]` (characters)."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Word:
    """A token with the time it is heard: `start` and `end` in seconds of the audio.

    `score` is 0 to 1, or None where the method gives none; `method` is the timer that measured it.
    """

    token: Token
    start: float
    end: float
    score: float | None
    method: str


def tokenize(text: str, start: int, end: int) -> tuple[Token, ...]:
    """Split `text[start:end]` into the words that are shown and timed; offsets are into `text`.

    Words are separated by white space; scripts written without it (Chinese, Japanese, Thai, Lao,
    Khmer, Myanmar) give one token a character. A piece without any letter or digit (a dash, an
    emoji, `-->`) cannot be timed by itself and joins the word before it, or the first word after.
    """
    pieces: list[tuple[int, int]] = []
    for left, right in _pieces(text, start, end):
        if pieces and (not is_speakable(text[left:right]) or not is_speakable(text[slice(*pieces[-1])])):
            pieces[-1] = (pieces[-1][0], right)
        else:
            pieces.append((left, right))
    return tuple(Token(text[left:right], left, right) for left, right in pieces)


def is_speakable(text: str) -> bool:
    """Whether `text` holds at least one letter or digit, without which there is nothing to say."""
    return any(unicodedata.category(character)[0] in "LN" for character in text)


# Blocks of scripts that do not put spaces between words, as (first, last) code points (Unicode 15).
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x3400, 0x4DBF),  # Han, extension A
    (0x4E00, 0x9FFF),  # Han
    (0xF900, 0xFAFF),  # Han, compatibility
    (0x20000, 0x323AF),  # Han, extensions B to H
)


def is_unspaced(character: str) -> bool:
    """Whether the character belongs to a script that is written without spaces between words."""
    point = ord(character)
    return any(first <= point <= last for first, last in _UNSPACED)


def _pieces(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Runs without white space, cut before every letter of an unspaced script and after it."""
    pieces: list[tuple[int, int]] = []
    left: int | None = None
    for position in range(start, end):
        character = text[position]
        if character.isspace():
            if left is not None:
                pieces.append((left, position))
            left = None
        elif left is None:
            left = position
        elif _starts_piece(text[position - 1], character):
            pieces.append((left, position))
            left = position
    if left is not None:
        pieces.append((left, end))
    return pieces


def _starts_piece(before: str, character: str) -> bool:
    if unicodedata.category(character)[0] not in "LN":  # marks and punctuation stay with their letter
        return False
    return is_unspaced(character) or is_unspaced(before)

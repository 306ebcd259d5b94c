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

    `score` is 0 to 1, or None where the method gives none; `method` is the aligner that measured it.
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
    emoji, `-->`) cannot be timed by itself: it joins the word before it in the same line, else the
    next word, else the last one.
    """
    words: list[tuple[int, int]] = []
    waiting: int | None = None  # where symbols begin that join the next word
    for left, right in _pieces(text, start, end):
        if is_speakable(text[left:right]):
            words.append((left if waiting is None else waiting, right))
            waiting = None
        elif waiting is None and words and not _has_line_break(text[words[-1][1] : left]):
            words[-1] = (words[-1][0], right)
        elif waiting is None:
            waiting = left
    if waiting is not None:
        begin = words.pop()[0] if words else waiting
        words.append((begin, start + len(text[start:end].rstrip())))
    return tuple(Token(text[left:right], left, right) for left, right in words)


def _has_line_break(space: str) -> bool:
    return any(character in _LINE_BREAKS for character in space)


def is_speakable(text: str) -> bool:
    """Whether `text` holds at least one letter or digit, without which there is nothing to say."""
    return any(unicodedata.category(character)[0] in "LN" for character in text)


_LINE_BREAKS = "\n\r\u2028\u2029"

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
    """Whether a new piece begins between two characters with no space between them.

    An opening bracket or quotation mark belongs to what follows; all other marks and punctuation to
    what they follow.
    """
    if _opens(before):
        return False
    if unicodedata.category(character)[0] in "LN":
        return is_unspaced(character) or is_unspaced(before) or _is_wide_punctuation(before)
    return _opens(character) and (is_unspaced(before) or _is_wide_punctuation(before))


def _opens(character: str) -> bool:
    return unicodedata.category(character) in ("Ps", "Pi")


def _is_wide_punctuation(character: str) -> bool:
    """Chinese and Japanese punctuation holds its own space."""
    return unicodedata.category(character)[0] == "P" and unicodedata.east_asian_width(character) in "WF"

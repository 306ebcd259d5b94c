"""How wide a text is when it is drawn, without its font: close, and rather too wide than too narrow."""

import unicodedata
from functools import cache

# ASS sizes a font by the height of its lines; an em is 0.69 (Noto Sans CJK) to 0.9 (Arial) of that. Advances
# of bold FiraGO, Roboto and Arial, in parts of that size:
_NARROW, _USUAL, _CAPITAL, _BROAD = 0.32, 0.54, 0.66, 0.9
_COLUMN = 0.46  # mean of running text
_NARROW_LETTERS = "iIjlt fr.,:;!'|()[]-’‘·"
_BROAD_LETTERS = "mwMWÆŒæœ@%—…♥ЖШЩЮжшщю"


@cache
def _advance(character: str) -> float:
    category = unicodedata.category(character)
    if category in ("Mn", "Me", "Cf"):
        return 0.0
    if character in _BROAD_LETTERS or unicodedata.east_asian_width(character) in "WF":
        return _BROAD
    if character in _NARROW_LETTERS:
        return _NARROW
    return _CAPITAL if category == "Lu" else _USUAL


def width_of(text: str, size: float) -> float:
    """Pixels that the text may take in letters of `size` pixels."""
    return size * sum(map(_advance, text))


def most_columns(width: float, size: float) -> int:
    """Columns of running text that fit `width` pixels; 8 at least, however large the letters are."""
    return max(8, int(width / (size * _COLUMN)))

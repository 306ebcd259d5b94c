"""How the letters of a word are shown: as written, or in capitals, or without its punctuation."""

import unicodedata

from f5_worker.subtitle_options import SubtitleOptions

# Unicode 15, SpecialCasing.txt and CLDR's Upper transforms; str.upper knows what holds in every language,
# German's ß included.
_DOTTED = str.maketrans({"i": "İ", "ı": "I"})
_DOTTED_LANGUAGES = frozenset({"tr", "az"})
_GREEK_STRESS = "\u0301"  # tonos; Greek capitals carry none

_SAID = "%‰&@#§"  # punctuation to Unicode, but part of what is said


def shown(text: str, options: SubtitleOptions, language: str) -> str:
    """The word with its white space collapsed, in the letters that the options ask for."""
    text = " ".join(text.split())
    if options.punctuation == "drop":
        text = _without_punctuation(text)
    return uppercase(text, language) if options.uppercase else text


def uppercase(text: str, language: str) -> str:
    """The text in capitals, by the rules of its language."""
    if language in _DOTTED_LANGUAGES:
        text = text.translate(_DOTTED)
    upper = text.upper()
    if language == "el":
        upper = unicodedata.normalize("NFC", unicodedata.normalize("NFD", upper).replace(_GREEK_STRESS, ""))
    return upper


def _without_punctuation(text: str) -> str:
    """What stands inside a word, as in "don't" and "3.5", stays."""
    start, end = 0, len(text)
    while start < end and _is_mute(text[start]):
        start += 1
    while end > start and _is_mute(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_mute(character: str) -> bool:
    return character.isspace() or (unicodedata.category(character)[0] == "P" and character not in _SAID)

"""Which languages a script can be: one for most scripts, many for those that languages share."""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cache

# A script, as the names of its characters begin in Unicode ─▶ the languages that are looked for in it:
# those that espeak-ng speaks, num2words spells or WhisperX aligns. Of twins that a sentence does not tell
# apart one stands for both: Croatian for all that is written alike, Indonesian for Malay.
SCRIPT_LANGUAGES: dict[str, tuple[str, ...]] = {
    script: tuple(languages.split())
    for script, languages in {
        "LATIN": "af az ca cs cy da de en eo es et eu fi fo fr ga gd gl hr ht hu id is it ku la lb lt lv mt "
        "nl no om pl pt qu ro sk sl sq sv sw tk tl tr uz vi",
        "CYRILLIC": "ba be bg kk ky mk ru sr tg tt uk",
        "ARABIC": "ar fa ug ur",
        "DEVANAGARI": "hi mr ne",
        "BENGALI": "as bn",
        "CJK": "zh",
        "HIRAGANA": "ja",
        "KATAKANA": "ja",
        "HANGUL": "ko",
        "GREEK": "el",
        "HEBREW": "he",
        "ARMENIAN": "hy",
        "GEORGIAN": "ka",
        "ETHIOPIC": "am",
        "GURMUKHI": "pa",
        "GUJARATI": "gu",
        "ORIYA": "or",
        "TAMIL": "ta",
        "TELUGU": "te",
        "KANNADA": "kn",
        "MALAYALAM": "ml",
        "SINHALA": "si",
        "THAI": "th",
        "LAO": "lo",
        "KHMER": "km",
        "MYANMAR": "my",
        "TIBETAN": "bo",
    }.items()
}

_FOREIGN = 0.5  # what a Latin word counts in a text of another script: names and terms are written in it
_KANA = 0.1  # the share of kana in Chinese characters that makes them Japanese: a decorative の does not


@cache
def script_of(character: str) -> str:
    """The script of a letter, one of `SCRIPT_LANGUAGES`; "" for anything else."""
    wide = unicodedata.normalize("NFKC", character)[0]
    name = unicodedata.name(wide, "").split(" ")[0].split("-")[0]
    return name if name in SCRIPT_LANGUAGES and wide.isalpha() else ""


def main_script(words: Iterable[str]) -> str:
    """The script that most of the words begin in; "" where no word has a letter.

    A Chinese character counts as a word.
    """
    counts = Counter(script for word in words if (script := word_script(word)))
    kana = counts["HIRAGANA"] + counts["KATAKANA"]
    if kana >= _KANA * (kana + counts["CJK"]) and kana:
        counts["HIRAGANA"] = kana + counts.pop("CJK", 0)
    return max(counts, key=lambda script: counts[script] * (_FOREIGN if script == "LATIN" else 1), default="")


def word_script(word: str) -> str:
    """The script of the word's first letter; "" where it has none."""
    return next(filter(None, map(script_of, word)), "")

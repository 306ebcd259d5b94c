"""The fonts that come with the worker, and which font has the letters of a text.

FiraGO (SIL Open Font License 1.1) has Latin, Greek, Cyrillic, Arabic, Hebrew, Thai and Devanagari. No font of
reasonable size has Chinese, Japanese and Korean: for them the Noto fonts are named, which Linux
distributions have as fonts-noto-cjk or google-noto-sans-cjk-fonts.
"""

import pymupdf_fonts

from f5_worker.subtitle_options import FontFile
from f5_worker.subtitles.transcript import Transcript

FAMILY = "FiraGO"
LICENSE = "SIL Open Font License 1.1"

_FILES: dict[FontFile, str] = {"FiraGO-Regular": "figo", "FiraGO-Bold": "figbo"}

# First and last code points (Unicode 15) of letters that only one of the three is written with.
_KANA = ("\u3040", "\u30ff")
_HANGUL = ("\uac00", "\ud7a3")
_HAN = ("\u4e00", "\u9fff")


def font_for(transcript: Transcript) -> str:
    """The name of a font that has the letters of the text."""
    characters = set(transcript.text)
    if _has(characters, _HANGUL):
        return "Noto Sans CJK KR"
    if _has(characters, _KANA) or (transcript.language == "ja" and _has(characters, _HAN)):
        return "Noto Sans CJK JP"
    return "Noto Sans CJK SC" if _has(characters, _HAN) else FAMILY


def font_file(name: FontFile) -> bytes:
    """A TrueType file."""
    data: bytes = pymupdf_fonts.myfont(_FILES[name])
    return data


def installed() -> list[dict[str, str]]:
    """What comes with the worker, for `health`."""
    return [{"font": FAMILY, "file": name, "license": LICENSE} for name in _FILES]


def _has(characters: set[str], block: tuple[str, str]) -> bool:
    first, last = block
    return any(first <= character <= last for character in characters)

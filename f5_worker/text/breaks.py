"""How strong the break between two written words is: where a long text may be cut with least harm."""

import re
from enum import IntEnum

from f5_worker.text.words import Token


class Break(IntEnum):
    """What ends at a place in the text; a stronger break is a better place to cut."""

    CHARACTER = 0
    WORD = 1
    CLAUSE = 2
    SENTENCE = 3
    PARAGRAPH = 4


_CLOSERS = "\"'”’»›)]}」』）】》〉"  # may stand between the end of a sentence and the space after it
_TERMINATORS = ".!?…‽。｡！？．؟۔।॥։።။។"
_CLAUSE_ENDS = ",;:–—،؛、，；：·"

# Written with a full stop inside a sentence, whatever follows; lower case, without their last stop.
_ABBREVIATIONS = (
    "dr mr mrs ms prof rev hon st mt ft sr jr gen col lt sgt capt gov sen rep approx ca cf al vs etc inc ltd "
    "co corp dept est ave blvd rd mon tue wed thu fri "  # English, and what it shares with others
    "hr fr dipl ing bzw usw evtl ggf inkl exkl bsp str abs aufl bd tel vgl zzgl "  # German
    "mme mlle mm av env chap "  # French
    "sra srta ud uds dra pág aprox "  # Spanish, Portuguese
    "sig dott avv ecc pag "  # Italian
    "dhr mevr bijv blz enz"  # Dutch
)
# The same before a number only; some are words too.
_BEFORE_NUMBERS = (
    "no nos nr núm vol vols p pp fig figs eq ch sec art jan feb mar apr jun jul aug sep sept oct nov dec"
)
_SHORTENED = frozenset(_ABBREVIATIONS.split())
_SHORTENED_BEFORE_NUMBERS = frozenset(_BEFORE_NUMBERS.split())
_INITIALS = re.compile(r"(?:[^\W\d_]\.)+")  # J.   U.S.   z.B.   e.g.
_ORDINAL = re.compile(r"\d{1,2}\.")  # 3. Oktober   1. First point
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n|\r\r|\u2029")


def break_between(text: str, before: Token, after: Token) -> Break:
    """What ends between two tokens of `text` that follow one another."""
    gap = text[before.end : after.start]
    if _BLANK_LINE.search(gap):
        return Break.PARAGRAPH
    if _ends_sentence(before.text, after.text):
        return Break.SENTENCE
    bare = before.text.rstrip(_CLOSERS)
    if "\n" in gap or "\r" in gap or bare != before.text or bare[-1:] in _CLAUSE_ENDS:
        return Break.CLAUSE
    return Break.WORD


def _ends_sentence(word: str, following: str) -> bool:
    bare = word.rstrip(_CLOSERS)
    if bare[-1:] not in _TERMINATORS or not bare:
        return False
    if bare[-1] != "." or bare.endswith(".."):
        return True
    core = bare.lstrip("\"'“‘«‹([{„¿¡")
    if _INITIALS.fullmatch(core) or _ORDINAL.fullmatch(core) or _is_shortened(core[:-1].lower(), following):
        return False
    return not following[:1].islower()


def _is_shortened(word: str, following: str) -> bool:
    return word in _SHORTENED or (word in _SHORTENED_BEFORE_NUMBERS and following[:1].isdigit())

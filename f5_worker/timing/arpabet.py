"""espeak-ng's English phonemes ─▶ ARPABET, for words that the CMU dictionary does not hold.

The table was read off the words of the CMU dictionary where both give as many phones.
"""

from collections.abc import Iterable

_STRESS = "',%="

_PHONES = {
    **dict.fromkeys(("a", "aa"), "AE"),
    **dict.fromkeys(("@", "a#", "V", "@-", "@2"), "AH"),
    **dict.fromkeys(("0", "A:", "0#"), "AA"),
    **dict.fromkeys(("O:", "O2", "O"), "AO"),
    **dict.fromkeys(("A@",), "AA R"),
    **dict.fromkeys(("O@", "o@"), "AO R"),
    **dict.fromkeys(("3", "3:"), "ER"),
    **dict.fromkeys(("E", "E2"), "EH"),
    **dict.fromkeys(("I", "I#", "I2"), "IH"),
    **dict.fromkeys(("i", "i:", ";"), "IY"),
    **dict.fromkeys(("i@3",), "IH R"),
    **dict.fromkeys(("i@",), "IY AH"),
    **dict.fromkeys(("aI@",), "AY AH"),
    **dict.fromkeys(("aI3",), "AY ER"),
    **dict.fromkeys(("t", "t#", "t2"), "T"),
    **dict.fromkeys(("r", "r-"), "R"),
    **dict.fromkeys(("n", "n-"), "N"),
    **dict(zip("pbdkgfvTDszSZhmNljwx", "P B D K G F V TH DH S Z SH ZH HH M NG L Y W K".split(), strict=True)),
    **dict(zip("eI oU aI aU OI tS dZ d#".split(), "EY OW AY AW OY CH JH D".split(), strict=True)),
    **dict(zip("U u: u".split(), "UH UW UW".split(), strict=True)),
    **dict(zip("@L e@ U@".split(), ("AH L", "EH R", "UH R"), strict=True)),
}


def arpabet(phonemes: Iterable[str]) -> str:
    """Phones separated by spaces; what has no counterpart (pauses, glottal stops) is left out."""
    plain = (phoneme.lstrip(_STRESS) for phoneme in phonemes)
    return " ".join(_PHONES[phoneme] for phoneme in plain if phoneme in _PHONES)

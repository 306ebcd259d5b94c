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
    **{"@L": "AH L", "e@": "EH R", "U@": "UH R", "U": "UH", "u:": "UW", "u": "UW"},
    **{"eI": "EY", "oU": "OW", "aI": "AY", "aU": "AW", "OI": "OY"},
    **{"p": "P", "b": "B", "d": "D", "d#": "D", "k": "K", "g": "G", "f": "F", "v": "V", "T": "TH", "D": "DH"},
    **{"s": "S", "z": "Z", "S": "SH", "Z": "ZH", "h": "HH", "x": "K", "m": "M", "N": "NG", "l": "L"},
    **{"j": "Y", "w": "W", "tS": "CH", "dZ": "JH"},
}


def arpabet(phonemes: Iterable[str]) -> str:
    """Phones separated by spaces; what has no counterpart (pauses, glottal stops) is left out."""
    plain = (phoneme.lstrip(_STRESS) for phoneme in phonemes)
    return " ".join(_PHONES[phoneme] for phoneme in plain if phoneme in _PHONES)

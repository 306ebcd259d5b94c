"""espeak-ng's English phonemes ─▶ ARPABET, for words that the CMU dictionary does not hold.

The table was read off the words of the CMU dictionary where both give as many phones.
"""

from collections.abc import Iterable

_STRESS = "',%="

_TABLE = """
    a AE   aa AE   @ AH   a# AH   V AH   @- AH   @2 AH   0 AA   A: AA   0# AA   O: AO   O2 AO   O AO
    E EH   E2 EH   I IH   I# IH   I2 IH   i IY   i: IY   ; IY   U UH   u: UW   u UW   3 ER   3: ER
    eI EY   oU OW   aI AY   aU AW   OI OY   i@ IY-AH   i@3 IH-R   aI@ AY-AH   aI3 AY-ER   @L AH-L
    A@ AA-R   O@ AO-R   o@ AO-R   e@ EH-R   U@ UH-R
    p P   b B   t T   t# T   t2 T   d D   d# D   k K   x K   g G   f F   v V   T TH   D DH   s S   z Z   S SH
    Z ZH   h HH   m M   n N   n- N   N NG   l L   r R   r- R   j Y   w W   tS CH   dZ JH
"""
_FIELDS = _TABLE.split()
_PHONES = {ours: theirs.replace("-", " ") for ours, theirs in zip(_FIELDS[::2], _FIELDS[1::2], strict=True)}


def arpabet(phonemes: Iterable[str]) -> str:
    """Phones separated by spaces; what has no counterpart (pauses, glottal stops) is left out."""
    plain = (phoneme.lstrip(_STRESS) for phoneme in phonemes)
    return " ".join(_PHONES[phoneme] for phoneme in plain if phoneme in _PHONES)

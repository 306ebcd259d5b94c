"""What SRT, VTT and ASS share: text that no player takes for markup."""

# Zero width and no line break (Unicode 15, General Punctuation): put inside a sequence that a player
# would take for markup, it cannot be seen and takes the sequence apart.
WORD_JOINER = "\u2060"


def disarmed(text: str) -> str:
    r"""Candidate `\N`, `\h`, `{\an8}` and `-->` apart: they are the author's text, not markup.

    Players that hand SRT and VTT to an ASS renderer, as most do, read backslashes in all three.
    """
    return text.replace("\\", "\\" + WORD_JOINER).replace("-->", f"--{WORD_JOINER}>")

r"""SubRip: numbered cues of plain text, times in milliseconds.

SubRip has no escape for what players and parsers read as markup (`<i>`, `{\an8}`, a time): it is taken
apart by an invisible character, so that it shows as the author wrote it.
"""

import re

import pysubs2

from f5_worker.subtitle_options import SubtitleOptions
from f5_worker.subtitles.clock import MILLISECONDS
from f5_worker.subtitles.cues import make_cues
from f5_worker.subtitles.plain import WORD_JOINER, disarmed
from f5_worker.subtitles.transcript import Transcript


def write(transcript: Transcript, options: SubtitleOptions) -> str:
    """The words as SRT; what is asked of their look has no form in it."""
    cues = make_cues(transcript, options, MILLISECONDS)
    file = pysubs2.SSAFile()
    file.events = [
        pysubs2.SSAEvent(cue.start, cue.end, _escaped(cue.text("\n")).replace("\n", r"\N")) for cue in cues
    ]
    return file.to_string("srt", keep_ssa_tags=True)


# Parsers take any line with two of these for the times of a cue.
_TIME = re.compile(r"(:\d+)(?=[.,]\d)")


def _escaped(text: str) -> str:
    return _TIME.sub(rf"\1{WORD_JOINER}", disarmed(text)).replace("<", "<" + WORD_JOINER)

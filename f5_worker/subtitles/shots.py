"""A cue ─▶ the moments in which it looks the same: which of its words is lit from when to when."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from f5_worker.subtitle_options import SubtitleOptions
from f5_worker.subtitles.cues import Cue


@dataclass(frozen=True)
class Shot:
    """From tick `start` to tick `end` the cue's word number `lit` is lit, or none."""

    start: int
    end: int
    lit: int | None


def shots_of(cue: Cue, options: SubtitleOptions, ticks_per_second: int) -> Iterator[Shot]:
    """All of the cue's time, in order.

    A word stays lit until the next one if that begins within `hold`, and the last one to the cue's end.
    """
    hold = round(options.hold * ticks_per_second)
    words = cue.words
    for index, (word, following) in enumerate(pairwise(words)):
        end = following.start if following.start - word.end <= hold else word.end
        if word.start < end:
            yield Shot(word.start, end, index)
        if end < following.start:
            yield Shot(end, following.start, None)
    if words[-1].start < cue.end:
        yield Shot(words[-1].start, cue.end, len(words) - 1)

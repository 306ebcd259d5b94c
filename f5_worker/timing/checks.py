"""What the sound itself says about times: where there is speech, and whether the words fit it."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from f5_worker.audio import SAMPLE_RATE, Audio
from f5_worker.timing.word_timing import WordTiming

HOP = 0.01  # seconds a frame of loudness
_HOP_SAMPLES = round(HOP * SAMPLE_RATE)
_FLOOR_DB = -26.0  # below the loud parts of the chunk: what never gets louder is a pause, breath included
_FRINGE_DB = -34.0  # below the loud parts: soft consonants at the edge of a word, such as "f", are louder
_FRINGE = 0.1  # seconds that such an edge may last
_SILENCE = 1e-4  # -80 dBFS; a chunk that never gets louder holds no speech
_MIN_PAUSE = 0.08  # seconds; shorter ones are closures of plosives, inside words
_SCRAP = 0.05  # seconds; a shorter sound on the far side of a pause is not part of the word
_MAX_LEFT_OVER = 0.35  # seconds of speech before the first or after the last word


def loud_frames(audio: Audio) -> NDArray[np.bool_]:
    """Whether each frame of `HOP` seconds holds speech: [samples] ─▶ [frames]. All False in silence.

    Speech is what is loud, and what is softer right before or after it and not silent.
    """
    frames = len(audio) // _HOP_SAMPLES
    squares = np.square(audio[: frames * _HOP_SAMPLES], dtype=np.float64).reshape(frames, _HOP_SAMPLES)
    loudness = np.sqrt(squares.mean(axis=1))
    reference = np.percentile(loudness, 95) if frames else 0.0
    loud, soft = (
        loudness > max(reference * 10 ** (floor / 20), _SILENCE) for floor in (_FLOOR_DB, _FRINGE_DB)
    )
    for _ in range(round(_FRINGE / HOP)):
        loud[1:] |= loud[:-1].copy() & soft[1:]
        loud[:-1] |= loud[1:].copy() & soft[:-1]
    return np.asarray(loud)


def contiguous(heard: Sequence[WordTiming | None], loud: NDArray[np.bool_]) -> list[WordTiming | None]:
    """Leave nothing but pauses between words, whatever an aligner took for silence or noise.

    What sounds before a pause ends the word before it. Without a pause the next word begins where the one
    before it ends: a plosive begins with a silent closure, in which an aligner sees nothing of it yet.
    """
    joined = list(heard)
    for index in range(1, len(joined)):
        before, each = joined[index - 1], joined[index]
        if before is not None and each is not None and before.end < each.start:
            joined[index - 1 : index + 1] = _met(before, each, loud)
    return joined


def _met(before: WordTiming, each: WordTiming, loud: NDArray[np.bool_]) -> tuple[WordTiming, WordTiming]:
    first, last = round(before.end / HOP), round(each.start / HOP)
    pauses = _pauses(loud[first:last])
    if not pauses:
        return before, replace(each, start=before.end)
    start, end = first + pauses[0].start, first + pauses[-1].stop
    return replace(before, end=start * HOP), replace(each, start=end * HOP)


def _pauses(loud: NDArray[np.bool_]) -> list[range]:
    """The frames of every silence that is longer than a closure."""
    edges = np.flatnonzero(np.diff(loud, prepend=True, append=True)).reshape(-1, 2)
    silences = (range(start, end) for start, end in edges)
    return [silence for silence in silences if len(silence) * HOP >= _MIN_PAUSE]


def trimmed(heard: Sequence[WordTiming | None], loud: NDArray[np.bool_]) -> list[WordTiming | None]:
    """Candidate pauses off the ends of words (aligners stretch a word over the pause after it).

    A word that ends in at least `_MIN_PAUSE` of silence ends where the sound ends; one that begins in
    silence begins where the sound begins. A word that is silent throughout is left as it is.
    """
    return [_trimmed(each, loud) if each is not None else None for each in heard]


def _trimmed(heard: WordTiming, loud: NDArray[np.bool_]) -> WordTiming:
    first, last = round(heard.start / HOP), round(heard.end / HOP)
    sounding = _own(np.flatnonzero(loud[first:last]))
    if not len(sounding):
        return heard
    start, end = first + int(sounding[0]), first + int(sounding[-1]) + 1
    moved = heard
    if (start - first) * HOP >= _MIN_PAUSE:
        moved = replace(moved, start=start * HOP)
    if (last - end) * HOP >= _MIN_PAUSE:
        moved = replace(moved, end=end * HOP)
    return moved


def _own(sounding: NDArray[np.intp]) -> NDArray[np.intp]:
    """Leave out a scrap of sound before a word's first pause or after its last: it is its neighbour's."""
    pauses = np.flatnonzero(np.diff(sounding) * HOP >= _MIN_PAUSE) + 1
    if len(pauses) and pauses[0] * HOP < _SCRAP:
        sounding, pauses = sounding[pauses[0] :], pauses[1:] - pauses[0]
    if len(pauses) and (len(sounding) - pauses[-1]) * HOP < _SCRAP:
        sounding = sounding[: pauses[-1]]
    return sounding


def flaw(heard: Sequence[WordTiming | None], loud: NDArray[np.bool_]) -> str:
    """Why these times cannot be right, in one sentence; empty when nothing speaks against them."""
    timed = [each for each in heard if each is not None]
    sounding = np.flatnonzero(loud)
    if not timed:
        return "no word was found in the audio"
    if not len(sounding):
        return "the audio holds no speech"
    moments = [moment for each in timed for moment in (each.start, each.end)]
    if any(later < earlier for earlier, later in pairwise(moments)):
        return "the times go backwards"
    if moments[0] < 0 or moments[-1] > len(loud) * HOP + HOP:
        return "a time lies outside the chunk"
    return _left_over(moments, sounding)


def _left_over(moments: Sequence[float], sounding: NDArray[np.intp]) -> str:
    before = moments[0] - sounding[0] * HOP
    after = (sounding[-1] + 1) * HOP - moments[-1]
    if before > _MAX_LEFT_OVER:
        return f"there are {before:.1f} s of sound before the first word"
    if after > _MAX_LEFT_OVER:
        return f"there are {after:.1f} s of sound after the last word"
    return ""

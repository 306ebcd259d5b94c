"""Shorten long silences in speech, and move every span and word along: F5-TTS's `remove_silence`."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

# f5_tts.infer.utils_infer.remove_silence_for_generated_wav: pydub's split_on_silence with these numbers.
from f5_worker.audio import SAMPLE_RATE, Audio
from f5_worker.speech import Speech

_WINDOW = SAMPLE_RATE  # samples: a silence lasts at least 1000 ms
_STEP = SAMPLE_RATE // 100  # samples: looked for every 10 ms
_KEPT = SAMPLE_RATE // 2  # samples: 500 ms stay at either side of it
_THRESHOLD = 10 ** (-50 / 20)  # root mean square of a window, -50 dBFS

_Range = tuple[int, int]  # samples [first, last)


def remove_silence(speech: Speech) -> Speech:
    """Cut every silence of over a second down to one second, or half a second at either end.

    Silence that the text asked for (`[pause:3s]`: before the first span, and after a chunk that has a
    pause) keeps its exact length. Spans and words stay with the sound they belong to, to the sample.
    """
    asked = _asked_for(speech)
    cuts = [
        cut
        for silence in _silences(speech.audio)
        for part in _without(silence, asked)
        if (cut := _inner(part, len(speech.audio)))
    ]
    if not cuts:
        return speech
    moved = _Moved(cuts)
    kept = [0, *(edge for cut in cuts for edge in cut), len(speech.audio)]
    audio = np.concatenate(
        [speech.audio[left:right] for left, right in zip(kept[::2], kept[1::2], strict=True)]
    )
    return replace(
        speech,
        audio=audio,
        spans=tuple(
            replace(span, start=moved.sample(span.start), end=moved.sample(span.end)) for span in speech.spans
        ),
        words=speech.words
        and tuple(
            replace(word, start=moved.seconds(word.start), end=moved.seconds(word.end))
            for word in speech.words
        ),
    )


def _asked_for(speech: Speech) -> list[_Range]:
    """Silences between the spans that the text asked for, in order."""
    edges = [0, *(edge for span in speech.spans for edge in (span.start, span.end)), len(speech.audio)]
    wanted = [True, *(span.chunk.pause > 0 for span in speech.spans)]
    gaps = zip(edges[::2], edges[1::2], wanted, strict=True)
    return [(left, right) for left, right, asked in gaps if asked and left < right]


def _silences(audio: Audio) -> list[_Range]:
    """Stretches in which every window of a second is silent."""
    steps = len(audio) // _STEP
    per_window = _WINDOW // _STEP
    if steps < per_window:
        return []
    energy = np.square(audio[: steps * _STEP], dtype=np.float64).reshape(steps, _STEP).sum(axis=1)
    total = np.concatenate([[0.0], np.cumsum(energy)])
    quiet: NDArray[np.intp] = np.flatnonzero(
        total[per_window:] - total[:-per_window] < _WINDOW * _THRESHOLD**2
    )
    if not len(quiet):
        return []
    runs = np.split(quiet, np.flatnonzero(np.diff(quiet) > per_window) + 1)
    ends = [int(run[-1]) + per_window for run in runs]
    return [
        (int(run[0]) * _STEP, len(audio) if end == steps else end * _STEP)
        for run, end in zip(runs, ends, strict=True)
    ]


def _without(silence: _Range, asked: Sequence[_Range]) -> Iterator[_Range]:
    """What is left of a silence outside the ones that were asked for."""
    start, end = silence
    for left, right in asked:
        if left < end and right > start:
            yield start, left
            start = right
    yield start, end


def _inner(silence: _Range, length: int) -> _Range | None:
    """What is cut out of a silence: all but half a second next to any sound around it."""
    start, end = silence
    if end - start < _WINDOW or end - start == length:
        return None
    left = start + _KEPT if start > 0 else 0
    right = end - _KEPT if end < length else length
    return (left, right) if left < right else None


class _Moved:
    """Where a place in the audio is once the cuts are out of it; a place inside a cut is where it was."""

    def __init__(self, cuts: Sequence[_Range]) -> None:
        self._cuts = cuts
        self._removed = [0, *accumulate(right - left for left, right in cuts)]

    def sample(self, sample: int) -> int:
        return round(self._moved(sample))

    def seconds(self, seconds: float) -> float:
        return self._moved(seconds * SAMPLE_RATE) / SAMPLE_RATE

    def _moved(self, place: float) -> float:
        before = bisect_right(self._cuts, place, key=lambda cut: cut[0])
        if before == 0:
            return place
        right = self._cuts[before - 1][1]
        return max(place, right) - self._removed[before]

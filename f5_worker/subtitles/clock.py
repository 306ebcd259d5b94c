"""Times in seconds ─▶ ticks of a format's grid: rounded, in order, never past the end of the audio."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

MILLISECONDS = 1000  # ticks a second: SRT, VTT, CSV, JSON
CENTISECONDS = 100  # ticks a second: ASS


def on_grid(
    times: Sequence[tuple[float, float]], duration: float, ticks_per_second: int
) -> list[tuple[int, int]]:
    """Round (start, end) pairs, in order, to the nearest tick.

    The pairs come out in order and without overlap, no end is after the last whole tick of the audio,
    and what would have no length gets a tick where its neighbours leave one.
    """
    last = last_tick(duration, ticks_per_second)
    ticks: list[tuple[int, int]] = []
    earliest = 0
    for start, end in _without_overlap(times):
        left = min(max(round(start * ticks_per_second), earliest), last)
        right = min(max(round(end * ticks_per_second), left), last)
        ticks.append((left, right))
        earliest = right
    return _with_length(ticks, last)


def last_tick(duration: float, ticks_per_second: int) -> int:
    """The last whole tick of the audio; 0.29 s are 29 hundredths although 0.29 * 100 is below 29."""
    return int(duration * ticks_per_second + 1e-6)


def _without_overlap(times: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """End what is still going on when the next begins."""
    for (start, end), (following, _) in pairwise(times):
        yield start, min(end, following) if following > start else end
    yield from times[-1:]


def _with_length(ticks: list[tuple[int, int]], last: int) -> list[tuple[int, int]]:
    """Give an interval of no length the free tick after it, or else the one before it."""
    for index, (start, end) in enumerate(ticks):
        if start < end:
            continue
        before = ticks[index - 1][1] if index else 0
        after = ticks[index + 1][0] if index + 1 < len(ticks) else last
        if end < after:
            ticks[index] = (start, end + 1)
        elif start > before:
            ticks[index] = (start - 1, end)
    return ticks

"""Dynamic time warping of two feature sequences, in a band around the diagonal."""

import numpy as np
from numpy.typing import NDArray

BAND = 2000  # frames: 20 s, the most that one sequence may run ahead of the other (half of it either way)
_SLANT = 1.4  # what a step in both counts, against 1 for a step in one; about their lengths
_DIAGONAL, _DOWN, _RIGHT = (
    0,
    1,
    2,
)  # the step that led to a cell: both advance, the first does, the second does


def warping_path(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.intp]:
    """The cheapest pairing of [n, features] and [m, features]: pairs of frames [steps, 2], in order.

    Worked out diagonal by diagonal, each a vector of at most `BAND` cells: (n + m) x BAND bytes of memory.
    """
    n, m = len(first), len(second)
    lows, highs = _band(n, m)
    backwards = np.ascontiguousarray(second[::-1])  # along a diagonal one index grows while the other falls
    steps: list[NDArray[np.uint8]] = []
    # Cell (i, d - i) of diagonal d lies at i + 1; what lies beside the band costs infinitely much.
    older, newer, newest = (np.full(n + 3, np.inf, np.float32) for _ in range(3))
    older[0] = 0.0  # so that the first cell has somewhere to come from
    for diagonal, (low, high) in enumerate(zip(lows, highs, strict=True)):
        shift = m - 1 - diagonal
        difference = first[low:high] - backwards[shift + low : shift + high]
        local = np.sqrt(np.einsum("ij,ij->i", difference, difference))
        before = np.stack([older[low:high], newer[low:high], newer[low + 1 : high + 1]])
        step = before.argmin(axis=0)
        newest[max(0, low - 1) : low + 1] = newest[high + 1 : high + 3] = np.inf
        newest[low + 1 : high + 1] = before.min(axis=0) + local * np.where(step == _DIAGONAL, _SLANT, 1.0)
        steps.append(step.astype(np.uint8))
        older, newer, newest = newer, newest, older
    return _traced(steps, lows, n - 1, m - 1)


def _band(n: int, m: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First and last row (excluded) of every diagonal, near the straight line from corner to corner."""
    diagonals = np.arange(n + m - 1)
    middle = diagonals * n // (n + m)
    lows = np.maximum(np.maximum(0, diagonals - m + 1), middle - BAND // 2)
    highs = np.minimum(np.minimum(n, diagonals + 1), middle + BAND // 2 + 1)
    return lows, highs


def _traced(
    steps: list[NDArray[np.uint8]], lows: NDArray[np.intp], row: int, column: int
) -> NDArray[np.intp]:
    path = [(row, column)]
    while row or column:
        step = steps[row + column][row - lows[row + column]]
        row -= step != _RIGHT
        column -= step != _DOWN
        path.append((row, column))
    return np.array(path[::-1], np.intp)

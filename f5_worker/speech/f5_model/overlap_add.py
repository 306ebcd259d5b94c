"""Waves ─▶ one buffer: cross-fades where chunks meet, exact silence where a pause was asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from f5_worker.audio import SAMPLE_RATE, Audio


@dataclass(frozen=True)
class Placement:
    """Where a wave lies in the buffer, in samples, and how many of them it shares with its neighbours."""

    start: int
    length: int
    fade_in: int
    fade_out: int

    @property
    def audible(self) -> tuple[int, int]:
        """Samples [start, end) where this wave is the louder one: two waves halve what they share."""
        end = self.start + self.length
        return self.start + self.fade_in // 2, end - (self.fade_out - self.fade_out // 2)


class OverlapAdd:
    """A buffer that waves of known length are added to in any order."""

    def __init__(
        self, lengths: Sequence[int], pauses: Sequence[float], cross_fade: float, lead_in: float
    ) -> None:
        """`lengths` in samples; `pauses[i]` seconds after wave i, or 0 for a cross-fade (seconds)."""
        self.placements = _placements(lengths, pauses, cross_fade, _samples(lead_in))
        last = self.placements[-1]
        self.audio: Audio = np.zeros(last.start + last.length + _samples(pauses[-1]), np.float32)

    def add(self, index: int, wave: Audio) -> None:
        """Add wave `index` at its placement; its ends are faded linearly where it shares samples."""
        placement = self.placements[index]
        faded = wave.astype(np.float64)  # as upstream, which fades in double precision
        faded[: placement.fade_in] *= np.linspace(0, 1, placement.fade_in)
        faded[len(faded) - placement.fade_out :] *= np.linspace(1, 0, placement.fade_out)
        target = self.audio[placement.start : placement.start + placement.length]
        np.add(target, faded, out=target, casting="same_kind")


def _placements(
    lengths: Sequence[int], pauses: Sequence[float], cross_fade: float, lead_in: int
) -> tuple[Placement, ...]:
    """Half of a wave is never shared with the same neighbour, so that no three waves overlap."""
    placements = []
    start, fade_in = lead_in, 0
    for index, (length, pause) in enumerate(zip(lengths, pauses, strict=True)):
        is_joined = index + 1 < len(lengths) and pause == 0
        shortest = min(length, lengths[index + 1]) if is_joined else 0
        fade_out = min(int(cross_fade * SAMPLE_RATE), shortest // 2)
        placements.append(Placement(start, length, fade_in, fade_out))
        start, fade_in = start + length - fade_out + _samples(pause), fade_out
    return tuple(placements)


def _samples(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)

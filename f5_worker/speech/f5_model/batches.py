"""Which chunks are solved together: fixed shapes, chosen by the request alone.

The shape of a batch decides how its sums are rounded, so it follows from the lengths of the
request's own chunks and never from what else happens to wait.
"""

from dataclasses import dataclass

from f5_worker.speech.f5_model.passages import Passage

BUCKET = 128  # frames (1.4 s): batches are padded to a multiple of it, so that few lengths occur


@dataclass(frozen=True)
class Batch:
    """Chunks that are solved as one tensor of `length` frames."""

    passages: tuple[Passage, ...]
    length: int


def plan(passages: list[Passage], most: int) -> list[Batch]:
    """Batches of 1, 2, 4, ... `most` chunks of similar length, every chunk in exactly one.

    The sizes are powers of two, and the lengths of true batches multiples of `BUCKET`. A chunk by
    itself keeps its own length: it needs no mask, and rounds as upstream does.
    """
    waiting = sorted(passages, key=lambda passage: (passage.frames, passage.index))
    batches = []
    while waiting:
        size = min(most, 1 << (len(waiting).bit_length() - 1))
        batches.append(Batch(tuple(waiting[:size]), _length(waiting[:size])))
        waiting = waiting[size:]
    return batches


def _length(passages: list[Passage]) -> int:
    longest = max(passage.frames for passage in passages)
    return longest if len(passages) == 1 else -(-longest // BUCKET) * BUCKET

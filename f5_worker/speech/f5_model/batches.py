"""Which chunks are solved together: fixed shapes, chosen by the request alone.

The shape of a batch decides how its sums are rounded, so it follows from the lengths of the
request's own chunks and never from what else happens to wait.
"""

from dataclasses import dataclass

from f5_worker.speech.f5_model.model_input import ModelInput

BUCKET = 128  # frames (1.4 s): batches are padded to a multiple of it, so that few lengths occur


@dataclass(frozen=True)
class Batch:
    """Chunks that are solved as one tensor of `length` frames."""

    inputs: tuple[ModelInput, ...]
    length: int


def plan(inputs: list[ModelInput], most: int) -> list[Batch]:
    """Batches of 1, 2, 4, ... `most` chunks of similar length, every chunk in exactly one.

    The sizes are powers of two, and the lengths of true batches multiples of `BUCKET`. A chunk by
    itself keeps its own length: it needs no mask, and rounds as upstream does.
    """
    waiting = sorted(inputs, key=lambda model_input: (model_input.frames, model_input.index))
    batches = []
    while waiting:
        size = min(most, 1 << (len(waiting).bit_length() - 1))
        batches.append(Batch(tuple(waiting[:size]), _length(waiting[:size])))
        waiting = waiting[size:]
    return batches


def _length(inputs: list[ModelInput]) -> int:
    longest = max(model_input.frames for model_input in inputs)
    return longest if len(inputs) == 1 else -(-longest // BUCKET) * BUCKET

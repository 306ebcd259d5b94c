"""Which chunks are solved together: fixed shapes, chosen by the request alone.

The shape of a batch decides how its sums are rounded, so it follows from the lengths of the
request's own chunks and never from what else happens to wait.
"""

from dataclasses import dataclass

from f5_worker.speech.f5_model.model_input import ModelInput

BUCKET = 128  # frames (1.4 s): batches are padded to a multiple of it, so that few lengths occur
SINGLE_BUCKET = 64  # frames: what single chunks are padded to a multiple of on a GPU


@dataclass(frozen=True)
class Batch:
    """Chunks that are solved as one tensor of `length` frames."""

    inputs: tuple[ModelInput, ...]
    length: int


def plan(inputs: list[ModelInput], most: int, single_bucket: int = 1) -> list[Batch]:
    """Batches of 1, 2, 4, ... `most` chunks of similar length, every chunk in exactly one.

    The sizes are powers of two, and the lengths of true batches multiples of `BUCKET`. A chunk by
    itself is padded to a multiple of `single_bucket`: 1 keeps its own length, which rounds as upstream
    does; on a GPU every new length would have its plans made first.
    """
    waiting = sorted(inputs, key=lambda model_input: (model_input.frames, model_input.index))
    batches = []
    while waiting:
        size = min(most, 1 << (len(waiting).bit_length() - 1))
        bucket = single_bucket if size == 1 else BUCKET
        longest = max(model_input.frames for model_input in waiting[:size])
        batches.append(Batch(tuple(waiting[:size]), -(-longest // bucket) * bucket))
        waiting = waiting[size:]
    return batches

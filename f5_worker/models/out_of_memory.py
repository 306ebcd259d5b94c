"""The ways in which torch, CUDA's libraries and CTranslate2 say that there is no memory left, told as one."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from f5_worker.errors import Code, WorkerError

# CUDA and CTranslate2; torch on a CPU; cuBLAS and cuFFT; the C++ library below all of them.
_SAYINGS = ("out of memory", "can't allocate memory", "ALLOC_FAILED", "bad_alloc")


@contextmanager
def memory_errors(sentence: str) -> Iterator[None]:
    """Turn running out of memory in the block into `WorkerError(OUT_OF_MEMORY)` with this sentence.

    The block's tensors, and what torch keeps of a GPU's memory for later, are given back.
    """
    try:
        yield
    except (RuntimeError, MemoryError) as error:  # torch's own OutOfMemoryError is a RuntimeError
        is_memory = isinstance(error, MemoryError) or any(saying in str(error) for saying in _SAYINGS)
        if not is_memory:
            raise
        import torch

        traceback.clear_frames(error.__traceback__)  # their variables hold the tensors
        torch.cuda.empty_cache()
        raise WorkerError(Code.OUT_OF_MEMORY, sentence) from None

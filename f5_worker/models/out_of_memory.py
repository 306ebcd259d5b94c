"""The ways in which torch, CUDA's libraries and CTranslate2 say that there is no memory left, told as one."""

import sys
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
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        give_memory_back(error)
        raise WorkerError(Code.OUT_OF_MEMORY, sentence) from None


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that there is no memory left; torch's own OutOfMemoryError is a RuntimeError."""
    if isinstance(error, WorkerError):
        return error.code is Code.OUT_OF_MEMORY
    is_said = isinstance(error, RuntimeError) and any(saying in str(error) for saying in _SAYINGS)
    return is_said or isinstance(error, MemoryError)


def give_memory_back(error: BaseException) -> None:
    """Free the variables of the frames that the error passed, which hold the tensors, and torch's cache."""
    traceback.clear_frames(error.__traceback__)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.cuda.empty_cache()

"""Files in an answer, wherever they come from: the first store that has one, and one part of its bytes."""

import base64
import hashlib
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from f5_worker.errors import Code, WorkerError
from f5_worker.storage import Store

T = TypeVar("T")

_HASH_BLOCK = 1 << 20  # bytes read at once to hash a file


def first_found(
    stores: Iterable[Store], keys: Iterable[str], ask: Callable[[Store, str], T]
) -> tuple[Store, T] | None:
    """The first store with one of the keys, and what `ask(store, key)` says of it; None where none has any.

    Raises `WorkerError` for everything but a file that is not there.
    """
    keys = list(keys)
    for store in stores:
        for key in keys:
            try:
                return store, ask(store, key)
            except WorkerError as error:
                if error.code is not Code.NOT_FOUND:
                    raise
    return None


def part_of(
    kind: str, size: int, read: Callable[[int, int], bytes], offset: int, room: int
) -> dict[str, Any]:
    """The fields of an answer with the part of a file that starts at `offset`, of at most `room` bytes.

    `read(offset, length)` gives bytes of the file, which has `size`; `kind` is what `download` calls it.
    Raises `WorkerError(INVALID_INPUT)` for an offset behind its end.
    """
    if offset > size:
        raise WorkerError(
            Code.INVALID_INPUT, f"offset is {offset}; it must be at most the file's size, {size}"
        )
    data = read(offset, room)
    end = offset + len(data)
    digest = hashlib.sha256()
    for start in range(0, size, _HASH_BLOCK):
        digest.update(read(start, _HASH_BLOCK))
    return {
        f"{kind}_data": base64.b64encode(data).decode(),
        "size": size,
        "offset": offset,
        "next_offset": end if end < size else None,
        "sha256": digest.hexdigest(),
    }

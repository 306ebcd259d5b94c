"""One step ahead: the next result is made in a thread while the last one is used."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


def prefetch(results: Iterator[Result]) -> Generator[Result, None, None]:
    """The results in their order, all made by one other thread; what it raises is raised here.

    Closed early, it waits for the result that is being made and asks for no more.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        coming = thread.submit(next, results, None)
        while (result := coming.result()) is not None:
            coming = thread.submit(next, results, None)
            yield result

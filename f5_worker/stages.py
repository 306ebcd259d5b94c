"""Seconds per stage of one job, for the answer's `metrics`."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stages:
    """Measures named stages by wall clock; a stage entered twice adds up."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}
        self._started = time.perf_counter()

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        """Time what happens inside the `with` block."""
        entered = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[name] = self._seconds.get(name, 0.0) + time.perf_counter() - entered

    def seconds(self) -> dict[str, float]:
        """Seconds per stage, and `total` since this object was made, rounded to 0.1 ms."""
        measured = {**self._seconds, "total": time.perf_counter() - self._started}
        return {name: round(value, 4) for name, value in measured.items()}

"""Seconds per stage, of a job for the answer's `metrics` and of a start for its report."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Measures named stages by wall clock; a stage entered twice adds up, stages may lie in each other."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}
        self._started = time.perf_counter()

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        """Time what happens inside the `with` block, whether or not it fails."""
        entered = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[name] = self._seconds.get(name, 0.0) + time.perf_counter() - entered

    def stages(self) -> dict[str, float]:
        """Seconds of every stage that has ended, in the order of their ends."""
        return dict(self._seconds)

    def seconds(self) -> dict[str, float]:
        """Seconds per stage, and `total` since this object was made, rounded to 0.1 ms."""
        measured = {**self._seconds, "total": time.perf_counter() - self._started}
        return {name: round(value, 4) for name, value in measured.items()}

"""Where the seconds of a start go: one event when the worker is ready, and a part of `health`.

What happened before this process (the volume, the environment) comes from setup_network_venv.py in
`WORKER_SETUP`: {"began": seconds since 1970, "volume": seconds, "environment": seconds}.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from f5_worker.stopwatch import Stopwatch

_stopwatch = Stopwatch()
_first_stage: list[float] = []  # when the first stage was entered: the imports were over


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Time a part of the start, such as the loading of one model; stages may lie inside each other."""
    if not _first_stage:
        _first_stage.append(time.time())
    with _stopwatch.measure(name):
        yield


def start_seconds() -> dict[str, float]:
    """Seconds of every stage so far, and `total` since the worker was started, if start.sh has started it."""
    setup = _setup()
    seconds = _stopwatch.stages()
    if setup and _first_stage:
        began = setup.pop("began")
        imports = _first_stage[0] - began - sum(setup.values())
        seconds = {**setup, "imports": imports, **seconds, "total": time.time() - began}
    return {name: round(value, 2) for name, value in seconds.items()}


def _setup() -> dict[str, float]:
    setup = json.loads(os.environ.get("WORKER_SETUP") or "{}")
    return {str(name): float(seconds) for name, seconds in setup.items()}

"""Pause marks such as `[pause:1.5s]`, and the stretches of text between them."""

import re
from collections.abc import Iterator

from f5_worker.errors import Code, WorkerError

MAX_PAUSE = 30.0  # seconds, one mark
MAX_PAUSES = 600.0  # seconds, all marks of a text: silence is cheap to ask for and dear to store

# Anything that looks meant as a mark, so that a mistyped one is an error and never spoken.
MEANT_AS_MARK = re.compile(r"\[\s*pause\s*(?:\]|[:=\d][^\[\]\n]{0,20}\]?)", re.IGNORECASE)
_MARK = re.compile(r"\[pause:(\d+(?:\.\d+)?)(ms|s)\]", re.ASCII | re.IGNORECASE)


def between_pauses(text: str) -> Iterator[tuple[int, int, float]]:
    """The stretches of text between marks: start, end, and the pause in seconds after each.

    Raises `WorkerError(INVALID_INPUT)` for a mark that is not understood, and for too much silence.
    """
    start = 0
    total = 0.0
    for meant in MEANT_AS_MARK.finditer(text):
        pause = _pause_of(meant)
        total += pause
        if total > MAX_PAUSES:
            raise WorkerError(
                Code.INVALID_INPUT,
                f"the pause marks add up to over {MAX_PAUSES:g} seconds; all pauses of a text together "
                "must be at most that long",
            )
        yield start, meant.start(), pause
        start = meant.end()
    yield start, len(text), 0.0


def _pause_of(meant: re.Match[str]) -> float:
    mark = _MARK.fullmatch(meant[0])
    pause = float(mark[1]) / (1000 if mark[2].lower() == "ms" else 1) if mark else -1.0
    if not 0 <= pause <= MAX_PAUSE:
        raise WorkerError(
            Code.INVALID_INPUT,
            f"the pause mark at character {meant.start()} of text is not understood; it must look like "
            f"[pause:1.5s] or [pause:300ms], from 0 to {MAX_PAUSE:g} seconds",
        )
    return pause

"""What a person at a terminal sees of a job: a bar a stage, and where the results lie."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import unquote, urlsplit

from tqdm import tqdm

from f5_worker.handler.progress import Reporter
from f5_worker.job import Progress


@contextlib.asynccontextmanager
async def terminal_progress() -> AsyncIterator[Reporter]:
    """One bar a stage; tqdm shows nothing where standard error is no terminal."""
    bars: dict[str, Any] = {}

    def show(progress: Progress) -> None:
        bar = bars.get(progress.stage)
        if bar is None:
            bar = bars[progress.stage] = tqdm(desc=progress.stage, total=progress.total, disable=None)
        bar.total = progress.total
        bar.update(progress.done - bar.n)

    try:
        yield show
    finally:
        for bar in bars.values():
            bar.close()


def announce(answer: dict[str, Any]) -> None:
    """Print where the audio and the subtitles are, or what went wrong."""
    if "error" in answer:
        tqdm.write(answer["error"])
    if "audio_url" in answer:
        tqdm.write(f"Audio:     {_place(answer['audio_url'])}")
    for url in answer.get("timing_files", {}).values():
        tqdm.write(f"Subtitles: {_place(url)}")
    for warning in answer.get("warnings", ()):
        tqdm.write(f"Warning:   {warning}")


def _place(url: str) -> str:
    parts = urlsplit(url)
    return unquote(parts.path) if parts.scheme == "file" else url

"""Comma-separated values: a word a row, times in seconds with milliseconds."""

import csv
import io

from f5_worker.subtitle_options import SubtitleOptions
from f5_worker.subtitles.clock import MILLISECONDS
from f5_worker.subtitles.cues import timed_words
from f5_worker.subtitles.transcript import Transcript

_HEADER = ("word", "start_time", "end_time", "confidence")


def write(transcript: Transcript, options: SubtitleOptions) -> str:
    """Every word whatever the granularity; `confidence` is 0.000 where the aligner gives none."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_HEADER)
    for timed in timed_words(transcript, options, MILLISECONDS):
        score = timed.word.score or 0.0
        writer.writerow((timed.text, _seconds(timed.start), _seconds(timed.end), f"{score:.3f}"))
    return file.getvalue()


def _seconds(ticks: int) -> str:
    return f"{ticks / MILLISECONDS:.3f}"

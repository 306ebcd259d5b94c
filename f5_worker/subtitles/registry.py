"""What writes each subtitle format, imported at start-up: a job never waits for an import."""

from collections.abc import Callable

from f5_worker.catalog import SUBTITLE_FORMATS, load
from f5_worker.subtitle_options import SubtitleOptions
from f5_worker.subtitles.transcript import Transcript

# The transcript and the options ─▶ the text of one file.
Writer = Callable[[Transcript, SubtitleOptions], str]

WRITERS: dict[str, Writer] = {name: load(part.place) for name, part in SUBTITLE_FORMATS.items()}

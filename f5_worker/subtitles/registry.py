"""What writes each subtitle format, imported at start-up: a job never waits for an import."""

from collections.abc import Callable, Sequence

from f5_worker.catalog import SUBTITLE_FORMATS, load
from f5_worker.schemas import SubtitleOptions
from f5_worker.text.words import Word

# The words of `text`, heard in audio of so many seconds, and the options ─▶ the text of one file.
Writer = Callable[[Sequence[Word], str, float, SubtitleOptions], str]

WRITERS: dict[str, Writer] = {name: load(part.place) for name, part in SUBTITLE_FORMATS.items()}

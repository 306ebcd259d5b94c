"""The worker: text and a reference voice in, speech and exact subtitles out."""

__version__ = "0.1.0"

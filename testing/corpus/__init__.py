"""Speech with known times, and a small model that aligns it."""

from pathlib import Path

TINY_ALIGNER = Path(__file__).with_name("tiny_aligner")

"""Timed words in, one subtitle file out.

To add a format: write `subtitles/<name>.py` with a `write` function of `Writer`'s shape, and one
line in `_WRITERS`.
"""

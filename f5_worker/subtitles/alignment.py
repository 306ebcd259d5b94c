"""Alignment: every character with its start and end in seconds, as ElevenLabs answers with timestamps.

    {"alignment": {"characters": ["H", "i"], "character_start_times_seconds": [0.1, 0.2],
                   "character_end_times_seconds": [0.2, 0.3]},
     "normalized_alignment": {...},
     "measured": "words"}

`alignment` has the text as it was written, `normalized_alignment` as it was said, numbers spelt out. The
aligners measure words: the characters of a word share its time evenly, the space after it lasts until the
next one. Pause marks, which are neither spoken nor shown, are in neither.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from f5_worker.subtitle_options import SubtitleOptions
from f5_worker.subtitles.clock import MILLISECONDS, on_grid
from f5_worker.subtitles.transcript import Transcript
from f5_worker.text.normalization import spell_out


def write(transcript: Transcript, options: SubtitleOptions) -> str:
    """The characters of the text, whatever the options."""
    said = spell_out(transcript.text, transcript.language)
    content = {
        "alignment": _aligned(transcript, transcript.text, range(len(transcript.text))),
        "normalized_alignment": _aligned(transcript, said.text, said.origins),
        "measured": "words",
    }
    return json.dumps(content, ensure_ascii=False, allow_nan=False)


def _aligned(transcript: Transcript, characters: str, origins: Sequence[int]) -> dict[str, Any]:
    """`origins[i]` is where in the written text the word of `characters[i]` is found."""
    shown: list[str] = []
    starts: list[float] = []
    ends: list[float] = []
    for text, start, end in _stretches(transcript, characters, origins):
        times = [round(start + (end - start) * index / len(text), 3) for index in range(len(text) + 1)]
        shown += text
        starts += times[:-1]
        ends += times[1:]
    return {
        "characters": shown,
        "character_start_times_seconds": starts,
        "character_end_times_seconds": ends,
    }


def _stretches(
    transcript: Transcript, characters: str, origins: Sequence[int]
) -> Iterator[tuple[str, float, float]]:
    """Words, and the white space between them, with their start and end in seconds."""
    owners = _owners(transcript, characters, origins)
    ticks = on_grid([(word.start, word.end) for word in transcript.words], transcript.duration, MILLISECONDS)
    reached, waiting = 0, ""
    for owner, group in groupby(range(len(characters)), owners.__getitem__):
        text = "".join(characters[index] for index in group)
        if owner is None:
            waiting += "".join(character for character in text if character.isspace())
            continue
        start, end = ticks[owner]
        if waiting:
            yield waiting, reached / MILLISECONDS, start / MILLISECONDS
        yield text, start / MILLISECONDS, end / MILLISECONDS
        reached, waiting = end, ""
    if waiting:
        yield waiting, reached / MILLISECONDS, reached / MILLISECONDS


def _owners(transcript: Transcript, characters: str, origins: Sequence[int]) -> list[int | None]:
    """The index of the word that each character belongs to; that of a pause mark has none.

    One reading may be said for several words ("5 km"): what falls on the space in it is the first one's.
    """
    inside: list[int | None] = [None] * len(transcript.text)
    before: list[int | None] = [None] * len(transcript.text)
    following = [*(word.token.start for word in transcript.words[1:]), len(transcript.text)]
    for index, (word, end) in enumerate(zip(transcript.words, following, strict=True)):
        token = word.token
        inside[token.start : token.end] = [index] * (token.end - token.start)
        before[token.end : end] = [index] * (end - token.end)
    return [
        before[origin] if transcript.text[origin].isspace() and not character.isspace() else inside[origin]
        for character, origin in zip(characters, origins, strict=True)
    ]

"""JSON: every word with its time, score and place in the request's text, and the cues they make.

    {"duration": 2.5,
     "words": [{"word", "start", "end", "score", "method", "char_start", "char_end"}, ...],
     "cues":  [{"text", "start", "end", "first_word", "last_word"}, ...]}

Times are seconds; `text[char_start:char_end]` is the word as it was written, `word` the same with its
white space collapsed; `first_word` and `last_word` count in `words`; a line feed separates the lines
of a cue.
"""

import json
from collections.abc import Sequence
from typing import Any

from f5_worker.subtitle_options import SubtitleOptions
from f5_worker.subtitles.clock import MILLISECONDS
from f5_worker.subtitles.cues import Cue, make_cues
from f5_worker.subtitles.transcript import Transcript


def write(transcript: Transcript, options: SubtitleOptions) -> str:
    """The words and cues as JSON in UTF-8; `score` is null where the aligner gives none."""
    cues = make_cues(transcript, options, MILLISECONDS)
    timed = [
        {
            "word": word.text,
            "start": word.start / MILLISECONDS,
            "end": word.end / MILLISECONDS,
            "score": word.word.score,
            "method": word.word.method,
            "char_start": word.word.token.start,
            "char_end": word.word.token.end,
        }
        for cue in cues
        for word in cue.words
    ]
    content = {"duration": round(transcript.duration, 6), "words": timed, "cues": _numbered(cues)}
    return json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1)


def _numbered(cues: Sequence[Cue]) -> list[dict[str, Any]]:
    described, count = [], 0
    for cue in cues:
        first, count = count, count + len(cue.words)
        described.append(
            {
                "text": cue.text("\n"),
                "start": cue.start / MILLISECONDS,
                "end": cue.end / MILLISECONDS,
                "first_word": first,
                "last_word": count - 1,
            }
        )
    return described

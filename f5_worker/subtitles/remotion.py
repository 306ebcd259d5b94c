"""Remotion: a JSON list of `Caption` objects (@remotion/captions), a word each, times in milliseconds.

    [{"text": " word", "startMs": 100, "endMs": 400, "timestampMs": 250, "confidence": 0.98}, ...]

`text` begins with the space that stands before the word, `timestampMs` is the middle of the word.
"""

import json

from f5_worker.subtitle_options import SubtitleOptions
from f5_worker.subtitles.clock import MILLISECONDS
from f5_worker.subtitles.cues import timed_words
from f5_worker.subtitles.transcript import Transcript


def write(transcript: Transcript, options: SubtitleOptions) -> str:
    """Every word whatever the granularity; `confidence` is null where the aligner gives none."""
    captions = [
        {
            "text": (word.glue if index else "") + word.text,
            "startMs": word.start,
            "endMs": word.end,
            "timestampMs": (word.start + word.end) // 2,
            "confidence": word.word.score,
        }
        for index, word in enumerate(timed_words(transcript, options, MILLISECONDS))
    ]
    return json.dumps(captions, ensure_ascii=False, allow_nan=False, indent=1)

"""A transcript as a small file, from which any subtitles can be made later without speaking again.

Gzipped JSON; floats keep every digit, so that what is made later is what would have been made at once.
"""

import gzip
import json

from pydantic import ValidationError

from f5_worker.errors import Code, WorkerError
from f5_worker.subtitle_options import SubtitleOptions
from f5_worker.subtitles.transcript import Transcript
from f5_worker.text.words import Token, Word


def pack(transcript: Transcript, options: SubtitleOptions) -> bytes:
    """The file: the transcript, and the options that its subtitles were first made with."""
    content = {
        "text": transcript.text,
        "language": transcript.language,
        "duration": transcript.duration,
        "options": options.model_dump(mode="json", exclude_unset=True),
        "words": [
            (word.token.start, word.token.end, word.start, word.end, word.score, word.method)
            for word in transcript.words
        ],
    }
    return gzip.compress(json.dumps(content, separators=(",", ":")).encode(), mtime=0)


def unpack(data: bytes) -> tuple[Transcript, SubtitleOptions]:
    """What was packed; raise `WorkerError(STORAGE_FAILED)` if the file is damaged."""
    try:
        content = json.loads(gzip.decompress(data))
        text = content["text"]
        words = [
            Word(Token(text[first:last], first, last), start, end, score, method)
            for first, last, start, end, score, method in content["words"]
        ]
        transcript = Transcript(words, text, content["language"], content["duration"])
        return transcript, SubtitleOptions.model_validate(content["options"])
    except (OSError, EOFError, ValueError, KeyError, TypeError, ValidationError) as error:
        raise WorkerError(
            Code.STORAGE_FAILED, "the words that were kept of this job are damaged; speak it again"
        ) from error

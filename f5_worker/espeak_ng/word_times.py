"""espeak-ng's word and phoneme events ─▶ the time of every written word of a chunk."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

from f5_worker.espeak_ng.library import EVENT_WORD
from f5_worker.espeak_ng.process import Event
from f5_worker.text.chunks import Chunk
from f5_worker.text.words import Token, Word

_PAUSE = b"_"  # the phonemes of silence begin with it

# espeak-ng's dictionaries join pairs such as "of the" into one word with one event. They look for a
# space: a no-break space keeps the words apart, and every character stays at its position. After
# punctuation it must stay a space, which is part of the end of a clause.
_JOINABLE = re.compile(r"(?<=\w) (?=\w)")

# Letters with a full stop behind each are an abbreviation to the library, which it puts together on its
# stack: some 300 bytes of it end the process. A space instead of every 20th stop makes two words of it.
_ABBREVIATION = re.compile(r"(?:\w\.){20}")


def spoken_text(chunk: Chunk) -> str:
    """The chunk's text as it is given to espeak-ng: as long as the chunk's, character for character."""
    apart = _ABBREVIATION.sub(lambda letters: f"{letters[0][:-1]} ", chunk.text)
    return _JOINABLE.sub("\u00a0", apart)


def time_words(chunk: Chunk, events: Sequence[Event], samples: int, start: float, end: float) -> list[Word]:
    """When each token is heard, in a chunk of `samples` samples that lies from `start` to `end` seconds.

    A token begins with its first event (a number or an address has several) and ends where its last
    sound ends; there are no events for that, so it is the next event. Tokens that make no sound of
    their own share the time of the one before them, or of the first one that does, by their number of
    characters; they have no score.
    """
    heard = _heard(chunk, events, samples) or {0: (0, samples)}
    first, *others = sorted(heard)
    bounds = [0, *others, len(chunk.tokens)]
    words: list[Word] = []
    for index, (left, right) in zip((first, *others), pairwise(bounds), strict=True):
        words += _words(chunk.tokens[left:right], *heard[index])
    return [_placed(word, samples, start, end) for word in words]


def _heard(chunk: Chunk, events: Sequence[Event], samples: int) -> dict[int, tuple[int, int]]:
    """The first and last sample of every token that makes a sound, by the token's index."""
    starts_at = [token.start - chunk.start for token in chunk.tokens]
    heard: dict[int, tuple[int, int]] = {}
    token, start = 0, 0
    for event, following in _with_next(events, samples):
        if event.type == EVENT_WORD:
            reached = max(token, bisect_right(starts_at, event.position) - 1)
            if reached != token or not heard:
                token, start = reached, event.sample
        elif not event.name.startswith(_PAUSE):
            heard[token] = (heard.get(token, (start, 0))[0], following)
    return heard


def _with_next(events: Sequence[Event], samples: int) -> Iterator[tuple[Event, int]]:
    for event, following in pairwise(events):
        yield event, following.sample
    if events:
        yield events[-1], samples


def _words(tokens: Sequence[Token], start: int, end: int) -> Iterator[Word]:
    """Share a stretch of samples among tokens by their length; the times are in samples."""
    score = 1.0 if len(tokens) == 1 else None
    lengths = list(accumulate((len(token.text) for token in tokens), initial=0))
    edges = [start + (end - start) * length / lengths[-1] for length in lengths]
    for token, (left, right) in zip(tokens, pairwise(edges), strict=True):
        yield Word(token, left, right, score, "engine")


def _placed(word: Word, samples: int, start: float, end: float) -> Word:
    scale = (end - start) / samples if samples else 0.0
    return replace(word, start=min(end, start + word.start * scale), end=min(end, start + word.end * scale))

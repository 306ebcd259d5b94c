"""Pieces of a few words in 60 languages, cut from sentences that others wrote: languages.tsv says who."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from f5_worker.text.words import is_unspaced

DEVELOPMENT = ("django",)  # thresholds may be chosen on these, figures are taken on the others
HELD_OUT = ("spacy", "udhr")
LENGTHS = (3, 8, 20)  # words
STANDS_FOR = {"ms": "id"}  # languages whose twin the worker looks for
_WORD = 2  # characters of a script without spaces that are about a word

_FILE = Path(__file__).with_name("languages.tsv")


@dataclass(frozen=True)
class Piece:
    """A part of a sentence; `language` is the one that the worker should find."""

    language: str
    text: str


def pieces(words: int, sources: Sequence[str]) -> list[Piece]:
    """Every stretch of `words` words of every sentence of the sources, from its beginning on, each once."""
    found = (
        Piece(STANDS_FOR.get(language, language), text)
        for source, language, sentence in _rows()
        if source in sources
        for text in _cut(sentence, words)
    )
    return list(dict.fromkeys(found))


def texts(words: int, sources: Sequence[str], sentences: int, seed: int) -> list[tuple[Piece, ...]]:
    """For each language with enough of them, `sentences` pieces of it, drawn at random."""
    by_language: dict[str, list[Piece]] = defaultdict(list)
    for piece in pieces(words, sources):
        by_language[piece.language].append(piece)
    draw = random.Random(seed)  # noqa: S311 (reproducible, not secret)
    return [
        tuple(draw.sample(enough, sentences))
        for _, enough in sorted(by_language.items())
        if len(enough) >= sentences
    ]


def as_sentences(parts: Sequence[Piece]) -> str:
    """The pieces as a text, each begun with a capital and ended by a full stop."""
    return " ".join(f"{part.text[0].upper()}{part.text[1:].rstrip('.,;:!?。、 ')}." for part in parts)


def _rows() -> Iterator[tuple[str, str, str]]:
    for line in _FILE.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            source, language, sentence = line.split("\t")
            yield source, language, sentence


def _cut(sentence: str, words: int) -> Iterator[str]:
    units, space, size = sentence.split(), " ", words
    if sum(map(is_unspaced, sentence)) > len(sentence) / 2:
        units, space, size = list("".join(units)), "", words * _WORD
    for start in range(0, len(units) - size + 1, size):
        yield space.join(units[start : start + size])

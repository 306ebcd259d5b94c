"""Text ─▶ chunks that an engine can speak in one go, each knowing where it stands in the text."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from f5_worker.errors import Code, WorkerError
from f5_worker.text.breaks import Break, break_between
from f5_worker.text.language import LanguageRun
from f5_worker.text.pauses import between_pauses
from f5_worker.text.words import Token, is_speakable, tokenize


@dataclass(frozen=True)
class Budget:
    """How much text fits a chunk: `cost(text)` is its predicted seconds of speech.

    A chunk costs at most `most`, unless it is one letter and symbols beside it: those cannot be spoken by
    themselves, so nothing parts them. One that costs less than `least` joins a neighbour where it can.
    `cost` grows with the text, and one character never costs more than `most`.
    """

    cost: Callable[[str], float]
    most: float
    least: float


@dataclass(frozen=True)
class Chunk:
    """A piece of the text, spoken in one go: `text == script.text[start:end]`, tokens inside it.

    `pause` is the exact silence in seconds asked for after it by `[pause:1.5s]`; 0 when none was.
    `language` is the one that it is read in, ISO 639-1.
    """

    index: int
    text: str
    start: int
    end: int
    tokens: tuple[Token, ...]
    pause: float
    language: str


@dataclass(frozen=True)
class Script:
    """The whole text as chunks in order; `lead_in` is the silence in seconds before the first one."""

    text: str
    chunks: tuple[Chunk, ...]
    lead_in: float

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the chunks, each once; the one that most of the text is in comes first."""
        lengths: Counter[str] = Counter()
        for chunk in self.chunks:
            lengths[chunk.language] += len(chunk.text)
        return tuple(language for language, _ in lengths.most_common())


def build_script(text: str, runs: Sequence[LanguageRun], budget: Budget) -> Script:
    """Cut `text` where its language changes and at its pause marks, and between them to fit the budget.

    Every written word is a token of exactly one chunk, in order. Only a word that is too long for a
    chunk by itself is cut: each part is then a token of its own chunk. Symbols that stand alone
    between two marks are not spoken and so not kept.

    Raises `WorkerError(INVALID_INPUT)` for a pause mark that is not understood and for a text without
    a letter or digit. Takes time linear in the length of the text.
    """
    lead_in = 0.0
    chunks: list[Chunk] = []
    for start, end, pause in between_pauses(text):
        for left, right, language in _pieces(text, (start, end), runs, budget):
            tokens = tokenize(text, left, right)
            chunks.append(Chunk(len(chunks), text[left:right], left, right, tokens, 0.0, language))
        if chunks:
            chunks[-1] = _with_longer_pause(chunks[-1], pause)
        else:
            lead_in += pause
    if not chunks:
        raise WorkerError(
            Code.INVALID_INPUT, "text holds nothing that can be spoken; it must have a letter or a digit"
        )
    return Script(text, tuple(chunks), lead_in)


def _pieces(
    text: str, stretch: tuple[int, int], runs: Sequence[LanguageRun], budget: Budget
) -> Iterator[tuple[int, int, str]]:
    """Where the chunks of a stretch of the text start and end, and their language."""
    for start, end, language in _by_language(*stretch, runs):
        if is_speakable(text[start:end]):
            for left, right in _pack(text, _cuts(text, start, end, budget), budget):
                yield left, right, language


def _by_language(start: int, end: int, runs: Sequence[LanguageRun]) -> Iterator[tuple[int, int, str]]:
    """The parts of `text[start:end]` that are in one language each."""
    stops = [*(run.start for run in runs[1:]), end]
    for run, stop in zip(runs, stops, strict=True):
        left, right = max(start, run.start), min(end, stop)
        if left < right:
            yield left, right, run.language


def _with_longer_pause(chunk: Chunk, seconds: float) -> Chunk:
    return replace(chunk, pause=chunk.pause + seconds)


@dataclass(frozen=True)
class _Cut:
    """A place where a chunk may end, at character `end`, and the next one start, at character `start`."""

    end: int
    start: int
    kind: Break


def _cuts(text: str, start: int, end: int, budget: Budget) -> list[_Cut]:
    """Every place where `text[start:end]` may be cut, in order; the first and last are its own ends."""
    tokens = tokenize(text, start, end)
    cuts = [_Cut(tokens[0].start, tokens[0].start, Break.PARAGRAPH)]
    for before, after in pairwise(tokens):
        cuts += _cuts_inside(text, before, budget)
        cuts.append(_Cut(before.end, after.start, break_between(text, before, after)))
    cuts += _cuts_inside(text, tokens[-1], budget)
    cuts.append(_Cut(tokens[-1].end, tokens[-1].end, Break.PARAGRAPH))
    return cuts


def _cuts_inside(text: str, token: Token, budget: Budget) -> list[_Cut]:
    """Places between the letters of a word that fills a chunk; none inside any other word.

    A part begins with a letter or digit, so that every part can be spoken.
    """
    if budget.cost(token.text) <= budget.most:
        return []
    letters = [at for at in range(token.start, token.end) if is_speakable(text[at])]
    return [_Cut(at, at, Break.CHARACTER) for at in letters[1:]]


def _pack(text: str, cuts: list[_Cut], budget: Budget) -> Iterator[tuple[int, int]]:
    """Candidate the strongest break that makes a chunk of reasonable size, again and again.

    While much is left, the later the break the better; the last two chunks share what is left evenly.
    """
    small = max(budget.least, budget.most / 3)
    last = len(cuts) - 1
    here = 0
    while here < last:
        begin = cuts[here].start

        def costs(to: int, begin: int = begin) -> float:
            return budget.cost(text[begin : cuts[to].end])

        there = _furthest(costs, here, last, budget.most)
        if there < last:
            aim, largest = budget.most, budget.most
            if _furthest(costs, here, last, 2 * budget.most) == last:
                aim, largest = costs(last) / 2, min(budget.most, costs(last) - small)
            middle = cuts[_furthest(costs, here, last, aim)].end
            window = range(_furthest(costs, here, last, small) + 1, _furthest(costs, here, last, largest) + 1)
            there = max(window, key=lambda at: (cuts[at].kind, -abs(cuts[at].end - middle)), default=there)
        yield begin, cuts[there].end
        here = there


def _furthest(costs: Callable[[int], float], here: int, last: int, most: float) -> int:
    """The furthest cut after `here` that costs at most `most`, or the next one when none does.

    The range is doubled until it is too wide, so that the whole rest of the text is never weighed.
    """
    step = 1
    while here + step < last and costs(here + step) <= most:
        step *= 2
    beyond = min(here + step, last)
    return max(here + 1, bisect_right(range(beyond + 1), most, lo=here + 1, key=costs) - 1)

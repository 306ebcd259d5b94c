"""Words ─▶ cues: what is on the screen together, in which lines, from when to when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from f5_worker.schemas import SubtitleOptions
from f5_worker.subtitles.clock import last_tick, on_grid
from f5_worker.subtitles.layout import Piece, columns, cut, split_after, wrap
from f5_worker.text.breaks import Break, break_between
from f5_worker.text.words import Word, is_unspaced

# Netflix, Timed Text Style Guide, General Requirements and English: a cue lasts at least 5/6 s, is
# read at up to 20 characters a second, and leaves two frames (of 24 a second) before the next.
_MIN_SECONDS = 5 / 6
_COLUMNS_PER_SECOND = 20
_GAP_SECONDS = 2 / 24

_LONG_PAUSE = 0.6  # seconds of silence between two words at which a viewer expects a new cue


@dataclass(frozen=True)
class TimedWord:
    """A word as it is shown: white space collapsed, `glue` before it in its line, times in ticks."""

    word: Word
    text: str
    glue: str
    start: int
    end: int


@dataclass(frozen=True)
class Cue:
    """Lines of words on the screen from tick `start` to tick `end`."""

    lines: tuple[tuple[TimedWord, ...], ...]
    start: int
    end: int

    @property
    def words(self) -> tuple[TimedWord, ...]:
        """All words of the cue, in order."""
        return tuple(word for line in self.lines for word in line)

    def text(self, line_break: str) -> str:
        """The cue's lines as the author wrote them."""
        return line_break.join(line_text(line) for line in self.lines)


def line_text(line: Sequence[TimedWord]) -> str:
    """The words of one line, with a space only where the author had white space."""
    return "".join((word.glue if index else "") + word.text for index, word in enumerate(line))


def timed_words(words: Sequence[Word], text: str, duration: float, ticks_per_second: int) -> list[TimedWord]:
    """Put every word's time on the grid and prepare its text for showing."""
    ticks = on_grid([(word.start, word.end) for word in words], duration, ticks_per_second)
    reached = 0
    timed = []
    for word, (start, end) in zip(words, ticks, strict=True):
        glue = _glue(text, reached, word.token.start)
        timed.append(TimedWord(word, " ".join(word.token.text.split()), glue, start, end))
        reached = word.token.end
    return timed


def _glue(text: str, left: int, right: int) -> str:
    """What to show between two words: a space, but not inside a script that is written without."""
    gap = text[left:right]
    if any(character.isspace() for character in gap):
        return " "
    touching = not gap or (is_unspaced(text[left - 1]) and is_unspaced(text[right]))
    return "" if touching else " "


def make_cues(
    words: Sequence[Word], text: str, duration: float, options: SubtitleOptions, ticks_per_second: int
) -> list[Cue]:
    """Group the words as asked.

    A cue of one word lasts as long as the word. One of a line or a sentence starts with its first
    word and stays after its last one, where the speech allows, until it can be read.
    """
    timed = timed_words(words, text, duration, ticks_per_second)
    if options.granularity == "word":
        return [Cue(((word,),), word.start, word.end) for word in timed]
    pieces = _pieces(timed, text)
    grouped = [
        tuple(tuple(timed[index] for index in line) for line in lines) for lines in _grouped(pieces, options)
    ]
    last = last_tick(duration, ticks_per_second)
    followers = [group[0][0].start for group in grouped[1:]]
    cues = []
    for group, following in zip(grouped, [*followers, None], strict=True):
        end = _readable_end(group, following, last, ticks_per_second)
        cues.append(Cue(group, group[0][0].start, end))
    return cues


def _pieces(timed: Sequence[TimedWord], text: str) -> list[Piece]:
    pieces = []
    for index, word in enumerate(timed):
        following = timed[index + 1] if index + 1 < len(timed) else None
        if following is None:
            pieces.append(Piece(word.text, word.glue, Break.PARAGRAPH, pause=False))
            continue
        kind = break_between(text, word.word.token, following.word.token)
        if kind is Break.WORD and not following.glue:
            kind = Break.CHARACTER
        pause = following.word.start - word.word.end >= _LONG_PAUSE
        pieces.append(Piece(word.text, word.glue, kind, pause))
    return pieces


def _grouped(pieces: Sequence[Piece], options: SubtitleOptions) -> Iterator[list[range]]:
    """The lines of every cue, as ranges of words."""
    width = options.max_line_chars
    if options.granularity == "line":
        yield from ([line] for line in cut(pieces, width, 1))
        return
    for sentence in split_after(pieces, lambda piece: piece.after >= Break.SENTENCE):
        inside = [pieces[index] for index in sentence]
        for cue in cut(inside, width, options.max_lines):
            lines = wrap([inside[index] for index in cue], width)
            first = sentence.start + cue.start
            yield [range(first + line.start, first + line.stop) for line in lines]


def _readable_end(
    lines: tuple[tuple[TimedWord, ...], ...], following: int | None, last: int, ticks_per_second: int
) -> int:
    """The tick at which the cue has been read, but for what comes next or the end of the audio."""
    width = sum(columns(line_text(line)) for line in lines)
    seconds = max(_MIN_SECONDS, width / _COLUMNS_PER_SECOND)
    wanted = lines[0][0].start + round(seconds * ticks_per_second)
    latest = last if following is None else following - round(_GAP_SECONDS * ticks_per_second)
    return max(lines[-1][-1].end, min(wanted, latest))

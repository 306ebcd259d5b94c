"""Words ─▶ cues: what is on the screen together, in which lines, from when to when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from f5_worker.subtitle_options import SubtitleOptions
from f5_worker.subtitles.clock import last_tick, on_grid
from f5_worker.subtitles.function_words import clings
from f5_worker.subtitles.layout import Piece, Room, columns, cut, split_after, wrap
from f5_worker.subtitles.lettering import shown
from f5_worker.subtitles.transcript import Transcript
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
    """A word as it is shown: in its letters, `glue` before it in its line, times in ticks."""

    word: Word
    text: str
    glue: str
    start: int
    end: int


Lines = tuple[tuple[TimedWord, ...], ...]


@dataclass(frozen=True)
class Cue:
    """Lines of words on the screen from tick `start` to tick `end`."""

    lines: Lines
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


def timed_words(transcript: Transcript, options: SubtitleOptions, ticks_per_second: int) -> list[TimedWord]:
    """Put every word's time on the grid and prepare its text for showing."""
    times = [(word.start, word.end) for word in transcript.words]
    ticks = on_grid(times, transcript.duration, ticks_per_second)
    reached = 0
    timed = []
    for word, (start, end) in zip(transcript.words, ticks, strict=True):
        glue = _glue(transcript.text, reached, word.token.start)
        timed.append(TimedWord(word, shown(word.token.text, options, transcript.language), glue, start, end))
        reached = word.token.end
    return timed


def _glue(text: str, left: int, right: int) -> str:
    """What to show between two words: a space, but not inside a script that is written without."""
    gap = text[left:right]
    if any(character.isspace() for character in gap):
        return " "
    touching = not gap or (is_unspaced(text[left - 1]) and is_unspaced(text[right]))
    return "" if touching else " "


def make_cues(transcript: Transcript, options: SubtitleOptions, ticks_per_second: int) -> list[Cue]:
    """Group the words as asked.

    A cue of one word lasts as long as the word. One of a line or a sentence starts with its first
    word and stays after its last one, where the speech allows, until it can be read. Either stays until
    the next one if that begins within `hold`.
    """
    timed = timed_words(transcript, options, ticks_per_second)
    if options.granularity == "word":
        cues = [Cue(((word,),), word.start, word.end) for word in timed]
    else:
        cues = _long_enough(_lines(timed, transcript, options), transcript.duration, ticks_per_second)
    return _held(cues, round(options.hold * ticks_per_second))


def _held(cues: list[Cue], hold: int) -> list[Cue]:
    """No cue ends so shortly before the next one that the screen would flicker."""
    if not hold:
        return cues
    ends = [following.start for following in cues[1:]] + [cues[-1].end] if cues else []
    return [
        replace(cue, end=end) if cue.end < end <= cue.end + hold else cue
        for cue, end in zip(cues, ends, strict=True)
    ]


def _long_enough(groups: Sequence[Lines], duration: float, ticks_per_second: int) -> list[Cue]:
    last = last_tick(duration, ticks_per_second)
    followers = [lines[0][0].start for lines in groups[1:]]
    return [
        Cue(lines, lines[0][0].start, _readable_end(lines, following, last, ticks_per_second))
        for lines, following in zip(groups, [*followers, None], strict=True)
    ]


def _lines(timed: Sequence[TimedWord], transcript: Transcript, options: SubtitleOptions) -> list[Lines]:
    """The words of every cue, in lines."""
    pieces = _pieces(timed, transcript)
    return [
        tuple(tuple(timed[index] for index in line) for line in lines) for lines in _grouped(pieces, options)
    ]


def _pieces(timed: Sequence[TimedWord], transcript: Transcript) -> list[Piece]:
    pieces = []
    for index, word in enumerate(timed):
        following = timed[index + 1] if index + 1 < len(timed) else None
        if following is None:
            pieces.append(Piece(word.text, word.glue, Break.PARAGRAPH, pause=False))
            continue
        kind = break_between(transcript.text, word.word.token, following.word.token)
        if kind is Break.WORD and not following.glue:
            kind = Break.CHARACTER
        pause = following.word.start - word.word.end >= _LONG_PAUSE
        belongs = clings(word.word.token.text, transcript.language)
        pieces.append(Piece(word.text, word.glue, kind, pause, belongs))
    return pieces


def _grouped(pieces: Sequence[Piece], options: SubtitleOptions) -> Iterator[list[range]]:
    """The lines of every cue, as ranges of words."""
    width = options.max_line_chars
    if options.granularity == "line":
        yield from ([line] for line in cut(pieces, Room(width, 1, options.max_words)))
        return
    room = Room(width, options.max_lines, options.max_words)
    for sentence in split_after(pieces, lambda piece: piece.after >= Break.SENTENCE):
        inside = [pieces[index] for index in sentence]
        for cue in cut(inside, room):
            lines = wrap([inside[index] for index in cue], width)
            first = sentence.start + cue.start
            yield [range(first + line.start, first + line.stop) for line in lines]


def _readable_end(lines: Lines, following: int | None, last: int, ticks_per_second: int) -> int:
    """The tick at which the cue has been read, but for what comes next or the end of the audio."""
    width = sum(columns(line_text(line)) for line in lines)
    seconds = max(_MIN_SECONDS, width / _COLUMNS_PER_SECOND)
    wanted = lines[0][0].start + round(seconds * ticks_per_second)
    latest = last if following is None else following - round(_GAP_SECONDS * ticks_per_second)
    return max(lines[-1][-1].end, min(wanted, latest))

"""Every preset in every script on every canvas: libass lights the right word, inside the canvas.

Where a word is drawn is measured on another document, made here: the same lines with all other words hidden.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import ass
import numpy as np
import pytest
from numpy.typing import NDArray

from f5_worker import subtitles
from f5_worker.presets import PRESETS
from f5_worker.subtitle_options import SubtitleOptions
from f5_worker.subtitles.transcript import Transcript
from f5_worker.text.words import Word, tokenize
from tests.subtitles.frames import BACKGROUND, CJK, Frames, differ, drawn_as_text, fonts_in, rendered

TEXTS = {
    "en": "The quick brown fox jumps over an extraordinarily lazy dog.",
    "de": "Die Straße führt über Geschwindigkeitsbegrenzungen hinweg ins Grüne.",
    "ar": "مرحبا بكم في هذا الدرس الجميل اليوم",
    "zh": "今天天气很好我们去公园",
    "ja": "今日はとても良い天気です",
    "th": "สวัสดี วันนี้อากาศดี",
    "hi": "नमस्ते दोस्तों आज का मौसम बहुत अच्छा है",
}
CANVASES = {"16:9": (640, 360), "9:16": (360, 640), "1:1": (360, 360)}  # a third of the play resolution
FREE = {"9:16": (0.1, 0.12, 0.25, 0.12)}  # top, right, bottom, left: the apps' own
RATE = 4  # frames a second: one between two words, one in the middle of each
STEP, GAP = 0.5, 0.1  # seconds from word to word, and silence between them
STILL = ("plain", "one_word")


@dataclass(frozen=True)
class Drawn:
    """The frames of one file: as written, without an effect, and of each word alone."""

    words: list[Word]
    cues: list[range]  # which words each cue has
    shown: Frames
    unlit: Frames
    alone: Frames

    def middle(self, word: int) -> int:
        return 2 * word + 1

    def place(self, word: int) -> tuple[slice, slice]:
        """Rows and columns of the word."""
        there = differ(self.alone[self.middle(word)], BACKGROUND)
        rows, columns = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
        return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)

    def in_one_line(self, word: int, other: int) -> bool:
        """A line under a word reaches into the next line's marks, which are not beside it."""
        (upper, _), (lower, _) = self.place(word), self.place(other)
        shared = min(upper.stop, lower.stop) - max(upper.start, lower.start)
        return bool(shared > (upper.stop - upper.start) / 2)

    def changed(self, word: int) -> NDArray[np.bool_]:
        """What the effect changes in the middle of the word.

        A tag between two words makes libass place what follows up to a pixel off: that is no change.
        """
        unlit = self.unlit[self.middle(word)]
        near = [np.roll(unlit, by, axis=1) for by in (-1, 0, 1)]
        everywhere: NDArray[np.bool_] = np.all(
            [differ(self.shown[self.middle(word)], moved) for moved in near], axis=0
        )
        return everywhere


@pytest.fixture(scope="module")
def fonts_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fonts_in(tmp_path_factory.mktemp("fonts") / "files")


@pytest.fixture(scope="module", params=[(lang, preset) for lang in TEXTS for preset in PRESETS], ids="-".join)
def case(request: pytest.FixtureRequest) -> tuple[str, str]:
    chosen: tuple[str, str] = request.param
    return chosen


@pytest.fixture(scope="module", params=CANVASES)
def canvas(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def drawn(
    case: tuple[str, str], canvas: str, fonts_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Drawn:
    language, preset = case
    return draw(tmp_path_factory.mktemp("frames"), fonts_folder, language, preset, canvas)


def draw(folder: Path, fonts_folder: Path, language: str, preset: str, canvas: str) -> Drawn:
    text = TEXTS[language]
    tokens = tokenize(text, 0, len(text))
    words = [
        Word(token, STEP * index + GAP / 2, STEP * (index + 1) - GAP / 2, None, "engine")
        for index, token in enumerate(tokens)
    ]
    choice: dict[str, Any] = {"preset": preset, "canvas": canvas}
    if language in ("zh", "ja"):
        choice["style"] = {"font": CJK}
    transcript = Transcript(words, text, language, STEP * len(words))
    data = subtitles.write(transcript, "ass", SubtitleOptions.model_validate(choice))
    cues = cues_in(data.decode(), len(words))
    documents = [data, without_effect(data.decode(), cues), each_alone(data.decode(), cues)]
    frames = rendered(
        folder, documents, CANVASES[canvas], fonts=fonts_folder, rate=RATE, count=2 * len(words)
    )
    return Drawn(words, [cue.words for cue in cues], *frames)


@dataclass(frozen=True)
class Lines:
    """One cue of a file, read back: its size tag, its text without tags, and the words in it."""

    size: str
    parts: list[str]  # words and what stands between them, in turn
    words: range


def cues_in(data: str, count: int) -> list[Lines]:
    """The cues in order; a cue that is drawn several times counts once."""
    found: list[Lines] = []
    events = sorted(ass.parse_string(data).events, key=lambda event: (event.start, event.layer))
    begun = 0
    for event in events:
        size = re.match(r"\{\\fs\d+\}", event.text)
        bare = re.sub(r"\{[^}]*\}", "", event.text)
        middle = int((event.start.total_seconds() + 0.01) / STEP)
        if middle < begun:
            continue
        words = range(begun, begun + words_of(bare, begun, count))
        begun = words.stop
        found.append(Lines(size[0] if size else "", split(bare, len(words)), words))
    return found


def words_of(bare: str, begun: int, count: int) -> int:
    """How many of the text's words a cue has: those of languages without spaces are single letters."""
    spaced = len(re.split(r"\s+|\\N", bare))
    letters = re.sub(r"\s+|\\N", "", bare)
    return spaced if is_spaced(bare) else len(tokenize(letters, 0, len(letters)))


def is_spaced(bare: str) -> bool:
    return re.search("[\u0e00-\u0eff\u3040-\u9fff]", bare) is None


def split(bare: str, count: int) -> list[str]:
    if is_spaced(bare):
        return re.split(r"(\s+|\\N)", bare)
    parts, seam = [], ""
    for piece in re.split(r"(\s+|\\N)", bare):
        if re.fullmatch(r"\s+|\\N", piece):
            seam = piece
            continue
        for token in tokenize(piece, 0, len(piece)):
            parts += ([seam] if parts else []) + [token.text]
            seam = ""
    assert len(parts) == 2 * count - 1
    return parts


def document(data: str, lines: list[tuple[int, str]]) -> bytes:
    """The same file with other lines: the text of each for the two frames of one word."""
    head = data.partition("[Events]")[0]
    stamps = [f"{int(s // 60):d}:{s % 60:05.2f}" for s in np.arange(0, 120, STEP)]
    events = [
        f"Dialogue: 0,0:0{stamps[word]},0:0{stamps[word + 1]},Default,,0,0,0,,{text}" for word, text in lines
    ]
    header = "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"
    return "\n".join([head + "[Events]", header, *events, ""]).encode()


def without_effect(data: str, cues: list[Lines]) -> bytes:
    """Nothing lit: in the secondary colour, which is what karaoke's words are before they are spoken."""
    (colour, *_) = [style.secondary_color.to_ass() for style in ass.parse_string(data).styles]
    looks = (rf"{{\1c{colour[:2]}{colour[4:]}&}}", rf"{{\1c{colour[:2]}{colour[4:9]}E&}}")
    return document(data, [(word, in_runs(cue, looks)) for cue in cues for word in cue.words])


def each_alone(data: str, cues: list[Lines]) -> bytes:
    hidden = (r"{\1a&HFF&}", r"{\1a&HFE&}")
    lines = [
        (word, r"{\3a&HFF&\4a&HFF&}" + in_runs(cue, hidden, shown=index))
        for cue in cues
        for index, word in enumerate(cue.words)
    ]
    return document(data, lines)


def in_runs(cue: Lines, looks: tuple[str, str], shown: int | None = None) -> str:
    """The cue's text, each word in a look of its own: libass rounds positions where looks change."""
    parts = cue.parts.copy()
    for index in range(len(cue.words)):
        parts[2 * index] = (r"{\1a&H00&}" if index == shown else looks[index % 2]) + parts[2 * index]
    return cue.size + "".join(parts)


def test_the_spoken_word_differs_from_its_neighbours_where_it_is_drawn(
    drawn: Drawn, case: tuple[str, str]
) -> None:
    language, preset = case
    # Thai letters touch: a box around one, or one that grows, reaches into the next.
    most = 0.85 if language == "th" else 0.5
    for cue in drawn.cues if preset not in STILL else []:
        for word in cue:
            changed = drawn.changed(word)
            later = [other for other in cue if other > word]
            others = later if preset == "karaoke" else [other for other in cue if other != word]
            others = [other for other in others if drawn.in_one_line(word, other)]
            here = share(drawn, changed, word)
            assert here > 0.1, word
            assert all(share(drawn, changed, other) < here * most for other in others), word


def share(drawn: Drawn, changed: NDArray[np.bool_], word: int) -> float:
    """The part of a word's place, with room for a line under it, that is changed."""
    rows, columns = drawn.place(word)
    inside = changed[rows.start : rows.stop + 4, columns.start + 1 : columns.stop - 1]
    return float(inside.any(axis=0).mean())


def test_one_word_is_alone_in_its_place(drawn: Drawn, case: tuple[str, str]) -> None:
    if case[1] == "one_word":
        assert all(len(cue) == 1 for cue in drawn.cues)


def test_nothing_leaves_the_canvas_or_enters_the_safe_zone(drawn: Drawn, canvas: str) -> None:
    _, height, width, _ = drawn.shown.shape
    top, right, bottom, left = FREE.get(canvas, (0.0, 0.0, 0.0, 0.0))
    for frame in drawn.shown:
        rows, columns = np.nonzero(differ(frame, BACKGROUND))
        if len(rows):
            assert max(1, top * height) <= rows.min()
            assert rows.max() < min(height - 1, (1 - bottom) * height)
            assert max(1, left * width) <= columns.min()
            assert columns.max() < min(width - 1, (1 - right) * width)


def test_no_frame_is_empty_between_the_words_of_a_sentence(drawn: Drawn) -> None:
    assert all(differ(frame, BACKGROUND).any() for frame in drawn.shown[1:])


def test_without_karaoke_no_frame_changes_within_a_cue(drawn: Drawn, case: tuple[str, str]) -> None:
    if case[1] in STILL:
        for cue in drawn.cues:
            frames = drawn.shown[2 * cue.start + 1 : 2 * cue.stop]
            assert all((before == after).all() for before, after in pairwise(frames))


@pytest.mark.parametrize("canvas", [*CANVASES, "1600x1000"])
def test_letters_keep_their_shape(canvas: str, fonts_folder: Path, tmp_path: Path) -> None:
    """Beside ffmpeg's drawtext, which knows neither ASS nor a canvas."""
    named = {"16:9": (1920, 1080), "9:16": (1080, 1920), "1:1": (1080, 1080), "1600x1000": (1600, 1000)}
    text = "M"
    words = [Word(tokenize(text, 0, 1)[0], 0.0, 1.0, None, "engine")]
    options = SubtitleOptions.model_validate(
        {"canvas": canvas, "style": {"font": "FiraGO", "size": 300, "outline": 0, "shadow": 0}}
    )
    data = subtitles.write(Transcript(words, text, "en", 1.0), "ass", options)
    (frames,) = rendered(tmp_path, [data], named[canvas], fonts=fonts_folder, rate=2, count=1)
    font = fonts_folder / "FiraGO-Regular.ttf"
    there = differ(drawn_as_text(text, font, tmp_path), BACKGROUND)
    assert shape(differ(frames[0], BACKGROUND)) == pytest.approx(shape(there), rel=0.02)


def shape(there: NDArray[np.bool_]) -> float:
    """Width to height of what is drawn."""
    rows, columns = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
    return float((columns[-1] - columns[0] + 1) / (rows[-1] - rows[0] + 1))

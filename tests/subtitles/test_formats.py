"""Every format is read back by a parser of its own, whatever the text holds."""

import csv
import io
import json
import re
from html import unescape
from itertools import pairwise, product
from typing import Any, get_args

import ass
import pysubs2
import pytest
import webvtt

from f5_worker import subtitles
from f5_worker.schemas import TimingFormat
from f5_worker.subtitle_options import Effect, Granularity, SubtitleOptions
from f5_worker.subtitles.plain import WORD_JOINER
from tests.subtitles.texts import LONG, PLAIN, timed

TEXTS = PLAIN | {f"long {name}": text for name, text in LONG.items()}
Cues = list[tuple[float, float, str]]  # start and end in seconds, text with its lines joined by a space


def written(text: str, format_: TimingFormat, **choice: Any) -> str:
    data = subtitles.write(timed(text), format_, SubtitleOptions.model_validate(choice))
    assert b"\r" not in data
    return data.decode("utf-8")


def joined(lines: str) -> str:
    return " ".join(lines.replace(WORD_JOINER, "").split())


def read_srt(content: str) -> Cues:
    events = pysubs2.SSAFile.from_string(content, format_="srt", keep_html_tags=True)
    return [(e.start / 1000, e.end / 1000, joined(e.text.replace(r"\N", "\n"))) for e in events]


def read_vtt(content: str) -> Cues:
    captions = webvtt.from_buffer(io.StringIO(content))
    return [
        (in_seconds(c.start), in_seconds(c.end), joined(unescape(re.sub(r"<[\d:.]+>", "", c.raw_text))))
        for c in captions
    ]


def in_seconds(stamp: str) -> float:
    hours, minutes, seconds = stamp.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def read_ass(content: str) -> Cues:
    document = ass.parse_string(content)
    return [
        (e.start.total_seconds(), e.end.total_seconds(), joined(as_libass_shows(e.text)))
        for e in document.events
    ]


def as_libass_shows(text: str) -> str:
    text = re.sub(r"(?<!\\)\{\\(?:kf?|fs)\d+\}", "", text)
    return re.sub(r"\\([{}])", r"\1", text.replace(r"\N", "\n"))


READERS = {"srt": read_srt, "vtt": read_vtt, "ass": read_ass}


@pytest.mark.parametrize("granularity", get_args(Granularity))
@pytest.mark.parametrize(
    ("format_", "effect"), [("srt", "none"), *product(("vtt", "ass"), ("none", "step", "sweep"))]
)
@pytest.mark.parametrize("name", TEXTS)
def test_every_word_comes_back_from_its_own_parser(
    name: str, format_: TimingFormat, granularity: Granularity, effect: Effect
) -> None:
    transcript = timed(TEXTS[name])
    words, duration = transcript.words, transcript.duration
    cues = READERS[format_](written(TEXTS[name], format_, granularity=granularity, effect=effect))
    spoken = "".join(joined(word.token.text) for word in words)
    assert "".join(text for _, _, text in cues).replace(" ", "") == spoken.replace(" ", "")
    assert all(start < end <= duration for start, end, _ in cues)
    assert all(before[1] <= after[0] for before, after in pairwise(cues))
    if granularity == "word":
        assert len(cues) == len(words)
        tick = 0.01 if format_ == "ass" else 0.001
        assert all(abs(c[0] - w.start) <= tick / 2 + 1e-9 for c, w in zip(cues, words, strict=True))


@pytest.mark.parametrize("name", TEXTS)
def test_csv_has_a_row_a_word(name: str) -> None:
    words = timed(TEXTS[name]).words
    header, *rows = csv.reader(io.StringIO(written(TEXTS[name], "csv")))
    assert header == ["word", "start_time", "end_time", "confidence"]
    assert [row[0] for row in rows] == [joined(word.token.text) for word in words]
    for row, word in zip(rows, words, strict=True):
        assert abs(float(row[1]) - word.start) < 0.00051
        assert abs(float(row[2]) - word.end) < 0.00051
        assert float(row[3]) == round(word.score or 0.0, 3)


@pytest.mark.parametrize("granularity", get_args(Granularity))
@pytest.mark.parametrize("name", TEXTS)
def test_json_says_where_every_word_stands_in_the_text(name: str, granularity: Granularity) -> None:
    words = timed(TEXTS[name]).words
    content = json.loads(written(TEXTS[name], "json", granularity=granularity))
    assert len(content["words"]) == len(words)
    for entry, word in zip(content["words"], words, strict=True):
        written_word = TEXTS[name][entry["char_start"] : entry["char_end"]]
        assert (written_word, entry["score"]) == (word.token.text, word.score)
        assert entry["word"] == joined(written_word)
    covered = [n for cue in content["cues"] for n in range(cue["first_word"], cue["last_word"] + 1)]
    assert covered == list(range(len(words)))


@pytest.mark.parametrize("name", TEXTS)
def test_karaoke_times_of_ass_add_up_to_the_cue(name: str) -> None:
    document = ass.parse_string(written(TEXTS[name], "ass", granularity="line", effect="step"))
    for event in document.events:
        sung = sum(int(k) for k in re.findall(r"(?<!\\)\{\\kf?(\d+)\}", event.text))
        assert sung * 10 == round((event.end - event.start).total_seconds() * 1000)


def test_karaoke_timestamps_of_vtt_are_inside_the_cue_and_in_order() -> None:
    content = written(PLAIN["english"], "vtt", granularity="sentence", effect="step")
    for caption in webvtt.from_buffer(io.StringIO(content)):
        stamps = re.findall(r"<([\d:.]+)>", caption.raw_text)
        inside = [caption.start, *stamps, caption.end]
        assert inside == sorted(inside)
        assert len(stamps) == len(caption.text.split()) - 1


def test_nothing_of_a_hostile_text_is_left_as_markup() -> None:
    hostile = PLAIN["hostile"]
    assert written(hostile, "srt").count(" --> ") == len(timed(hostile).words)
    vtt = written(hostile, "vtt")
    assert re.search(r"<(?!\d)|&(?!amp;|lt;|gt;)", vtt.partition("\n")[2]) is None
    for event in ass.parse_string(written(hostile, "ass")).events:
        assert re.search(r"(?<!\\)[{}]|\\[Nnh]", event.text) is None


def test_the_style_of_ass_is_the_one_asked_for() -> None:
    style = {"font": "DejaVu Sans", "size": 90, "bold": True, "colour": "#102030", "position": "top"}
    document = ass.parse_string(written("Hello.", "ass", style=style))
    (shown,) = document.styles
    assert (shown.fontname, shown.fontsize, shown.bold, shown.alignment) == ("DejaVu Sans", 90, True, 8)
    assert shown.primary_color.to_ass() == "&H00302010"
    assert (document.info["PlayResX"], document.info["PlayResY"]) == (1920, 1080)


def test_text_from_right_to_left_is_given_its_direction() -> None:
    encodings = [
        ass.parse_string(written(PLAIN[name], "ass")).styles[0].encoding for name in ("english", "arabic")
    ]
    assert encodings == [1, -1]


def test_with_karaoke_words_turn_from_the_plain_into_the_highlight_colour() -> None:
    style = {"colour": "#FFFFFF", "highlight": "#FF0000"}
    (shown,) = ass.parse_string(written("Hello.", "ass", effect="step", style=style)).styles
    assert shown.secondary_color.to_ass() == "&H00FFFFFF"
    assert shown.primary_color.to_ass() == "&H000000FF"

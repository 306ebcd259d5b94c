"""Subtitles made later from a job's words are those that it would have made at once."""

import base64
import hashlib
from pathlib import Path
from typing import Any, get_args

import pytest

from f5_worker.presets import PRESETS
from f5_worker.schemas import TimingFormat
from tests.conftest import Call

TEXT = "It is 5 o'clock, and [pause:300ms] everybody went into the garden. Nobody stayed at home."
OPTIONS = [
    {},
    {"granularity": "line"},
    {"granularity": "sentence", "effect": "step"},
    *({"preset": preset, "canvas": "9:16"} for preset in PRESETS),
]


def fetched(answer: dict[str, Any]) -> bytes:
    data = base64.b64decode(answer["timing_data"])
    assert hashlib.sha256(data).hexdigest() == answer["sha256"]
    return data


@pytest.mark.parametrize("format_", get_args(TimingFormat))
def test_made_later_is_what_was_made_first(call: Call, volume: Path, format_: str) -> None:
    words = {"text": TEXT, "seed": 1, "return_word_timings": True, "timing_format": "srt"}
    call(words, job_id="kept")
    before = sorted(volume.rglob("*"))
    for options in OPTIONS:
        call(words | {"timing_format": format_, "subtitles": options}, job_id="first")
        first = (volume / f"timings/first.{format_}").read_bytes()
        download = {"endpoint": "download", "job_id": "kept", "type": "timing", "format": format_}
        assert fetched(call(download | {"subtitles": options})) == first
    for path in volume.rglob("first*"):
        path.unlink()
    assert sorted(volume.rglob("*")) == before


def test_another_format_has_the_options_of_the_job(call: Call, volume: Path) -> None:
    fields = {"text": TEXT, "seed": 1, "return_word_timings": True, "subtitles": {"preset": "box"}}
    answer = call(fields | {"timing_format": "srt"}, job_id="kept")
    assert answer["warnings"] == [
        "srt has no form of the effect 'box', which ass has",
        "srt has no colours, sizes and places of words, which ass has",
    ]
    call(fields | {"timing_format": "ass"}, job_id="first")
    later = call({"endpoint": "download", "job_id": "kept", "type": "timing", "format": "ass"})
    assert fetched(later) == (volume / "timings/first.ass").read_bytes()
    assert later["filename"] == "kept.ass"
    assert "warnings" not in later


def test_damaged_words_are_told(call: Call, volume: Path) -> None:
    call({"text": TEXT, "return_word_timings": True}, job_id="kept")
    (volume / "words/kept.words").write_bytes(b"\x1f\x8bnot gzip")
    answer = call({"endpoint": "download", "job_id": "kept", "type": "timing", "format": "ass"})
    assert answer["error"].startswith("STORAGE_FAILED: the words that were kept of this job are damaged")


def test_a_font_is_fetched_and_named_by_health(call: Call) -> None:
    answer = call({"endpoint": "download", "type": "font", "font": "FiraGO-Regular"})
    assert answer["filename"] == "FiraGO-Regular.ttf"
    data = base64.b64decode(answer["font_data"])
    assert data[:4] == b"\x00\x01\x00\x00"  # a TrueType font
    assert len(data) == answer["size"]
    assert {font["file"] for font in call({"endpoint": "health"})["fonts"]} == {
        "FiraGO-Regular",
        "FiraGO-Bold",
    }


def test_subtitles_are_answered_although_their_words_cannot_be_kept(call: Call, volume: Path) -> None:
    (volume / "words").write_text("a file where the folder should be")
    answer = call({"text": TEXT, "return_word_timings": True}, job_id="job")
    assert (volume / "timings/job.srt").exists()
    assert "timing_files" in answer
    assert answer["warnings"][0].startswith("no other subtitles can be made later: ")

"""Loose in form, strict in meaning: 200 forms that are taken, and 100 that only look like them."""

import base64
from typing import Any

import pytest

from f5_worker.errors import Code, WorkerError
from f5_worker.handler.parsing import parse_request
from f5_worker.schemas import SCHEMAS
from tests.conftest import Call
from tests.recordings import recording

NOT_SET = (None, "")
TRUE = ("true", "True", "TRUE", "tRuE", "yes", "Yes", "YES", "on", "On", "ON", 1, "1", 1.0)
FALSE = ("false", "False", "FALSE", "fAlSe", "no", "No", "NO", "off", "Off", "OFF", 0, "0", 0.0, -0.0)
NO_FLAG = (
    "true ", " true", "\ttrue", "yes please", "y", "n", "t", "f", "truee", "ja", "1.0", "01", "+1", "00",
    "0.0", "2", 2, -1, 0.5, "null", "None", "on/off", "nope", "enabled", [], [True], {},
    "ｔｒｕｅ", "tru\u0435",
)  # fmt: skip

# field, what it means, the ways to write it
LOOSE: list[tuple[str, Any, tuple[Any, ...]]] = [
    ("seed", 42, ("42", "+42", "42.", "42.0", "42.00", "042", "0042", "4.2e1", "4.2E+1", "420e-1", 42.0)),
    ("seed", 0, ("0", "-0", "0.0", "-0.0", "00", "0e5", "+0", ".0", 0.0, -0.0)),
    ("seed", 2**32 - 1, ("4294967295", "4294967295.0", 4294967295.0, "4.294967295e9", 4294967295)),
    ("seed", 2**31, ("2147483648", 2147483648.0)),
    ("seed", None, NOT_SET),
    ("nfe_step", 16, ("16", "16.0", "1.6e1", 16.0, "+16")),
    ("nfe_step", 32, NOT_SET),
    ("speed", 1.5, ("1.5", "+1.5", "1.50", "01.5", "15e-1", "0.15E1", "1.5e0")),
    ("speed", 0.5, (".5", "0.5", "+.5", "5e-1", "0.50")),
    ("speed", 1.0, ("1", "1.", "1.0", "+1", 1, *NOT_SET)),
    ("cfg_strength", 0.0, ("0", "-0", "0.0", 0, "0e9")),
    ("sway_sampling_coef", -1.0, ("-1", "-1.0", -1, "-1e0", "-01", "-1.")),
    ("sway_sampling_coef", -0.5, ("-.5", "-0.5", "-5e-1")),
    ("target_rms", 0.1, ("0.1", ".1", "1e-1", *NOT_SET)),
    ("cross_fade_duration", 0.0, ("0", 0, "0.0")),
    ("fix_duration", 12.0, ("12", "12.0", "1.2e1", 12)),
    ("fix_duration", None, NOT_SET),
    ("remove_silence", True, TRUE),
    ("remove_silence", False, (*FALSE, *NOT_SET)),
    ("return_word_timings", True, TRUE),
    ("verify", False, FALSE),
    ("verify", None, NOT_SET),
    ("subtitles.uppercase", True, TRUE),
    ("subtitles.effect", "box", ("BOX", "Box")),
    ("subtitles.style.bold", True, ("true", 1, "1", "YES")),
    ("subtitles.max_line_chars", 30, ("30", 30.0, "30.0")),
    ("subtitles.style.size", 90, ("90", 90.0)),
    ("subtitles.style.outline", 2.5, ("2.5", "25e-1")),
    ("audio_format", "mp3", ("MP3", "Mp3", "mP3")),
    ("audio_format", "wav", ("WAV", "Wav", *NOT_SET)),
    ("audio_format", "ogg", ("OGG", "Ogg")),
    ("timing_format", "srt", ("SRT", "Srt", "sRT", *NOT_SET)),
    ("timing_format", "ass", ("ASS", "Ass")),
    ("timing_method", "whisperx", ("WhisperX", "WHISPERX", "Whisperx")),
    ("timing_method", "google", ("Google", "GOOGLE")),
    ("timing_method", None, NOT_SET),
    ("normalize", "off", ("OFF", "Off")),
    ("normalize", "auto", ("AUTO", *NOT_SET)),
    ("subtitles.granularity", "line", ("Line", "LINE")),
    ("subtitles.style.position", "top", ("Top", "TOP")),
    ("subtitles.style.colour", "#FFFFFF", NOT_SET),
    ("local_voice", None, NOT_SET),
    ("ref_text", None, NOT_SET),
    ("ref_text", "One two.", ("One\x00two.", "One\x85two.")),
    ("text", "One two.", ("One\x00two.", "One\x1ftwo.", "One\x7ftwo.", "One\x9ftwo.", "One\x0btwo.")),
    ("text", "One\ttwo.\r\n", ("One\ttwo.\r\n",)),
    ("endpoint", "tts", ("tts", "TTS", "Tts", "tTs", *NOT_SET)),
    ("download.offset", 7, ("7", 7.0, "7.0")),
    ("download.type", "timing", ("Timing", "TIMING")),
    ("download.format", None, NOT_SET),
    ("download.endpoint", "download", ("Download", "DOWNLOAD")),
]  # fmt: skip

# field, a part of the sentence that refuses it, what only looks like a value
LOOK_ALIKES: list[tuple[str, str, tuple[Any, ...]]] = [
    ("remove_silence", "must be true or false", NO_FLAG),
    ("seed", "a whole number from 0 to 4294967295", (
        "4 2", " 42", "42 ", "42\n", "4_2", "4,2", "42a", "0x2a", "0b1", "0o7", "four", "42.5", 42.5,
        "42.0.0", "--42", "+-42", "4e", "e4", "1e999", float("inf"), "1e-1", "-1", -1, -1.0, "4294967296",
        4294967296, 4294967296.0, "4294967295.0000000000000000001", "42" * 40, 10**400, "NaN", "null",
        "٤٢", "４２", True, False, [], [42], {})),
    ("speed", "a number from 0.3 to 2.0", (
        "1,5", "1.5x", "150%", "1 .5", "1.5 ", "fast", "1.5.0", "1/2", "1e999", "-1e999", "1e99999", "inf",
        "Infinity", "nan", "NaN", float("inf"), float("nan"), 10**400, True, False, [1.5], {"value": 1.5},
        "½", "0", "2.01", "−1", ".", "+", "e1", "1e1.5", "0x1p0")),
    ("audio_format", "one of 'wav', 'flac', 'mp3', 'ogg'", (
        "mp3 ", " mp3", ".mp3", "MPEG", "wave", "ⓜp3", 3, True, [])),
    ("timing_format", "one of 'srt', 'vtt', 'csv', 'json', 'ass'", (
        "\u017frt", "SubRip", "sub", "webvtt", "srt,vtt")),
    ("timing_method", "one of 'whisperx'", ("whisper", "whisper x", "google\u200b")),
    ("normalize", "one of 'auto', 'on', 'off'", (True, False, 1, "yes")),
    ("subtitles", "an object of subtitle options", ("{}", [], 1, "line", True)),
    ("text", "a string of text to speak", (5, 1.5, True, ["Hello"], {"text": "Hello"}, *NOT_SET, "\ud800")),
    ("local_voice", "name of a stored voice", ("an\x00na", "anna\n", 5, True)),
    ("endpoint", "must be one of tts, download", ("tts ", "ｔｔｓ", "tts\n", 0, False, [], {}, "speak")),
]  # fmt: skip


def cases(table: list[tuple[str, Any, tuple[Any, ...]]]) -> list[tuple[str, Any, Any]]:
    return [(field, becomes, value) for field, becomes, values in table for value in values]


def payload(field: str, value: Any) -> tuple[dict[str, Any], list[str]]:
    """A request with one field of it as given, and the field's path."""
    path = field.split(".")
    endpoint = path.pop(0) if path[0] in SCHEMAS else "tts"
    base = {"endpoint": endpoint, **({"job_id": "a"} if endpoint == "download" else {"text": "Hello."})}
    for name in reversed(path):
        value = {name: value}
    return base | value, path


@pytest.mark.parametrize(("field", "meaning", "sent"), cases(LOOSE), ids=repr)
def test_a_loose_form_is_the_value_that_it_means(field: str, meaning: Any, sent: Any) -> None:
    given, path = payload(field, sent)
    found, warnings = parse_request(given, 1000)
    for name in path:
        found = getattr(found, name)
    assert (type(found), found) == (type(meaning), meaning)
    assert warnings == []


@pytest.mark.parametrize(("field", "sentence", "sent"), cases(LOOK_ALIKES), ids=repr)
def test_what_only_looks_like_a_value_is_refused(field: str, sentence: str, sent: Any) -> None:
    with pytest.raises(WorkerError) as caught:
        parse_request(payload(field, sent)[0], 1000)
    assert caught.value.code is Code.INVALID_INPUT
    assert sentence in caught.value.message


def test_the_tables_hold_what_was_promised() -> None:
    assert len(cases(LOOSE)) >= 200
    assert len(cases(LOOK_ALIKES)) >= 100


def test_what_is_not_set_counts_as_not_sent() -> None:
    request, _ = parse_request({"text": "Hello.", "nfe_step": None, "seed": ""}, 1000)
    assert request.model_fields_set == {"endpoint", "text"}


ENDPOINTS = {
    "tts": {"text": "Hello."},
    "download": {"job_id": "job-1"},
    "upload": {"voice_name": "anna", "voice_data": base64.b64encode(recording()).decode()},
    "list_voices": {},
    "health": {},
}


def test_a_field_that_does_not_exist_is_told_by_every_endpoint(call: Call) -> None:
    assert {*ENDPOINTS, "status", "result"} == set(SCHEMAS)  # other names of health and download
    for endpoint, fields in ENDPOINTS.items():
        answer = call({"endpoint": endpoint, **fields, "webhook_id": 7})
        assert answer["warnings"] == ["'webhook_id' is not a field; it was ignored"]


def test_the_nearest_field_is_named() -> None:
    request = {"text": "Hello.", "sede": 1, "SPEED": 1, "subtitles": {"style": {"color": "#FFFFFF"}}}
    assert parse_request(request, 1000)[1] == [
        "'sede' is not a field; did you mean 'seed'?",
        "'SPEED' is not a field; did you mean 'speed'?",
        "'subtitles.style.color' is not a field; did you mean 'colour'?",
    ]


def test_thousands_of_unknown_fields_are_counted_and_a_few_are_told() -> None:
    names = dict.fromkeys((f"x{number}" for number in range(300_000)), 1)
    _, warnings = parse_request({"text": "Hello.", "subtitles": names | {"s" * 3_000_000: 1}} | names, 1000)
    assert warnings[0] == "'x0' is not a field; it was ignored"
    assert warnings[-1] == "599996 more names in the input are not fields"
    assert len(warnings) == 6
    assert sum(map(len, warnings)) < 1000


def test_offsets_of_words_stay_when_control_characters_are_read_as_spaces(call: Call) -> None:
    answer = call({"text": "One\x00\x1btwo.", "return_word_timings": True, "timing_format": "csv"})
    assert answer["text"] == "One  two."
    assert answer["word_count"] == 2

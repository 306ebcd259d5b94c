"""Whatever a caller sends that is wrong: the right code, a sentence that helps, and no file left behind."""

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.conftest import Call, files_in


def wav(seconds: float, level: float = 0.3, rate: int = 24_000) -> bytes:
    tone = level * np.sin(2 * np.pi * 220 * np.arange(int(seconds * rate)) / rate)
    file = io.BytesIO()
    soundfile.write(file, tone, rate, format="WAV")
    return file.getvalue()


def upload(data: bytes, name: str = "anna") -> dict[str, Any]:
    return {"endpoint": "upload", "voice_name": name, "voice_data": base64.b64encode(data).decode()}


def upload_url(url: str) -> dict[str, Any]:
    return {"endpoint": "upload", "voice_name": "anna", "voice_file_url": url}


def download(**fields: Any) -> dict[str, Any]:
    return {"endpoint": "download", "job_id": "nowhere"} | fields


def tts(**fields: Any) -> dict[str, Any]:
    return {"text": "Hello there."} | fields


INVALID = "INVALID_INPUT"
REFUSED = "FETCH_REFUSED"
REJECTED = "VOICE_REJECTED"

# what is sent, the code, and a part of the sentence that says what would be right
BAD_INPUTS: list[tuple[Any, str, str]] = [
    # not a request at all
    (None, INVALID, "must be an object"),
    ([], INVALID, "must be an object"),
    ("Hello", INVALID, "must be an object"),
    (7, INVALID, "must be an object"),
    ({}, INVALID, "text is missing"),
    ({"endpoint": "speak", "text": "Hello"}, INVALID, "must be one of tts, download"),
    ({"endpoint": "tss", "text": "Hello"}, INVALID, "did you mean 'tts'?"),
    ({"endpoint": ["tts"], "text": "Hello"}, INVALID, "must be one of"),
    # the text
    ({"text": ""}, INVALID, "not empty"),
    ({"text": " \n\t "}, INVALID, "a letter or a digit"),
    ({"text": "... --> !!!"}, INVALID, "a letter or a digit"),
    ({"text": "\U0001f389\U0001f389"}, INVALID, "a letter or a digit"),
    ({"text": None}, INVALID, "must be a string"),
    ({"text": 5}, INVALID, "must be a string"),
    ({"text": ["Hello"]}, INVALID, "must be a string"),
    ({"text": "a\ud800"}, INVALID, "surrogate"),
    ({"text": "word " * 4001}, INVALID, "at most 20000"),
    ({"text": "Wait [pause:99s] here."}, INVALID, "pause"),
    ({"text": "Wait [pause:soon] here."}, INVALID, "pause"),
    ({"txt": "Hello"}, INVALID, "did you mean 'text'?"),
    # numbers
    (tts(speed=True), INVALID, "a number from 0.3 to 2.0"),
    (tts(speed=0.29), INVALID, "speed is 0.29"),
    (tts(speed=2.01), INVALID, "speed is 2.01"),
    (tts(speed=float("nan")), INVALID, "speed is NaN"),
    (tts(speed=float("inf")), INVALID, "speed is Infinity"),
    (tts(seed=-1), INVALID, "0 to 4294967295"),
    (tts(seed=2**32), INVALID, "0 to 4294967295"),
    (tts(seed=1.5), INVALID, "a whole number"),
    (tts(nfe_step=0), INVALID, "nfe_step is 0"),
    (tts(nfe_step=10**30), INVALID, "nfe_step"),
    (tts(cfg_strength=-1), INVALID, "0 to 10"),
    (tts(sway_sampling_coef=-1.5), INVALID, "-1 to 2"),
    (tts(target_rms=0), INVALID, "0.001 to 1"),
    (tts(cross_fade_duration=5), INVALID, "0 to 1"),
    (tts(fix_duration=-3), INVALID, "0.1 to 60"),
    # choices
    (tts(language="english"), INVALID, "'auto' or the tag of a language"),
    (tts(language="en_"), INVALID, "'auto' or the tag of a language"),
    (tts(language="e-n"), INVALID, "'auto' or the tag of a language"),
    (tts(language="xx"), INVALID, "does not speak"),
    (tts(language="xx-DE"), INVALID, "does not speak"),
    (tts(audio_format="aac"), INVALID, "'wav', 'flac', 'mp3', 'ogg'"),
    (tts(audio_format="../../etc/passwd"), INVALID, "'wav'"),
    (tts(timing_format="sub"), INVALID, "'srt', 'vtt'"),
    (tts(timing_format="srt/../../x"), INVALID, "'srt', 'vtt'"),
    (tts(timing_method="gentle"), INVALID, "'whisperx'"),
    (tts(subtitles={"granularity": "letter"}), INVALID, "subtitles.granularity is 'letter'"),
    (tts(subtitles={"max_line_chars": 3}), INVALID, "8 to 100"),
    (tts(subtitles={"preset": "karoake"}), INVALID, "subtitles.preset is 'karoake'; it must be one of"),
    (tts(subtitles={"preset": ["box"]}), INVALID, "subtitles.preset is a list; it must be one of"),
    (tts(subtitles={"canvas": "99x99"}), INVALID, "subtitles.canvas is '99x99'; it must be '16:9'"),
    (tts(subtitles={"safe_zone": {"top": 0.5}}), INVALID, "safe_zone.top is 0.5; it must be a fraction"),
    (tts(subtitles={"style": {"colour": "red"}}), INVALID, "'#RRGGBB'"),
    (tts(subtitles={"style": {"font": "Arial,200"}}), INVALID, "the name of a font"),
    # voices that are not there, or not where they may be
    (tts(local_voice="nobody"), "VOICE_NOT_FOUND", "nobody"),
    (tts(local_voice="../../etc/passwd"), INVALID, "name of a stored voice"),
    (tts(local_voice="a\nb"), INVALID, "name of a stored voice"),
    (tts(local_voice="http://example.com/a.wav"), REFUSED, "https"),
    (tts(local_voice="file:///etc/passwd"), REFUSED, "https"),
    (tts(local_voice="https://127.0.0.1/a.wav"), REFUSED, "public"),
    # uploads
    ({"endpoint": "upload", "voice_name": "anna"}, INVALID, "exactly one of"),
    (upload(wav(2)) | {"voice_file_url": "https://example.com/a"}, INVALID, "exactly one of"),
    (upload(wav(2), name="../anna"), INVALID, "a name such as 'anna'"),
    (upload(wav(2), name="/anna"), INVALID, "a name such as 'anna'"),
    (upload(wav(2), name=""), INVALID, "a name such as 'anna'"),
    (upload(wav(2), name="a" * 201), INVALID, "a name such as 'anna'"),
    (upload(wav(2), name=".wav"), INVALID, "no part of it starting with '.'"),
    ({"endpoint": "upload", "voice_name": "anna", "voice_data": "%%%"}, INVALID, "base64"),
    ({"endpoint": "upload", "voice_name": "anna", "voice_data": 5}, INVALID, "base64"),
    (upload(b"this is not audio" * 100), REJECTED, "WAV, FLAC, OGG or MP3"),
    (upload(wav(2)[:40_000]), REJECTED, "whole file"),
    (upload(wav(0.2)), REJECTED, "second"),
    (upload(wav(3, level=0.0)), REJECTED, "silent"),
    (upload_url("http://example.com/a.wav"), REFUSED, "https"),
    (upload_url("ftp://example.com/a.wav"), REFUSED, "https"),
    (upload_url("https://user:secret@example.com/a.wav"), REFUSED, ""),
    (upload_url("https://localhost/a.wav"), REFUSED, "public"),
    (upload_url("https://169.254.169.254/latest/meta-data/"), REFUSED, "public"),
    (upload_url("https://10.0.0.1/a.wav"), REFUSED, "public"),
    (upload_url("https://[::1]/a.wav"), REFUSED, "public"),
    (upload_url("https://[::ffff:192.168.1.1]/a.wav"), REFUSED, "public"),
    (upload_url("https://2130706433/a.wav"), REFUSED, "public"),
    (upload_url("https://0x7f.1/a.wav"), REFUSED, "public"),
    (upload_url("not a url"), REFUSED, "https"),
    # downloads
    ({"endpoint": "download"}, INVALID, "job_id is missing"),
    (download(), "NOT_FOUND", "'nowhere'"),
    (download(job_id="../output/x"), INVALID, "letters, digits"),
    (download(job_id="a/b"), INVALID, "letters, digits"),
    (download(job_id=""), INVALID, "letters, digits"),
    (download(subtitles={}), INVALID, "both must be set"),
    (download(type="font", format="ass"), INVALID, "it must not be set"),
    (download(type="video"), INVALID, "'audio', 'timing', 'font'"),
    (download(type="timing", format="wav"), INVALID, "for type 'timing'"),
    (download(format="srt"), INVALID, "for type 'audio'"),
    (download(offset=-1), INVALID, "0 or more"),
]

# Refused once; what is sent, a warning that the answer has, and why it is taken.
NO_LONGER_BAD: list[tuple[Any, str, str]] = [
    ({"endpoint": None, "text": "Hello"}, "", "null is not set, and tts is the default"),
    ({"text": "a\x00b"}, "", "a control character cannot be read, but it parts words as a space does"),
    ({"text": "a\x1b[31m"}, "", "the same"),
    (tts(audio_url="x"), "'audio_url' is not a field", "callers send fields of their own beside ours"),
    (tts(ßeed=1), "did you mean 'seed'?", "the same, and a slip of the pen is named"),
    (tts(speed="1"), "", "shells and no-code tools send every value as a string"),
    (tts(speed=None), "", "null is not set"),
    (tts(seed=2**31), "", "NumPy's and F5-TTS's own seeds go up to 4294967295"),
    (tts(remove_silence="yes"), "", "it cannot mean anything but true"),
    (tts(return_word_timings=1), "", "the same"),
    (tts(subtitles=None), "", "null is not set"),
    (tts(subtitles={"efect": "box"}), "did you mean 'effect'?", "a field that does not exist is told"),
    (upload(wav(2)) | {"ref_text": ""}, "", "an empty string is not set"),
    ({"endpoint": "health", "verbose": True}, "'verbose' is not a field", "a field of the caller's own"),
]

BAD_JOB_IDS = ["../../x", "a/b", "", "a b", "a.b", "a\x00", "-a", "a" * 129, 5, None, ["a"]]


@pytest.mark.parametrize(("payload", "code", "phrase"), BAD_INPUTS, ids=range(len(BAD_INPUTS)))
def test_a_bad_input_gets_its_code_and_a_helpful_sentence_and_leaves_nothing(
    call: Call, volume: Path, payload: Any, code: str, phrase: str
) -> None:
    before = files_in(volume)
    answer = call(payload)
    assert set(answer) == {"error"}
    found, _, sentence = answer["error"].partition(": ")
    assert found == code, answer
    assert phrase in sentence
    assert "Traceback" not in sentence
    assert str(volume) not in sentence
    assert "secret" not in sentence
    assert files_in(volume) == before


@pytest.mark.parametrize(("payload", "warning", "reason"), NO_LONGER_BAD, ids=range(len(NO_LONGER_BAD)))
def test_what_is_unmistakable_or_harmless_is_no_longer_refused(
    call: Call, payload: Any, warning: str, reason: str
) -> None:
    answer = call(payload)
    assert "error" not in answer, reason
    assert [told for told in answer.get("warnings", [""]) if warning in told]


@pytest.mark.parametrize("job_id", BAD_JOB_IDS)
def test_a_job_id_that_cannot_name_a_file_is_refused(call: Call, volume: Path, job_id: Any) -> None:
    answer = call(tts(), job_id=job_id)
    assert answer["error"].startswith("INVALID_INPUT: the job's id is")
    assert files_in(volume) == set()


def test_a_huge_upload_is_refused_by_its_size(call: Call, volume: Path) -> None:
    answer = call({"endpoint": "upload", "voice_name": "anna", "voice_data": "A" * 80_000_000})
    assert answer["error"].startswith("VOICE_REJECTED: voice_data holds about 60000000 bytes")
    assert files_in(volume) == set()


def test_the_table_holds_what_was_promised() -> None:
    assert len(BAD_INPUTS) + len(BAD_JOB_IDS) >= 60

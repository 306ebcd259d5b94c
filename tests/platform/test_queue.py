"""Jobs through the SDK's queue loop: every endpoint, and every way for a job to fail."""

import base64
import re
from typing import Any

import pysubs2
import pytest
import soundfile

from tests.platform.endpoint import SENTENCE, Endpoint, completed, failed, local_path

TTS = {"text": "Hello there, world.", "return_word_timings": True}


def test_tts_stores_the_audio_and_exactly_one_subtitle_file(endpoint: Endpoint) -> None:
    before = endpoint.files()
    answer = endpoint.completed(TTS, "speech-1")
    assert (answer["job_id"], answer["status"]) == ("speech-1", "completed")
    assert list(answer["timing_files"]) == ["srt"]
    assert endpoint.files() - before == {"output/speech-1.wav", "timings/speech-1.srt"}

    audio = soundfile.info(local_path(answer["audio_url"]))
    assert (audio.format, audio.samplerate) == ("WAV", answer["sample_rate"])
    assert audio.duration == pytest.approx(answer["duration"], abs=1e-3)
    cues = pysubs2.load(str(local_path(answer["timing_files"]["srt"])))
    assert [cue.text for cue in cues] == ["Hello", "there,", "world."]
    assert cues[-1].end <= round(audio.duration * 1000)


BAD_INPUTS: list[tuple[Any, str, str]] = [  # the input, its code, what the sentence must name
    ({}, "INVALID_INPUT", "text"),
    ({"text": ""}, "INVALID_INPUT", "text"),
    (["Hello."], "INVALID_INPUT", "object"),
    ({"text": "half a surrogate pair: \ud83d"}, "INVALID_INPUT", "text"),
    ({"txt": "Hello.", "timing_fromat": "srt"}, "INVALID_INPUT", "'timing_format'"),
    ({"text": "Hello.", "speed": "fast"}, "INVALID_INPUT", "speed"),
    ({"endpoint": "sing", "text": "Hello."}, "INVALID_INPUT", "list_voices"),
    ({"endpoint": "download", "job_id": "../../etc/passwd"}, "INVALID_INPUT", "job_id"),
    ({"endpoint": "download", "job_id": "never-made"}, "NOT_FOUND", "never-made"),
    ({"text": "Hello.", "local_voice": "nobody"}, "VOICE_NOT_FOUND", "nobody"),
]
BAD_IDS = [r"..\..\x", "a.b", "-x", "a b", "x" * 129]


def test_bad_inputs_fail_with_their_code_and_a_sentence(endpoint: Endpoint) -> None:
    before = endpoint.files()
    jobs = [endpoint.platform.submit(job_input) for job_input, _, _ in BAD_INPUTS]
    for job_id, (_, code, named) in zip(jobs, BAD_INPUTS, strict=True):
        error = failed(endpoint.platform, job_id)
        assert re.fullmatch(rf"{code}: [^\n]+", error)
        assert named in error
        assert str(endpoint.volume) not in error
    assert endpoint.files() == before


def test_jobs_whose_id_is_no_file_name_fail_and_leave_nothing(endpoint: Endpoint) -> None:
    before = endpoint.files()
    for job_id in [endpoint.platform.submit(TTS, job_id) for job_id in BAD_IDS]:
        assert failed(endpoint.platform, job_id).startswith("INVALID_INPUT: ")
    assert endpoint.files() == before


def test_progress_comes_in_order_and_ends_before_the_result(endpoint: Endpoint) -> None:
    job_id = endpoint.platform.submit({"text": SENTENCE * 150, "return_word_timings": True})
    completed(endpoint.platform, job_id)
    updates = endpoint.platform.job(job_id).updates
    assert updates
    for update in updates:
        assert 0 <= update["done"] <= update["total"]
    speaking = [update["done"] for update in updates if update["stage"] == updates[0]["stage"]]
    assert speaking == sorted(speaking)
    # A late update would be noted by the stand-in and fail this test as it ends.


def test_jobs_that_come_at_once_are_all_answered_each_with_its_own_files(endpoint: Endpoint) -> None:
    words = ["alpha", "bravo", "charlie", "delta", "echo"]
    ids = {endpoint.platform.submit(TTS | {"text": word}): word for word in words}
    for job_id, word in ids.items():
        answer = completed(endpoint.platform, job_id)
        assert answer["job_id"] == job_id
        cues = pysubs2.load(str(local_path(answer["timing_files"]["srt"])))
        assert [cue.text for cue in cues] == [word]


def test_text_in_any_script_comes_back_unchanged(endpoint: Endpoint) -> None:
    texts = ["Grüße, 你好!", "مرحبا \u2067bidi\u2069", 'fire 🔥 <b>&amp;</b> --> {\\N} "quoted",\nline']
    for job_id, text in [(endpoint.platform.submit(TTS | {"text": text}), text) for text in texts]:
        assert completed(endpoint.platform, job_id)["text"] == text


def test_a_retried_job_overwrites_its_own_files(endpoint: Endpoint) -> None:
    first = endpoint.completed(TTS | {"seed": 1}, "retried-1")
    files = endpoint.files()
    before = local_path(first["audio_url"]).read_bytes()
    again = endpoint.completed(TTS | {"seed": 1}, "retried-1")
    assert endpoint.files() == files
    assert again["audio_url"] == first["audio_url"]
    assert local_path(again["audio_url"]).read_bytes() == before


def test_a_download_in_parts_gives_the_stored_bytes(endpoint: Endpoint) -> None:
    answer = endpoint.completed(TTS | {"text": SENTENCE}, "parts-1")
    stored = local_path(answer["audio_url"]).read_bytes()
    first = endpoint.completed({"endpoint": "download", "job_id": "parts-1"})
    assert 0 < first["next_offset"] < len(stored)
    assert endpoint.download("parts-1", "audio") == stored
    assert endpoint.download("parts-1", "timing") == local_path(answer["timing_files"]["srt"]).read_bytes()


def test_an_uploaded_voice_is_listed_and_spoken_with(endpoint: Endpoint) -> None:
    spoken = endpoint.completed({"text": SENTENCE})
    upload = {
        "endpoint": "upload",
        "voice_name": "fox",
        "voice_data": base64.b64encode(local_path(spoken["audio_url"]).read_bytes()).decode(),
        "ref_text": SENTENCE.strip(),
    }
    stored = endpoint.completed(upload)["voice"]
    assert stored["duration"] == pytest.approx(spoken["duration"], abs=0.01)
    listed = endpoint.completed({"endpoint": "list_voices"})
    assert [voice["transcript"] for voice in listed["voices"] if voice["name"] == "fox.wav"] == [
        SENTENCE.strip()
    ]
    assert listed["count"] == len(listed["voices"])
    assert endpoint.completed(TTS | {"local_voice": "fox"})["voice"] == "fox.wav"


def test_health_says_what_is_loaded_and_no_secret(endpoint: Endpoint) -> None:
    answer = endpoint.completed({"endpoint": "health"})
    assert "espeak" in str(answer)
    assert "stand-in-key" not in str(answer)


def test_the_heartbeat_comes_from_the_worker(endpoint: Endpoint) -> None:
    seen = len(endpoint.platform.pings)
    endpoint.platform.wait(lambda: len(endpoint.platform.pings) > seen, "ping")
    assert endpoint.platform.pings[-1].worker == "shared"


def test_no_text_and_no_key_reaches_the_log(endpoint: Endpoint) -> None:
    endpoint.completed({"text": "Sesquipedalian hippopotamus."})
    failed(
        endpoint.platform, endpoint.platform.submit({"text": "Sesquipedalian hippopotamus.", "speed": "fast"})
    )
    assert "hippopotamus" not in endpoint.worker.output
    assert "stand-in-key" not in endpoint.worker.output

"""The tts endpoint: what is stored, what is answered, and what survives when a part fails."""

import asyncio
import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

from f5_worker import subtitles
from f5_worker.endpoints import tts
from f5_worker.errors import Code, WorkerError
from f5_worker.handler.worker import Worker
from f5_worker.job import Job, JobControl
from f5_worker.schemas import TtsRequest
from f5_worker.services import Services, warm_up
from f5_worker.storage.volume import VolumeStore
from f5_worker.timing.fallback_chain import FallbackChain
from tests.conftest import Call, files_in, settings_for
from tests.handler.test_bad_inputs import upload
from tests.recordings import recording

TEXT = "The first sentence. [pause:700ms] And here is the second one!"


def run(services: Services, **fields: Any) -> dict[str, Any]:
    return asyncio.run(Worker(services).handle({"id": "job-1", "input": {"text": TEXT} | fields}))


def test_one_audio_file_and_exactly_the_subtitle_format_asked_for(call: Call, volume: Path) -> None:
    answer = call({"text": TEXT, "return_word_timings": True, "timing_format": "vtt", "audio_format": "flac"})
    assert files_in(volume) == {"output/job-1.flac", "timings/job-1.vtt", "words/job-1.words"}
    assert answer["timing_files"] == {"vtt": f"file://{volume}/timings/job-1.vtt"}
    audio, rate = soundfile.read(volume / "output/job-1.flac")
    assert (rate, len(audio) / rate) == (24_000, pytest.approx(answer["duration"], abs=1e-6))


def test_without_timings_there_is_only_the_audio(call: Call, volume: Path) -> None:
    answer = call({"text": TEXT})
    assert files_in(volume) == {"output/job-1.wav"}
    assert not {"timing_files", "timing_format", "word_count"} & set(answer)


def test_the_words_are_heard_when_the_subtitles_say(call: Call, volume: Path) -> None:
    call({"text": TEXT, "return_word_timings": True, "timing_format": "csv"})
    audio, rate = soundfile.read(volume / "output/job-1.wav")
    spoken = np.zeros(len(audio), bool)
    for row in csv.DictReader(io.StringIO((volume / "timings/job-1.csv").read_text())):
        spoken[int(float(row["start_time"]) * rate) : int(float(row["end_time"]) * rate)] = True
    energy = audio**2
    assert energy[spoken].sum() > 0.98 * energy.sum()
    assert spoken.mean() < 0.9  # the pause is not part of a word


def test_the_pause_that_was_asked_for_is_exact_silence(call: Call, volume: Path) -> None:
    call({"text": TEXT})
    audio, rate = soundfile.read(volume / "output/job-1.wav")
    loud = np.flatnonzero(audio)
    longest = np.diff(loud).max() - 1
    assert abs(longest / rate - 0.7) < 0.05


def test_the_same_seed_gives_the_same_bytes_and_is_told(call: Call, volume: Path) -> None:
    first = call({"text": TEXT})
    data = (volume / "output/job-1.wav").read_bytes()
    call({"text": TEXT, "seed": first["seed"]}, job_id="again")
    assert (volume / "output/again.wav").read_bytes() == data


def test_a_stored_voice_and_fields_without_effect_are_named(call: Call) -> None:
    call(upload(recording()))
    answer = call({"text": TEXT, "local_voice": "anna", "cfg_strength": 3.0})
    assert answer["voice"] == "anna.wav"
    assert answer["warnings"] == [
        "cfg_strength has no effect with the espeak engine",
        "local_voice has no effect with the espeak engine",
    ]


def test_long_silence_is_removed_when_asked_but_a_pause_stays(call: Call) -> None:
    plain = call({"text": TEXT})
    shorter = call({"text": TEXT, "remove_silence": True})
    assert shorter["duration"] <= plain["duration"]
    assert shorter["duration"] > 2


def test_speech_is_kept_when_its_words_cannot_be_timed(services: Services, volume: Path) -> None:
    answer = run(replace(services, fallback_chain=FallbackChain([], {})), return_word_timings=True)
    assert answer["status"] == "completed"
    assert files_in(volume) == {"output/job-1.wav"}
    assert answer["warnings"] == ["the words have no times (TIMING_FAILED: 2 of 2 chunks could not be timed)"]


def test_speech_is_kept_when_its_subtitles_cannot_be_written(
    services: Services, volume: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> bytes:
        raise ValueError("a bug in a library")

    monkeypatch.setattr(subtitles, "write", broken)
    answer = run(services, return_word_timings=True)
    assert answer["status"] == "completed"
    assert answer["warnings"] == ["there are no subtitles: it failed (ValueError)"]
    assert files_in(volume) == {"output/job-1.wav"}


def test_results_go_to_the_bucket_and_their_urls_open(volume: Path, endpoint: str) -> None:
    services = warm_up(bucket_settings(volume, endpoint))
    answer = run(services, return_word_timings=True)
    assert httpx.get(answer["audio_url"]).content[:4] == b"RIFF"
    assert httpx.get(answer["timing_files"]["srt"]).headers["content-type"] == "application/x-subrip"
    worker = Worker(services)
    ready = asyncio.run(worker.handle({"id": "d", "input": {"endpoint": "download", "job_id": "job-1"}}))
    assert httpx.get(ready["audio_url"]).content == httpx.get(answer["audio_url"]).content
    assert files_in(volume) == set()


def test_speech_is_kept_on_the_volume_when_the_bucket_does_not_take_it(volume: Path, endpoint: str) -> None:
    services = warm_up(bucket_settings(volume, endpoint, S3_BUCKET="gone"))
    answer = run(services)
    assert answer["audio_url"] == f"file://{volume}/output/job-1.wav"
    assert answer["warnings"][0].startswith("kept on the volume, where download finds it: ")
    kept = volume / "output/job-1.wav"
    assert kept.read_bytes()[:4] == b"RIFF"


def bucket_settings(volume: Path, endpoint: str, **variables: str) -> Any:
    keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}
    return settings_for(volume, **{"S3_BUCKET": "results", "AWS_ENDPOINT_URL": endpoint} | keys | variables)


def test_a_full_volume_is_an_error_with_a_code(
    services: Services, volume: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise WorkerError(Code.STORAGE_FAILED, "the volume is full")

    monkeypatch.setattr(VolumeStore, "put", full)
    assert run(services) == {"error": "STORAGE_FAILED: the volume is full"}
    assert files_in(volume) == set()


def test_a_job_cancelled_while_it_stores_takes_its_files_back(
    services: Services, volume: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = TtsRequest(text=TEXT, return_word_timings=True)
    job = Job("job-1", JobControl())

    async def scenario() -> None:
        running = asyncio.create_task(tts.run(services, job, request))
        put, loop = VolumeStore.put, asyncio.get_running_loop()

        def put_and_cancel(store: VolumeStore, key: str, data: bytes, content_type: str) -> None:
            put(store, key, data, content_type)
            loop.call_soon_threadsafe(running.cancel)

        monkeypatch.setattr(VolumeStore, "put", put_and_cancel)
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(scenario())
    assert files_in(volume) == set()


def test_a_job_over_its_time_limit_is_stopped_and_says_so(volume: Path) -> None:
    services = warm_up(settings_for(volume, JOB_TIMEOUT_SECONDS="0.001"))
    answer = run(services)
    assert answer["error"].startswith("CANCELLED: the job was stopped after 0.001 s")
    assert files_in(volume) == set()


def test_jobs_beside_each_other_give_what_each_gives_alone(services: Services, volume: Path) -> None:
    async def together() -> None:
        worker = Worker(services)
        jobs = [{"id": f"job-{n}", "input": {"text": f"Sentence number {n}.", "seed": 1}} for n in range(6)]
        await asyncio.gather(*(worker.handle(job) for job in jobs))

    asyncio.run(together())
    for n in range(6):
        beside = (volume / f"output/job-{n}.wav").read_bytes()
        asyncio.run(
            Worker(services).handle({"id": "alone", "input": {"text": f"Sentence number {n}.", "seed": 1}})
        )
        assert (volume / "output/alone.wav").read_bytes() == beside

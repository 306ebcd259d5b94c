"""Two workers on one volume: their jobs, and the same voice uploaded by both at once."""

import base64
import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile

from testing.platform.server import Platform
from testing.platform.worker_process import serving
from tests.conftest import files_in
from tests.platform.endpoint import SENTENCE, completed, local_path, result_files


@pytest.fixture
def both(platform: Platform, volume: Path) -> Iterator[Platform]:
    with serving(platform, volume, "one"), serving(platform, volume, "two"):
        yield platform


def test_two_workers_share_jobs_and_voices_on_one_volume(both: Platform, volume: Path) -> None:
    ids = [both.submit({"text": SENTENCE * (n + 1), "return_word_timings": True}) for n in range(6)]
    answers = [completed(both, job_id) for job_id in ids]
    assert {both.job(job_id).worker for job_id in ids} == {"one", "two"}
    expected = {f"output/{job_id}.wav" for job_id in ids} | {f"timings/{job_id}.srt" for job_id in ids}
    assert result_files(volume) == expected

    uploads = [
        both.submit(
            {
                "endpoint": "upload",
                "voice_name": "fox",
                "voice_data": base64.b64encode(local_path(answer["audio_url"]).read_bytes()).decode(),
                "ref_text": f"Transcript {number}",
            }
        )
        for number, answer in enumerate(answers)
    ]
    for job_id in uploads:
        completed(both, job_id)
    assert {both.job(job_id).worker for job_id in uploads} == {"one", "two"}

    recording = (volume / "voices" / "fox.wav").read_bytes()
    digest = hashlib.sha256(recording).hexdigest()
    record = json.loads((volume / "recordings" / "fox.wav" / f"{digest}.json").read_bytes())
    number = int(record["text"].removeprefix("Transcript "))
    assert soundfile.info(io.BytesIO(recording)).duration == pytest.approx(
        answers[number]["duration"], abs=0.01
    )
    assert files_in(volume / "voices") == {"fox.wav"}
    completed(both, both.submit({"text": "Hello.", "local_voice": "fox"}))

"""SIGTERM: a job in hand is finished and posted, an idle worker goes, and both exit with 0."""

from pathlib import Path

import soundfile

from testing.platform.server import Platform
from testing.platform.worker_process import serving
from tests.platform.endpoint import SENTENCE, completed, local_path

LONG = SENTENCE * 150  # about 9,000 characters


def test_a_job_in_hand_is_finished_and_posted(platform: Platform, volume: Path) -> None:
    with serving(platform, volume, "leaving") as worker:
        job_id = platform.submit({"text": LONG, "return_word_timings": True})
        platform.wait(lambda: bool(platform.job(job_id).updates), f"progress of {job_id}")
        worker.terminate()
        assert platform.job(job_id).status == "IN_PROGRESS"
        assert worker.wait() == 0
    answer = completed(platform, job_id)
    assert soundfile.info(local_path(answer["audio_url"])).frames > 0


def test_an_idle_worker_exits_and_leaves_no_process(platform: Platform, volume: Path) -> None:
    with serving(platform, volume, "idle") as worker:
        completed(platform, platform.submit({"text": "Hello there."}))
        worker.terminate()
        assert worker.wait() == 0
        worker.wait_until_gone()
    assert "Traceback" not in worker.output

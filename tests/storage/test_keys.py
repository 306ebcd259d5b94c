from typing import get_args

import pytest

from f5_worker.errors import Code, WorkerError
from f5_worker.schemas import AudioFormat, TimingFormat
from f5_worker.storage.keys import CONTENT_TYPES, audio_key, timing_key


def test_results_lie_where_the_contract_says() -> None:
    assert audio_key("job-1", "mp3") == "output/job-1.mp3"
    assert timing_key("job-1", "vtt") == "timings/job-1.vtt"


def test_every_format_has_a_content_type() -> None:
    assert set(CONTENT_TYPES) == {*get_args(AudioFormat), *get_args(TimingFormat), "words", "ttf"}


@pytest.mark.parametrize("job_id", ["../x", "", ".", "a b", "a\n"])
def test_a_job_id_that_is_no_file_name_is_refused(job_id: str) -> None:
    for key in (lambda: audio_key(job_id, "wav"), lambda: timing_key(f"{job_id}/..", "srt")):
        with pytest.raises(WorkerError) as caught:
            key()
        assert caught.value.code is Code.INVALID_INPUT

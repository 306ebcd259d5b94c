from pathlib import Path

import numpy as np
import pytest

from f5_worker.audio import SAMPLE_RATE
from f5_worker.errors import WorkerError
from f5_worker.job import JobControl, Progress
from f5_worker.speech.f5 import F5Engine
from f5_worker.start_report import start_seconds
from testing.tiny_models import TinyModels
from tests.speech.f5_model.conftest import load, say

SENTENCE = "I have been a silent spectator, watching species evolve, empires rise and fall."
# A sentence that fills a chunk, so that each of several is a chunk of its own.
CHUNK = "But always remember that I am mighty and enduring, respect me and I will nurture you, number one. "


def test_every_part_of_the_load_is_timed(engine: F5Engine) -> None:
    assert {"f5_imports", "f5_files", "f5_model", "f5_warm_up", "whisper"} <= start_seconds().keys()


def test_no_two_chunks_start_from_the_same_noise(engine: F5Engine) -> None:
    text = "The very same words again. [pause:1s] The very same words again."
    speech = say(engine, text)
    first, second = (speech.audio[span.start : span.end] for span in speech.spans)
    assert len(first) == len(second)
    assert not np.array_equal(first, second)


def test_pauses_are_exact_silence_and_chunks_lie_where_their_spans_say(engine: F5Engine) -> None:
    speech = say(engine, f"[pause:250ms]{SENTENCE} [pause:1.5s] {SENTENCE}[pause:0.5s]")
    first, second = speech.spans
    rate = SAMPLE_RATE
    assert first.start == rate // 4
    assert second.start - first.end == 3 * rate // 2
    assert len(speech.audio) - second.end == rate // 2
    silent = [speech.audio[: first.start], speech.audio[first.end : second.start], speech.audio[second.end :]]
    assert not any(part.any() for part in silent)
    assert np.array_equal(speech.audio[first.start : first.end], say(engine, SENTENCE).audio)


def test_a_cancelled_job_stops_at_the_next_chunk(engine: F5Engine) -> None:
    seen: list[Progress] = []
    control = JobControl(lambda report: (seen.append(report), control.cancel("enough")))
    with pytest.raises(WorkerError, match="CANCELLED: enough"):
        say(engine, CHUNK * 5, control=control)
    assert len(seen) == 1


def test_a_fix_duration_shorter_than_the_reference_is_refused(engine: F5Engine) -> None:
    with pytest.raises(WorkerError, match=r"fix_duration is 3 s .* must be at least 5\.76"):
        say(engine, SENTENCE, fix_duration=3.0)


def test_a_fix_duration_is_shared_by_several_chunks(engine: F5Engine) -> None:
    speech = say(engine, CHUNK * 3, fix_duration=40.0)
    reference = 4.96  # seconds: the default voice as it is used
    assert len(speech.spans) == 3
    assert speech.duration == pytest.approx(40.0 - reference, abs=0.1)


def test_only_the_languages_of_the_settings_are_spoken(models: TinyModels, tmp_path: Path) -> None:
    engine = load(models, tmp_path, F5_LANGUAGES="en, de")
    assert engine.speaks("de")
    assert not engine.speaks("zh")


def test_a_wish_that_cannot_be_met_is_answered_with_a_warning(engine: F5Engine) -> None:
    warnings = say(engine, SENTENCE, verify=True, normalize="on").warnings
    assert warnings == (
        "verify has no effect: neither Whisper nor an alignment model of the language is loaded",
    )


def test_what_health_tells_is_json_without_paths(engine: F5Engine) -> None:
    facts = engine.describe()
    assert facts["model"] == "Tiny"
    assert facts["device"] in ("cpu", "cuda")
    assert not any("/" in str(value) for value in facts.values())

"""Check and retry with a real Whisper model, whose weights are random: nothing it hears is right."""

import asyncio
import dataclasses
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from f5_worker.errors import CannotStart, WorkerError
from f5_worker.handler.worker import Worker
from f5_worker.models.whisper import Transcriber, text_match
from f5_worker.services import warm_up
from f5_worker.speech.f5 import F5Engine
from testing.corpus import TINY_ALIGNER
from testing.tiny_models import TinyModels, make_whisper
from tests.conftest import settings_for
from tests.speech.f5_model.conftest import load, say

TEXT = "One word. [pause:0.1s] Two."
LONG_TEXT = "Nobody who listens to this would ever recognise a single word, however often they tried."


@pytest.fixture(scope="module")
def whisper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_whisper(tmp_path_factory.mktemp("whisper"))


@pytest.fixture(scope="module")
def listening(models: TinyModels, whisper: Path, tmp_path_factory: pytest.TempPathFactory) -> F5Engine:
    return load(models, tmp_path_factory.mktemp("volume"), WHISPER_MODEL=str(whisper), F5_ATTEMPTS="2")


def test_every_chunk_is_checked_where_whisper_is_loaded(listening: F5Engine) -> None:
    speech = say(listening, TEXT)
    assert [check.attempts for check in speech.checks] == [2, 2]
    assert all(check.match < 0.5 for check in speech.checks)
    assert [warning.split(";")[0] for warning in speech.warnings] == [
        "chunk 0 was spoken 2 times",
        "chunk 1 was spoken 2 times",
    ]


def test_where_whisper_is_not_loaded_the_aligner_listens(models: TinyModels, tmp_path: Path) -> None:
    variables = models.environment() | {"F5_ATTEMPTS": "2", "ALIGN_MODEL": str(TINY_ALIGNER)}
    worker = Worker(warm_up(settings_for(tmp_path, TIMING_METHODS="whisperx", **variables)))

    def checks(**request: Any) -> list[dict[str, Any]]:
        job = {"id": "job", "input": {"text": LONG_TEXT, "nfe_step": 4, "seed": 7} | request}
        answer = asyncio.run(worker.handle(job))
        return answer.get("checks", [])

    assert [check["attempts"] for check in checks()] == [2]  # random weights say nothing
    assert checks() == checks()
    assert checks(verify=False) == []
    assert checks(text="你好。", language="zh") == []  # a language that it does not know


@pytest.mark.parametrize("error", [RuntimeError("a bug"), MemoryError(), RuntimeError("CUDA out of memory")])
def test_speech_is_kept_unverified_when_the_verifier_fails(
    listening: F5Engine, engine: F5Engine, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> float:
        raise error

    monkeypatch.setattr(Transcriber, "match_score", broken)
    speech = say(listening, TEXT, verify=True)
    assert np.array_equal(speech.audio, say(engine, TEXT).audio)
    (warning,) = speech.warnings
    assert warning.startswith("not every chunk could be verified: ")


def test_a_verifier_that_hangs_is_left_behind_after_a_second(
    listening: F5Engine, engine: F5Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    over, calls = threading.Event(), []
    monkeypatch.setattr(Transcriber, "match_score", lambda *_: calls.append(1) or over.wait())
    try:
        speech = say(listening, TEXT)
    finally:
        over.set()
    assert len(calls) == 1  # the second chunk is not verified either, and does not wait
    assert np.array_equal(speech.audio, say(engine, TEXT).audio)
    assert speech.warnings[0].startswith("not every chunk could be verified: it took longer than")


def test_health_shows_no_path_of_a_model(listening: F5Engine, whisper: Path) -> None:
    assert listening.describe()["whisper"] == whisper.name
    assert str(whisper.parent) not in str(listening.describe())


def test_a_checked_request_gives_the_same_bytes_again(listening: F5Engine) -> None:
    first, second = say(listening, TEXT), say(listening, TEXT)
    assert np.array_equal(first.audio, second.audio)
    assert first.checks == second.checks


def test_nothing_is_checked_where_the_request_says_so(listening: F5Engine, engine: F5Engine) -> None:
    speech = say(listening, TEXT, verify=False)
    assert (speech.checks, speech.warnings) == ((), ())
    assert np.array_equal(speech.audio, say(engine, TEXT).audio)


def test_what_whisper_hears_in_a_voice_is_judged_like_a_given_transcript(listening: F5Engine) -> None:
    unknown = dataclasses.replace(listening.default_voice, ref_text="")
    with pytest.raises(WorkerError, match="VOICE_REJECTED: the transcript has"):  # it babbles too fast
        listening.transcribe(unknown)


def test_the_same_audio_is_heard_alike_at_any_rate_of_calls(whisper: Path, tmp_path: Path) -> None:
    transcriber = Transcriber.load(settings_for(tmp_path, WHISPER_MODEL=str(whisper)))
    assert transcriber is not None
    noise = np.random.default_rng(0).normal(0, 0.1, 24_000).astype(np.float32)
    heard = {transcriber.transcribe(noise, 24_000, "en") for _ in range(3)}
    assert len(heard) == 1
    assert heard != {""}


@pytest.mark.parametrize("damage", ["missing", "empty"])
def test_a_whisper_that_cannot_be_loaded_is_named(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "whisper"
    if damage == "empty":
        folder.mkdir()
    with pytest.raises(CannotStart, match=r"WHISPER_MODEL is '.*whisper', which cannot be loaded"):
        Transcriber.load(settings_for(tmp_path, WHISPER_MODEL=str(folder)))


def test_whisper_is_not_loaded_where_the_settings_say_none(tmp_path: Path) -> None:
    assert Transcriber.load(settings_for(tmp_path, WHISPER_MODEL="none")) is None


@pytest.mark.parametrize(
    ("text", "heard", "share"),
    [
        ("One, two, three.", "one two three", 1.0),
        ("one two three four", "one two four", 6 / 7),
        ("one two three", "one two two three", 6 / 7),
        ("one two", "", 0.0),
        ("今天天气很好", "今天天气好", 10 / 11),
    ],
    ids=["all", "skipped", "repeated", "nothing", "Chinese"],
)
def test_skipped_and_repeated_words_cost(text: str, heard: str, share: float) -> None:
    assert text_match(text, heard) == pytest.approx(share)

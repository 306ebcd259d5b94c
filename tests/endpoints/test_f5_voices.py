"""References with the f5 engine, from upload to speech: what is refused leaves nothing behind."""

import asyncio
import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from f5_worker.handler.worker import Worker
from f5_worker.services import Services, warm_up
from f5_worker.voices.fetch import Fetcher
from testing.tiny_models import make_models
from tests.conftest import files_in, settings_for
from tests.recordings import as_file, recording, speechlike

SAYS = "Some call me nature, others call me mother nature."
RATE = 24_000
BASE64_OF_300_MB = "A" * 400_000_000


@pytest.fixture(scope="module")
def f5(tmp_path_factory: pytest.TempPathFactory) -> Services:
    models = make_models(tmp_path_factory.mktemp("tiny"))
    volume = tmp_path_factory.mktemp("volume")
    return warm_up(
        settings_for(volume, MAX_VOICE_SECONDS="300", TIMING_METHODS="dtw", **models.environment())
    )


@pytest.fixture(autouse=True)
def nothing_else_is_left(f5: Services) -> Iterator[None]:
    """A test that stores a voice or a result takes it away again."""
    before = files_in(f5.settings.volume)
    yield
    assert files_in(f5.settings.volume) == before


def run(services: Services, **fields: Any) -> dict[str, Any]:
    return asyncio.run(Worker(services).handle({"id": "job-1", "input": fields}))


def upload(
    services: Services, data: bytes, ref_text: str | None = SAYS, name: str = "anna"
) -> dict[str, Any]:
    encoded = base64.b64encode(data).decode()
    text = {} if ref_text is None else {"ref_text": ref_text}
    return run(services, endpoint="upload", voice_name=name, voice_data=encoded, **text)


def tidy(volume: Path) -> None:
    for name in files_in(volume):
        if name.startswith(("output/", "voices/", "recordings/", "cache/voices/")):
            (volume / name).unlink()


def click() -> bytes:
    """Two seconds that hold a tenth of a second of sound."""
    return as_file(np.where(np.arange(2 * RATE) < RATE // 10, speechlike(2), 0).astype(np.float32))


def phrases(seconds: float, rate: int = RATE) -> np.ndarray:
    """Phrases of 2.6 s with pauses of 0.3 s, [samples]."""
    phrase = np.concatenate([speechlike(2.6, rate), np.zeros(int(0.3 * rate), np.float32)])
    return np.tile(phrase, int(seconds / 2.9) + 1)[: int(seconds * rate)]


REFUSED = {
    "no samples": (as_file(np.zeros(0, np.float32)), SAYS, "0.00 seconds long; it must be at least 1"),
    "silent": (as_file(np.zeros(3 * RATE, np.float32)), SAYS, "is silent"),
    "0.2 s": (recording(0.2), SAYS, "0.20 seconds long; it must be at least 1"),
    "truncated": (recording(5)[:-50_000], SAYS, "ends before its own header says"),
    "text": (b"This is no audio at all.\n" * 400, SAYS, "must be a WAV, FLAC, OGG or MP3 file"),
    "too low a rate": (recording(3, rate=4_000), SAYS, "4000 Hz; it must be at least 8000"),
    "a click": (click(), SAYS, "0.1 s of speech; it must hold at least 0.5"),
    "too much text": (recording(3), "word " * 60, "has 240 letters, which nobody says in the 3"),
    "no text": (recording(3), None, "WHISPER_MODEL is none; give ref_text"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_reference_that_cannot_be_used_is_refused_and_leaves_nothing(f5: Services, kind: str) -> None:
    data, ref_text, part = REFUSED[kind]
    error = upload(f5, data, ref_text)["error"]
    assert error.startswith("VOICE_REJECTED: ")
    assert part in error
    assert str(f5.settings.volume) not in error


def test_an_upload_without_a_recording_is_refused(f5: Services) -> None:
    error = run(f5, endpoint="upload", voice_name="anna", voice_data="", ref_text=SAYS)["error"]
    assert error.startswith("INVALID_INPUT: exactly one of voice_file_url and voice_data must be given")


def test_300_mb_are_refused_by_their_size(f5: Services) -> None:
    error = run(f5, endpoint="upload", voice_name="anna", voice_data=BASE64_OF_300_MB, ref_text=SAYS)["error"]
    assert error.startswith("VOICE_REJECTED: voice_data holds about 300000000 bytes; the reference must have")


EIGHT = np.stack([phrases(5)] * 8, axis=1)


@pytest.mark.parametrize(
    ("data", "used"),
    [
        (as_file(phrases(5, 8_000), 8_000), 5.0),
        (as_file(EIGHT), 5.0),
        (as_file(phrases(310, 16_000), 16_000), 4 * 2.9 - 0.3),
        (as_file(phrases(5), container="MP3"), 5.0),
    ],
    ids=["8 kHz", "8 channels", "over 5 min", "MP3"],
)
def test_an_unusual_reference_is_spoken_with(f5: Services, data: bytes, used: float) -> None:
    volume = f5.settings.volume
    stored = upload(f5, data)
    assert stored["status"] == "voice 'anna.wav' is stored", stored
    answer = run(f5, text="Hello there, world.", local_voice="anna", nfe_step=4, seed=3)
    assert (answer["voice"], answer.get("warnings")) == ("anna.wav", None)
    # The pace is the reference's: letters of the text by letters of the transcript, times its length.
    assert answer["duration"] == pytest.approx(used * len("Hello there, world.") / (len(SAYS) + 2), rel=0.05)
    assert soundfile.info(volume / "output/job-1.wav").duration == pytest.approx(answer["duration"], abs=1e-4)
    tidy(volume)


class Fetched(Fetcher):
    """Hands over a recording as if it had been fetched; the guards of fetching have tests of their own."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def fetch(self, url: str) -> bytes:
        return self._data


@pytest.mark.parametrize("ref_text", ["word " * 60, None], ids=["too much text", "no text"])
def test_a_url_s_voice_that_the_model_cannot_use_leaves_nothing(f5: Services, ref_text: str | None) -> None:
    services = replace(f5, fetcher=Fetched(recording(3)))
    text = {} if ref_text is None else {"ref_text": ref_text}
    answer = run(services, text="Hello.", local_voice="https://example.com/a.wav", **text)
    assert answer["error"].startswith("VOICE_REJECTED: ")


def test_a_url_s_voice_is_spoken_with(f5: Services) -> None:
    services = replace(f5, fetcher=Fetched(as_file(phrases(5))))
    url = "https://example.com/a.wav"
    answer = run(services, text="Hello.", local_voice=url, ref_text=SAYS, nfe_step=4)
    assert (answer["status"], answer["voice"]) == ("completed", "url")
    tidy(f5.settings.volume)


def test_words_that_do_not_fit_a_stored_voice_are_refused_and_the_voice_stays(f5: Services) -> None:
    upload(f5, as_file(phrases(5)))
    before = files_in(f5.settings.volume)
    error = run(f5, text="Hello.", local_voice="anna", ref_text="word " * 100)["error"]
    assert error.startswith("VOICE_REJECTED: the transcript has 400 letters")
    assert upload(f5, recording(0.2))["error"].startswith("VOICE_REJECTED: ")
    assert files_in(f5.settings.volume) == before
    assert run(f5, text="Hello.", local_voice="anna", nfe_step=4)["status"] == "completed"
    tidy(f5.settings.volume)

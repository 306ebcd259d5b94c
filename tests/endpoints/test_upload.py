"""Uploads as callers of the worker that came before send them: a recording's URL, and one of its text."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from f5_worker.errors import Code, WorkerError
from f5_worker.handler.worker import Worker
from f5_worker.services import Services
from f5_worker.voices.fetch import Fetcher
from tests.recordings import recording

Send = Callable[..., dict[str, Any]]


class Fetched(Fetcher):
    """Hands over what lies behind a URL; the guards of fetching have tests of their own."""

    def __init__(self, text: bytes) -> None:
        self._files = {"https://example.com/a.wav": recording(3), "https://example.com/a.txt": text}

    def fetch(self, url: str) -> bytes:
        if url not in self._files:
            raise WorkerError(Code.FETCH_REFUSED, "it is not a public Internet address")
        return self._files[url]


@pytest.fixture
def send(services: Services) -> Send:
    def upload(text: bytes, **fields: str) -> dict[str, Any]:
        worker = Worker(replace(services, fetcher=Fetched(text)))
        asked = {
            "endpoint": "upload",
            "voice_name": "Anna.wav",
            "voice_file_url": "https://example.com/a.wav",
        }
        return asyncio.run(worker.handle({"id": "u", "input": asked | fields}))

    return upload


def test_a_text_file_is_the_transcript(send: Send, services: Services) -> None:
    answer = send("\ufeffZwölf\r\nSekunden. ".encode(), text_file_url="https://example.com/a.txt")
    assert answer["status"] == "voice 'Anna.wav' is stored"
    assert answer["message"]
    assert services.voices.get("Anna").ref_text == "Zwölf Sekunden."


@pytest.mark.parametrize("text", [b"", b"  ", b"\xff\xfe\x00", b"a\x00b", b"word " * 20_000])
def test_a_file_that_is_no_transcript_is_refused_and_nothing_is_stored(
    send: Send, services: Services, text: bytes
) -> None:
    error = send(text, text_file_url="https://example.com/a.txt")["error"]
    assert error.startswith("INVALID_INPUT: the file at text_file_url ")
    assert list(services.voices.list()) == []


def test_a_text_s_url_is_guarded_as_any(send: Send, services: Services) -> None:
    assert send(b"", text_file_url="https://10.0.0.1/a.txt")["error"].startswith("FETCH_REFUSED: ")
    assert list(services.voices.list()) == []

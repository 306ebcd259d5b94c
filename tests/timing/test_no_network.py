import asyncio
import socket

import pytest

from f5_worker.handler.worker import Worker
from f5_worker.job import JobControl
from f5_worker.services import warm_up
from f5_worker.timing.registry import load_fallback_chain
from testing.corpus import TINY_ALIGNER
from testing.corpus.timed_speech import joined
from tests.conftest import settings_for


class Connected(Exception):
    """Something tried to reach another machine."""


@pytest.fixture
def refused(monkeypatch):
    """Every attempt to look a name up or to connect is refused, and remembered."""
    attempts = []

    def refuse(*arguments, **_):
        attempts.append(arguments)
        raise Connected

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    return attempts


def test_the_refusal_itself_works(refused):
    with pytest.raises(Connected):
        socket.create_connection(("127.0.0.1", 9))
    assert len(refused) == 1


def test_a_whole_job_needs_no_network(refused, tmp_path):
    services = warm_up(settings_for(tmp_path, ALIGN_MODEL=str(TINY_ALIGNER)))
    job = {
        "text": "The quick brown fox jumps over the lazy dog. And nobody minds.",
        "return_word_timings": True,
        "timing_method": "whisperx",
    }
    answer = asyncio.run(Worker(services).handle({"id": "job-1", "input": job}))
    assert answer["timing_method"] == "whisperx"
    assert answer["timing_confidence"] > 0.5
    assert "warnings" not in answer
    assert {"whisperx_imports", "aligner_en", "whisperx"} <= services.start_seconds.keys()
    assert refused == []


def test_every_local_rung_needs_no_network(refused, settings, speeches):
    fallback_chain = load_fallback_chain(settings)
    both = joined(speeches[:2], [0.2, 0.5], one_span=False)
    for first in ("whisperx", "sphinx", "dtw"):
        timing = fallback_chain.time(both.speech, first, JobControl())
        assert timing.method == first
        assert timing.shares == {first: 1.0}
    assert refused == []

import socket

import pytest

from f5_worker.control import JobControl
from f5_worker.timing.registry import load_ladder
from tests.assets.timed_speech import joined


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


def test_warm_up_and_timing_need_no_network(refused, settings, speeches):
    pytest.importorskip("whisperx", reason="whisperx is not installed (7 GB)")
    ladder = load_ladder(settings)
    both = joined(speeches[:2], [0.2, 0.5], one_span=False)
    for first in ("whisperx", "sphinx", "dtw"):
        timing = ladder.time(both.speech, "en", first, JobControl())
        assert timing.method == first
        assert timing.shares == {first: 1.0}
    assert refused == []

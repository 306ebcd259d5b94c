import json
import logging
import socket
import threading
from datetime import timedelta

import google.auth.compute_engine  # noqa: F401 (it reads NO_GCE_CHECK once, when it is imported)
import grpc
import numpy as np
import pytest
from google.auth.credentials import AnonymousCredentials
from google.protobuf.duration_pb2 import Duration

from f5_worker.audio import SAMPLE_RATE
from f5_worker.job import JobControl
from f5_worker.settings import load_settings
from f5_worker.speech import Span, Speech
from f5_worker.timing import ChunkTiming, Unavailable
from f5_worker.timing.google import GoogleAligner, seconds
from testing.corpus.timed_speech import chunk_of
from tests.timing.speech_service import SpeechService, serving

TEXT = "Alpha bravo charlie delta."
WORDS = [("Alpha", 0.2, 0.6), ("bravo", 0.6, 1.1), ("charlie", 1.2, 1.7), ("Delta", 1.7, 1.9)]


def noise(length):
    return np.random.default_rng(0).normal(0, 0.1, round(length * SAMPLE_RATE)).astype(np.float32)


def speech(*texts, length=2.0):
    chunks, start = [], 0
    for index, text in enumerate(texts):
        chunks.append(chunk_of(text, start, index))
        start += len(text) + 1
    samples = round(length * SAMPLE_RATE)
    spans = tuple(Span(chunk, index * samples, (index + 1) * samples) for index, chunk in enumerate(chunks))
    return Speech(noise(length * len(texts)), spans)


def timed(service, spoken, language="en"):
    with serving(service) as client:
        return GoogleAligner(client).time(spoken, spoken.spans, language, JobControl())


def always(words):
    return SpeechService(hears=lambda request, context: words)


def rounded(timing: ChunkTiming):
    return [(word.token.text, round(word.start, 2), round(word.end, 2)) for word in timing.words]


def test_recognised_words_time_the_authors_words():
    service = always(WORDS)
    (timing,) = timed(service, speech(TEXT))
    assert rounded(timing) == [
        ("Alpha", 0.2, 0.6),
        ("bravo", 0.6, 1.1),
        ("charlie", 1.2, 1.7),
        ("delta.", 1.7, 1.9),
    ]
    assert all(word.score == pytest.approx(0.9) and word.method == "google" for word in timing.words)
    assert timing.billed_seconds == 15.0
    config = service.requests[0].config
    assert config.language_code == "en-US"
    assert list(config.speech_contexts[0].phrases) == [TEXT]


def test_a_second_chunk_is_timed_at_its_offset():
    timings = timed(always(WORDS), speech(TEXT, TEXT))
    assert rounded(timings[1])[0] == ("Alpha", 2.2, 2.6)


def test_words_that_were_missed_are_interpolated_and_have_no_score():
    (timing,) = timed(always([WORDS[0], WORDS[2], WORDS[3]]), speech(TEXT))
    assert rounded(timing)[1] == ("bravo", 0.6, 1.2)
    assert [word.score is None for word in timing.words] == [False, True, False, False]


def test_words_that_were_heard_on_top_are_left_out():
    (timing,) = timed(always([*WORDS[:2], ("um", 1.1, 1.15), *WORDS[2:]]), speech(TEXT))
    assert [word.token.text for word in timing.words] == TEXT.split()


def test_numbers_match_however_google_writes_them():
    text = "It costs $5.20 in 1984 today."
    heard = [("It", 0.1, 0.3), ("costs", 0.3, 0.6), ("$5.20", 0.6, 1.2), ("in", 1.2, 1.3)]
    (timing,) = timed(always([*heard, ("1984", 1.3, 1.7), ("today", 1.7, 1.9)]), speech(text))
    assert rounded(timing)[2] == ("$5.20", 0.6, 1.2)
    assert all(word.score is not None for word in timing.words)


def test_the_language_of_the_request_is_asked_for():
    service = always([("Guten", 0.1, 0.8), ("Tag", 0.8, 1.9)])
    (timing,) = timed(service, speech("Guten Tag"), "de")
    assert not timing.failure
    assert service.requests[0].config.language_code == "de-DE"


def test_too_few_recognised_words_are_a_failure_and_are_billed():
    (timing,) = timed(always([("zebra", 0.1, 0.8)]), speech(TEXT))
    assert timing.failure == "Google recognised 0 of 4 words"
    assert timing.billed_seconds == 15.0


def test_long_audio_is_sent_in_parts_with_their_offsets():
    def hears(request, context):
        length = len(request.audio.content) / 2 / request.config.sample_rate_hertz
        assert length < 60
        names = [TEXT.split()[:2], TEXT.split()[2:]][len(service.requests) - 1]
        return [(names[0], 0.1, length / 2), (names[1], length / 2, length - 0.1)]

    service = SpeechService(hears=hears)
    (timing,) = timed(service, speech(TEXT, length=100.0))
    assert len(service.requests) == 2
    assert timing.words[-1].end == pytest.approx(99.9, abs=0.05)
    assert timing.words[2].start == pytest.approx(timing.words[1].end + 0.2, abs=0.05)
    assert timing.billed_seconds == sum(
        -(-len(request.audio.content) // 480_000) * 15 for request in service.requests
    )


def test_refused_credentials_fail_every_chunk_after_one_call():
    def hears(request, context):
        context.abort(grpc.StatusCode.UNAUTHENTICATED, "no")

    service = SpeechService(hears=hears)
    timings = timed(service, speech(TEXT, TEXT, TEXT))
    assert [timing.failure for timing in timings] == ["Google refused the credentials (Unauthenticated)"] * 3
    assert len(service.requests) == 1


def test_an_exhausted_quota_is_waited_for():
    def hears(request, context):
        if len(service.requests) == 1:
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "slow down")
        return WORDS

    service = SpeechService(hears=hears)
    (timing,) = timed(service, speech(TEXT))
    assert len(service.requests) == 2
    assert rounded(timing)[0] == ("Alpha", 0.2, 0.6)


def test_a_request_that_google_refuses_costs_its_chunk_only():
    def hears(request, context):
        if len(service.requests) == 1:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "no")
        return WORDS

    service = SpeechService(hears=hears)
    timings = timed(service, speech(TEXT, TEXT))
    assert [timing.failure for timing in timings] == ["Google refused the request (InvalidArgument)", ""]


@pytest.mark.parametrize("answer", ["never", "unavailable"])
def test_a_server_that_does_not_answer_is_asked_for_one_chunk_and_then_left_alone(answer, monkeypatch):
    monkeypatch.setattr("f5_worker.timing.google._PATIENCE", 1.0)
    over = threading.Event()

    def hears(request, context):
        if over.is_set():
            return WORDS
        if answer == "unavailable":
            context.abort(grpc.StatusCode.UNAVAILABLE, "away")
        over.wait()
        return WORDS

    spoken = speech(TEXT, TEXT, TEXT)
    service = SpeechService(hears=hears)
    with serving(service) as client:
        aligner = GoogleAligner(client)
        timings = aligner.time(spoken, spoken.spans, "en", JobControl())
        assert all(timing.failure.startswith("Google did not answer (") for timing in timings)
        asked = {request.audio.content for request in service.requests}
        assert len(asked) == 1
        assert aligner.unsupported_reason(spoken, "en") == "Google did not answer another job a moment ago"
        over.set()
        monkeypatch.setattr("f5_worker.timing.google.time.monotonic", lambda: aligner._ask_again)
        assert aligner.unsupported_reason(spoken, "en") == ""


@pytest.mark.parametrize("moment", [timedelta(seconds=1.5), Duration(seconds=1, nanos=500_000_000), 1.5])
def test_time_offsets_come_in_three_types(moment):
    assert seconds(moment) == 1.5


SECRET = "MIIEvSECRETSECRETSECRET"
KEY_FILE = {
    "type": "service_account",
    "project_id": "p",
    "private_key_id": SECRET,
    "private_key": f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----\n",
    "client_email": f"{SECRET}@p.iam.gserviceaccount.com",
    "token_uri": "https://oauth2.googleapis.com/token",
}
MALFORMED = {
    "not JSON": f'{{"type": "service_account", "private_key": "{SECRET}"',
    "no object": json.dumps([SECRET]),
    "no type": json.dumps({"private_key": SECRET}),
    "damaged key": json.dumps(KEY_FILE),
    "fields missing": json.dumps({"type": "service_account", "private_key": SECRET}),
    "unknown type": json.dumps({**KEY_FILE, "type": SECRET}),
}


@pytest.mark.parametrize("credentials", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_credentials_are_named_and_never_shown(credentials, monkeypatch, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("GOOGLE_CREDENTIALS_JSON", credentials)
    with pytest.raises(Unavailable) as refusal:
        GoogleAligner.load(load_settings())
    assert str(refusal.value).startswith("GOOGLE_CREDENTIALS_JSON is ")
    printed = "".join(capfd.readouterr())
    for shown in (str(refusal.value), caplog.text, printed):
        assert SECRET not in shown
        assert SECRET[:6] not in shown


def test_a_credentials_file_that_is_not_there_is_named(monkeypatch, tmp_path):
    monkeypatch.delenv("GOOGLE_CREDENTIALS_JSON", raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "missing.json"))
    with pytest.raises(
        Unavailable, match="GOOGLE_APPLICATION_CREDENTIALS names no file that holds credentials"
    ):
        GoogleAligner.load(load_settings())


def test_nothing_secret_and_no_text_is_logged_by_a_whole_conversation(caplog, capfd):
    caplog.set_level(logging.DEBUG)

    def hears(request, context):
        context.abort(grpc.StatusCode.UNAUTHENTICATED, f"bad token {SECRET}")

    (timing,) = timed(SpeechService(hears=hears), speech(TEXT))
    shown = caplog.text + "".join(capfd.readouterr()) + timing.failure
    assert SECRET not in shown
    assert "bravo" not in shown


@pytest.fixture
def no_credentials(monkeypatch, tmp_path):
    for name in ("GOOGLE_CREDENTIALS_JSON", "GOOGLE_APPLICATION_CREDENTIALS", "NO_GCE_CHECK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))


def test_without_credentials_no_metadata_server_is_asked(no_credentials, monkeypatch):
    asked = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: asked.append(address))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *address, **_: asked.append(address))
    with pytest.raises(Unavailable, match="no Google credentials are set"):
        GoogleAligner.load(load_settings())
    assert asked == []


def test_a_machine_of_googles_may_have_its_own_credentials(no_credentials, monkeypatch):
    monkeypatch.setattr("google.auth.default", lambda **_: (AnonymousCredentials(), None))
    monkeypatch.setenv("NO_GCE_CHECK", "false")
    assert GoogleAligner.load(load_settings()).name == "google"

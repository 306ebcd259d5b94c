"""API.md says what the code does: its tables come from the schemas, its examples are run as written."""

import asyncio
import json
import re
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from f5_worker.errors import Code
from f5_worker.handler.worker import Worker
from f5_worker.rules import rule_of
from f5_worker.schemas import DownloadRequest, ListVoicesRequest, TtsRequest, UploadRequest
from f5_worker.services import warm_up
from f5_worker.subtitle_options import SafeZone, SubtitleOptions, SubtitleStyle
from f5_worker.voices.fetch import Fetcher
from tests.conftest import settings_for
from tests.https_server import Authority, https_server, sends
from tests.recordings import recording

API_MD = (Path(__file__).parent.parent / "API.md").read_text()

# Fields whose value is another on every run or machine; their type is compared all the same.
VOLATILE = frozenset({"metrics", "versions", "volume", "start_seconds", "last_modified", "sha256"})


def examples() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    blocks = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", API_MD, re.DOTALL)]
    return list(zip(blocks[::2], blocks[1::2], strict=True))


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What one worker on an empty volume answers to the examples, in their order.

    For it https://example.com is a real HTTPS server on loopback that serves a voice.
    """
    volume = tmp_path_factory.mktemp("volume")
    authority = Authority(tmp_path_factory.mktemp("authority"))
    here = [ip_address("127.0.0.1")]
    fetcher = Fetcher(
        10_000_000, 60.0, allowed=here.__contains__, resolve=lambda host, port: here, tls=authority.client
    )
    worker = Worker(replace(warm_up(settings_for(volume)), fetcher=fetcher))
    with https_server(authority.server("example.com"), {"/anna.wav": sends(recording())}) as server:
        return [
            run_example(
                worker, number, request, {"https://example.com": server.url("", "example.com")}, volume
            )
            for number, (request, _) in enumerate(examples())
        ]


def run_example(
    worker: Worker, number: int, request: dict[str, Any], hosts: dict[str, str], volume: Path
) -> dict[str, Any]:
    asked = json.dumps(request)
    for written, real in hosts.items():
        asked = asked.replace(written, real)
    answer = asyncio.run(worker.handle({"id": f"example-{number}"} | json.loads(asked)))
    given: dict[str, Any] = json.loads(json.dumps(answer).replace(str(volume), "/runpod-volume"))
    return given


@pytest.mark.parametrize("number", range(len(examples())))
def test_an_example_is_answered_as_written(answers: list[dict[str, Any]], number: int) -> None:
    written = examples()[number][1]
    assert differences(written, answers[number]) == [], json.dumps(answers[number])


def differences(written: Any, given: Any, at: str = "answer") -> list[str]:
    """Where a given answer is not as written."""
    if type(written) is not type(given):
        return [f"{at}: {given!r} is of another type than {written!r}"]
    if isinstance(written, dict) and written.keys() != given.keys():
        return [f"{at}: {sorted(given)} instead of {sorted(written)}"]
    if isinstance(written, dict):
        return [line for key in written for line in differences(written[key], given[key], f"{at}.{key}")]
    if isinstance(written, list) and len(written) == len(given):
        pairs = enumerate(zip(written, given, strict=True))
        return [line for i, (left, right) in pairs for line in differences(left, right, f"{at}.{i}")]
    return [] if VOLATILE & set(at.split(".")) or same(written, given) else [f"{at}: {given!r} instead"]


def same(written: Any, given: Any) -> bool:
    if isinstance(written, str) and written.endswith("..."):
        return bool(given.startswith(written[:-3]))
    return bool(written == given)


@pytest.mark.parametrize(
    "schema",
    [
        TtsRequest,
        SubtitleOptions,
        SafeZone,
        SubtitleStyle,
        DownloadRequest,
        UploadRequest,
        ListVoicesRequest,
    ],
)
def test_every_field_stands_in_a_table_with_what_it_does_its_rule_and_default(
    schema: type[BaseModel],
) -> None:
    for row in rows(schema):
        assert row in API_MD, "\n".join(rows(schema))


def rows(schema: type[BaseModel]) -> list[str]:
    told = []
    for name, field in schema.model_fields.items():
        if name == "endpoint":
            continue
        default = "required" if field.is_required() else json.dumps(field.default, default=lambda _: {})
        told.append(f"| `{name}` | {field.description} | {rule_of(field)} | `{default}` |")
    return told


def test_every_error_code_is_explained() -> None:
    for code in Code:
        assert f"| `{code}` |" in API_MD

import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from f5_worker.errors import Code, WorkerError
from f5_worker.settings import Settings
from f5_worker.storage.registry import open_stores
from f5_worker.storage.s3 import S3Store
from f5_worker.storage.volume import VolumeStore
from tests.storage.buckets import SECRET, bucket_settings


@pytest.fixture
def store(endpoint: str) -> S3Store:
    return S3Store(bucket_settings(endpoint))


def test_a_presigned_url_can_be_opened_by_anybody_for_an_hour(store: S3Store) -> None:
    store.put("timings/a.vtt", "WEBVTT \N{SNOWMAN}".encode(), "text/vtt; charset=utf-8")
    url = store.url("timings/a.vtt", "a.vtt")
    answer = httpx.get(url)
    assert answer.status_code == 200
    assert answer.text == "WEBVTT \N{SNOWMAN}"
    assert answer.headers["Content-Type"] == "text/vtt; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="a.vtt"'
    query = parse_qs(urlsplit(url).query)
    assert query["X-Amz-Expires"] == ["3600"]
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert "/eu-central-003/s3/aws4_request" in query["X-Amz-Credential"][0]
    assert SECRET not in url
    assert store.presigned


def test_a_custom_endpoint_is_addressed_by_path(store: S3Store, endpoint: str) -> None:
    assert store.url("output/a.wav", "a.wav").startswith(f"{endpoint}/results/output/a.wav?")


@pytest.mark.parametrize(
    ("address", "region", "host", "signed_for"),
    [
        (None, "eu-west-1", "results.s3.eu-west-1.amazonaws.com", "eu-west-1"),
        ("https://s3.eu-central-003.b2.example", None, "s3.eu-central-003.b2.example", "eu-central-003"),
        ("https://abc.r2.cloudflarestorage.com", "auto", "abc.r2.cloudflarestorage.com", "auto"),
        ("https://minio.example:9000", None, "minio.example:9000", "us-east-1"),
    ],
)  # fmt: skip
def test_urls_are_signed_for_the_store_and_its_region(
    address: str | None, region: str | None, host: str, signed_for: str
) -> None:
    url = S3Store(bucket_settings(address, AWS_REGION=region)).url("output/a.wav", "a.wav")
    assert urlsplit(url).netloc == host
    assert f"/{signed_for}/s3/" in parse_qs(urlsplit(url).query)["X-Amz-Credential"][0]


def test_listing_goes_on_past_a_page(store: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "3")
    for number in range(7):
        store.put(f"output/{number:04}.wav", b"", "audio/wav")
    store.put("voices/a.wav", b"", "audio/wav")
    keys = [stored.key for stored in store.list("output/")]
    assert keys == [f"output/{number:04}.wav" for number in range(7)]
    assert list(store.list("timings/")) == []


def _fails(store: S3Store, reason: str) -> None:
    for ask in (
        lambda: store.put("output/a.wav", b"x", "audio/wav"),
        lambda: store.stat("output/a.wav"),
        lambda: store.read("output/a.wav"),
        lambda: list(store.list("output/")),
        lambda: store.delete("output/a.wav"),
    ):
        with pytest.raises(WorkerError) as caught:
            ask()
        message = caught.value.message
        assert caught.value.code is Code.STORAGE_FAILED
        assert reason in message or "404" in message
        assert "a.wav" not in message
        assert "key-id" not in message
        assert SECRET not in message
    assert store.check() != "ok"


def test_a_bucket_that_is_not_there_is_a_storage_failure(store: S3Store, endpoint: str) -> None:
    _fails(S3Store(bucket_settings(endpoint, "no-such-bucket")), "NoSuchBucket")


def test_an_endpoint_that_is_not_there_is_a_storage_failure() -> None:
    _fails(S3Store(bucket_settings("http://127.0.0.1:1")), "EndpointConnectionError")


def test_a_refused_key_is_a_storage_failure(store: S3Store, endpoint: str) -> None:
    httpx.post(f"{endpoint}/moto-api/reset-auth", content=b"0")
    try:
        with pytest.raises(WorkerError) as caught:
            store.put("output/a.wav", b"x", "audio/wav")
    finally:
        httpx.post(f"{endpoint}/moto-api/reset-auth", content=b"inf")
    assert caught.value.code is Code.STORAGE_FAILED
    assert "InvalidAccessKeyId" in caught.value.message
    assert SECRET not in caught.value.message


def test_the_bucket_decides_which_store_is_opened(tmp_path: Path, endpoint: str) -> None:
    assert isinstance(open_stores(bucket_settings(endpoint))[0], S3Store)
    assert isinstance(open_stores(Settings.model_validate({"RUNPOD_VOLUME": tmp_path}))[0], VolumeStore)


def test_boto3_is_not_imported_without_a_bucket(tmp_path: Path) -> None:
    program = (
        "import sys; from f5_worker.settings import Settings;"
        "from f5_worker.storage.registry import open_stores;"
        "open_stores(Settings()); print('boto3' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], env={"RUNPOD_VOLUME": str(tmp_path)}, capture_output=True, text=True,
        check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert result.stdout == "False\n"

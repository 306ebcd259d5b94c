"""Results and voices in an S3 bucket: AWS, Backblaze B2, Cloudflare R2, MinIO."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from f5_worker.errors import Code, WorkerError
from f5_worker.settings import Settings
from f5_worker.storage import Stored
from f5_worker.storage.keys import checked_key

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

URL_LIFETIME = 3600  # seconds

_NO_SUCH_OBJECT = frozenset({"NoSuchKey", "404", "NotFound"})  # HEAD answers have no body, only "404"


class S3Store:
    """A `Store` in one bucket; safe to use from several threads."""

    name: ClassVar[str] = "s3"
    presigned = True

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """The bucket that `S3_BUCKET` names."""
        return cls(settings)

    def __init__(self, settings: Settings) -> None:
        if settings.s3_bucket is None:
            raise ValueError("S3_BUCKET is not set")
        self._bucket = settings.s3_bucket
        self._client = _client(settings, settings.s3_bucket)

    def put(self, key: str, data: bytes, content_type: str) -> str:
        """Store the object in one request; S3 shows readers the old object or the new one."""
        with _s3_errors("store an object"):
            answer = self._client.put_object(
                Bucket=self._bucket, Key=checked_key(key), Body=data, ContentType=content_type
            )
        return answer["ETag"]

    def url(self, key: str, filename: str) -> str:
        """A presigned URL that can be opened for an hour and downloads as `filename`."""
        target = {
            "Bucket": self._bucket,
            "Key": checked_key(key),
            "ResponseContentDisposition": f'attachment; filename="{checked_key(filename)}"',
        }
        with _s3_errors("sign a URL"):
            return self._client.generate_presigned_url("get_object", Params=target, ExpiresIn=URL_LIFETIME)

    def stat(self, key: str) -> Stored:
        """Size and age of the object."""
        try:
            with _s3_errors("read an object"):
                head = self._client.head_object(Bucket=self._bucket, Key=checked_key(key))
        except WorkerError as error:
            if error.code is Code.NOT_FOUND:
                self._require_bucket()  # to HEAD, a missing bucket looks just like a missing object
            raise
        return Stored(key, head["ContentLength"], head["LastModified"].astimezone(UTC), head["ETag"])

    def read(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """`length` bytes of the object from `offset` on, or all the rest."""
        if length == 0:
            return b""  # a Range cannot say "nothing"
        last = "" if length is None else str(offset + length - 1)
        whole = offset == 0 and length is None
        wanted: dict[str, Any] = {} if whole else {"Range": f"bytes={offset}-{last}"}
        with _s3_errors("read an object"):
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=checked_key(key), **wanted)
            except ClientError as error:
                if _code(error) == "InvalidRange":  # nothing lies beyond the end, as in a file
                    return b""
                raise
            return answer["Body"].read()

    def list(self, prefix: str, after: str = "") -> Iterator[Stored]:
        """The objects whose key starts with `prefix`, in order of key; a request for every thousand."""
        checked_key(prefix.removesuffix("/"))
        with _s3_errors("list objects"):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=prefix, StartAfter=after
            )
            for page in pages:
                for item in page.get("Contents", []):
                    modified = item["LastModified"].astimezone(UTC)
                    yield Stored(item["Key"], item["Size"], modified, item["ETag"])

    def delete(self, key: str) -> None:
        """Remove the object, if there is one."""
        with _s3_errors("delete an object"):
            self._client.delete_object(Bucket=self._bucket, Key=checked_key(key))

    def discard_abandoned(self, before: datetime) -> None:
        """Nothing to do: an upload that is broken off leaves no object."""

    def check(self) -> str:
        """Ask for the bucket."""
        try:
            self._require_bucket()
        except WorkerError as error:
            return error.message
        return "ok"

    def _require_bucket(self) -> None:
        """Raise `WorkerError(STORAGE_FAILED)` if the bucket is not there or not ours to use."""
        try:
            self._client.head_bucket(Bucket=self._bucket)
        except (ClientError, BotoCoreError) as error:
            raise _failed("find the bucket", error) from error


def _client(settings: Settings, bucket: str) -> "S3Client":
    secret = settings.s3_secret_key
    # Stores behind an endpoint of their own need not have a DNS name for every bucket, and no
    # certificate covers a name with dots in it.
    by_path = settings.s3_endpoint is not None or "." in bucket
    return boto3.client(
        "s3",
        endpoint_url=settings.s3_endpoint,
        region_name=settings.s3_region or _region_in(settings.s3_endpoint) or "us-east-1",
        aws_access_key_id=settings.s3_access_key,
        aws_secret_access_key=secret.get_secret_value() if secret else None,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path" if by_path else "virtual"},
            connect_timeout=10,
            read_timeout=60,
            retries={"mode": "standard", "max_attempts": 4},
            # The checksums that newer boto3 adds by itself are refused by B2 and R2.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def _region_in(endpoint: str | None) -> str | None:
    """The region named in an endpoint such as `https://s3.eu-central-003.backblazeb2.com`."""
    match = re.search(r"//s3[.-]([a-z]+-[a-z0-9-]+)\.", endpoint or "")
    return match[1] if match else None


@contextmanager
def _s3_errors(doing: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if _code(error) in _NO_SUCH_OBJECT:
            raise WorkerError(Code.NOT_FOUND, "there is no such object in the bucket") from error
        raise _failed(doing, error) from error
    except BotoCoreError as error:
        raise _failed(doing, error) from error


def _failed(doing: str, error: ClientError | BotoCoreError) -> WorkerError:
    """The sentence for an S3 error: its code, but neither key nor bucket nor credentials."""
    reason = _code(error) if isinstance(error, ClientError) else type(error).__name__
    return WorkerError(
        Code.STORAGE_FAILED,
        f"the S3 storage could not {doing}: {reason}; "
        "check S3_BUCKET, AWS_ENDPOINT_URL, AWS_REGION and the access keys",
    )


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "unknown")

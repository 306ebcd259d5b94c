"""What a client of the endpoint does: send a job, and look at its answer and at the files it left."""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from testing.platform.server import Platform
from testing.platform.worker_process import WorkerProcess
from tests.conftest import files_in

SENTENCE = "The quick brown fox jumps over the lazy dog, and nobody minds. "
MAX_TEXT = 200_000  # characters that the shared worker takes: hours of speech, to be met half-way


@dataclass(frozen=True)
class Endpoint:
    """A platform, one warm worker that serves it, and that worker's volume."""

    platform: Platform
    worker: WorkerProcess
    volume: Path

    def completed(self, job_input: dict[str, Any], job_id: str | None = None) -> dict[str, Any]:
        """The output of a job that must complete."""
        return completed(self.platform, self.platform.submit(job_input, job_id))

    def files(self) -> set[str]:
        """Every result on the volume, unfinished and hidden files included, relative to the volume."""
        return result_files(self.volume)

    def download(self, job_id: str, kind: str) -> bytes:
        """All parts of a result, put together and checked against their hash; `kind` as in `type`."""
        data, offset = b"", 0
        while True:
            request = {"endpoint": "download", "job_id": job_id, "type": kind, "offset": offset}
            part = self.completed(request)
            assert part["offset"] == len(data)
            data += base64.b64decode(part[f"{kind}_data"], validate=True)
            if part["next_offset"] is None:
                break
            offset = part["next_offset"]
        assert part["size"] == len(data)
        assert part["sha256"] == hashlib.sha256(data).hexdigest()
        return data


def completed(platform: Platform, job_id: str) -> dict[str, Any]:
    """The output of a submitted job that must complete."""
    job = platform.result(job_id)
    assert (job.status, job.error) == ("COMPLETED", None)
    assert isinstance(job.output, dict)
    return job.output


def failed(platform: Platform, job_id: str) -> str:
    """The error of a submitted job that must fail."""
    job = platform.result(job_id)
    assert (job.status, job.output) == ("FAILED", None)
    assert job.error is not None
    return job.error


def result_files(volume: Path) -> set[str]:
    """Every file below `output/` and `timings/`, hidden ones included, relative to `volume`."""
    return {name for name in files_in(volume) if name.startswith(("output/", "timings/"))}


def local_path(url: str) -> Path:
    """The file that a `file://` URL names."""
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc) == ("file", "")
    return Path(unquote(parts.path))

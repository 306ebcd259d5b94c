"""One warm worker for all tests that leave it as they found it; `import runpod` alone takes seconds."""

from collections.abc import Iterator

import pytest

from testing.platform.server import Platform
from testing.platform.worker_process import serving
from tests.platform.endpoint import MAX_TEXT, Endpoint

ANSWER_LIMIT = 100_000  # bytes; small, so that a few seconds of audio already take several parts


@pytest.fixture(scope="session")
def shared_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    volume = tmp_path_factory.mktemp("volume")
    limits = {"MAX_ANSWER_BYTES": str(ANSWER_LIMIT), "MAX_TEXT_CHARS": str(MAX_TEXT)}
    with (
        Platform(max_result_bytes=ANSWER_LIMIT) as platform,
        serving(platform, volume, "shared", **limits) as worker,
    ):
        yield Endpoint(platform, worker, volume)


@pytest.fixture
def endpoint(shared_endpoint: Endpoint) -> Iterator[Endpoint]:
    shared_endpoint.platform.violations.clear()
    yield shared_endpoint
    assert shared_endpoint.platform.violations == []


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform() as platform:
        yield platform
        assert platform.violations == []

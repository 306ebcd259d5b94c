"""One engine and one image for all checks, and the figures that they leave, printed at the end."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.container import debian
from tests.container.available import docker_answers
from tests.container.engine import Engine

IMAGE = "localhost/f5-worker-smoke"
FIGURES: dict[str, str] = {}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for name, value in FIGURES.items():
        terminalreporter.write_line(f"{name:32} {value}")


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    if docker_answers():
        yield Engine(("docker", "build"), ("docker",))
        return
    # Not pytest's own folder, which it would keep: this one holds file systems of gigabytes.
    with debian.engine(Path(tempfile.mkdtemp(prefix="f5-worker-smoke-"))) as engine:
        yield engine


@pytest.fixture(scope="session")
def image(engine: Engine) -> str:
    FIGURES["image build, nothing cached"] = f"{engine.build_image(IMAGE):.1f} s"
    FIGURES["image size, base included"] = f"{engine.image_bytes(IMAGE) / 1e6:.0f} MB"
    return IMAGE


@pytest.fixture
def mounting() -> None:
    """Skip where file systems cannot be mounted."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount the file systems that this check needs")

"""A registry behind TLS: certificates that are not trusted are said to be that, with what to do."""

import re
from datetime import UTC, datetime, timedelta
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.https_server import Authority
from tests.setup.conftest import Project
from tests.setup.test_installers import sentence

NOT_TRUSTED = "The certificate of the package registry is not trusted by this machine: "
YEAR = timedelta(days=365)


def behind_tls(project: Project, authority: Authority) -> None:
    """Have the project's registry speak TLS, with a certificate of the authority's."""
    server: ThreadingHTTPServer = project.index.server
    tls = authority.server("localhost")
    accept = server.get_request

    def get_request() -> object:
        connection, address = accept()
        return tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    server.get_request = get_request  # type: ignore[method-assign,assignment]
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    project.index.url = f"https://localhost:{server.server_port}/simple"
    project.environ["PIP_INDEX_URL"] = project.environ["UV_DEFAULT_INDEX"] = project.index.url


@pytest.fixture
def authority(project: Project, tmp_path: Path) -> Authority:
    """A CA that this machine does not know."""
    authority = Authority(tmp_path)
    behind_tls(project, authority)
    return authority


@pytest.mark.usefixtures("authority")
@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_one_that_is_not_trusted_is_said_to_be_that(project: Project, installer: str) -> None:
    if installer == "pip":
        (project.folder / "bin" / "uv").unlink()
    done = project.run()
    assert (done.returncode, done.stdout) == (1, "")
    assert sentence(done.stderr).startswith(NOT_TRUSTED)
    assert "SSL_CERT_FILE" in sentence(done.stderr)
    assert "network trouble" not in done.stderr
    assert project.leftovers() == []


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_what_the_sentence_says_helps(project: Project, authority: Authority, installer: str) -> None:
    if installer == "pip":
        (project.folder / "bin" / "uv").unlink()
    project.environ["SSL_CERT_FILE"] = str(authority.file)
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert ("trying pip" in done.stderr) == (installer == "pip")
    assert project.speaks(done.stdout)


def test_what_pip_conf_trusts_is_installed_with_pip(project: Project, authority: Authority) -> None:
    conf = project.folder / "pip.conf"
    conf.write_text(f"[global]\ncert = {authority.file}\n")
    project.environ["PIP_CONFIG_FILE"] = str(conf)
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert (
        "uv did not do it (the registry's certificate is not trusted by this machine); trying pip"
        in done.stderr
    )
    assert "network trouble" not in done.stderr
    assert project.speaks(done.stdout)


@pytest.mark.parametrize("installer", ["uv", "pip"])
@pytest.mark.parametrize(("moved", "said"), [(YEAR, "is not valid yet"), (-YEAR, "has expired")])
def test_a_clock_that_is_a_year_off_is_said_to_be_that(
    project: Project, tmp_path: Path, installer: str, moved: timedelta, said: str
) -> None:
    """Nobody moves the clock of a machine that others use: the certificate's times are moved instead."""
    authority = Authority(tmp_path, datetime.now(UTC) + moved)
    behind_tls(project, authority)
    project.environ["SSL_CERT_FILE"] = str(authority.file)
    if installer == "pip":
        (project.folder / "bin" / "uv").unlink()
    done = project.run()
    assert (done.returncode, done.stdout) == (1, "")
    assert said in sentence(done.stderr)
    assert re.search(r"clock, which says 20\d\d-\d\d-\d\d: set the clock", sentence(done.stderr))
    assert "network trouble" not in done.stderr

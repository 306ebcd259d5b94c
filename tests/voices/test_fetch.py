import contextlib
import socket
import struct
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address

import pytest

from f5_worker.errors import Code, WorkerError
from f5_worker.voices import addresses
from f5_worker.voices.addresses import Address
from f5_worker.voices.fetch import Fetcher
from tests.https_server import Authority, Route, Server, https_server, sends

LOOPBACK = ip_address("127.0.0.1")
LIMIT = 10_000  # bytes
AUDIO = bytes(range(256)) * 20


def lookup(host: str, port: int) -> list[Address]:
    """Names under .example are the test's server; all else goes the real way."""
    return [LOOPBACK] if host.endswith(".example") else addresses.resolve(host, port)


def allowed(address: Address) -> bool:
    """The real policy, and the one address that the test's server has."""
    return address == LOOPBACK or addresses.is_public(address)


def redirects(location: str, status: int = 302) -> Route:
    return sends(b"", status, Location=location)


def sends_without_length(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(bytes(1000))


def sends_part(handler: BaseHTTPRequestHandler) -> None:
    sends(b"only this", length=1000)(handler)


def resets(handler: BaseHTTPRequestHandler) -> None:
    sends(b"only this", length=1000)(handler)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    socket.socket(fileno=handler.connection.detach()).close()


def drips_the_body(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    _drip(handler)


def drips_the_headers(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    _drip(handler)


def _drip(handler: BaseHTTPRequestHandler) -> None:
    with contextlib.suppress(OSError):
        for _ in range(200):  # 10 s, if nobody hangs up
            handler.wfile.write(b".")
            time.sleep(0.05)


ROUTES: dict[str, Route] = {
    "/voice.wav": sends(AUDIO),
    "/exact": sends(bytes(LIMIT)),
    "/large": sends(bytes(LIMIT + 1)),
    "/large-by-length": sends(b"", length=10**12),
    "/large-without-length": sends_without_length,
    "/empty": sends(b""),
    "/moved": redirects("voice.wav", 301),
    "/moved-twice": redirects("https://other.example:{port}/moved", 307),
    "/loop": redirects("/loop"),
    "/to-http": redirects("http://voices.example/voice.wav"),
    "/to-file": redirects("file:///etc/passwd"),
    "/to-private": redirects("https://10.0.0.1/voice.wav"),
    "/to-metadata": redirects("https://169.254.169.254/latest/meta-data/"),
    "/to-user": redirects("https://me:hunter2@voices.example/voice.wav"),
    "/to-nonsense": redirects("https://[::1/voice.wav"),
    "/nowhere": sends(b"", 302),
    "/missing": sends(b"", 404),
    "/broken": sends(b"", 500),
    "/partial": sends(AUDIO, 206),
    "/zipped": sends(b"x", Content_Encoding="gzip"),
    "/part": sends_part,
    "/reset": resets,
    "/drip": drips_the_body,
    "/drip-headers": drips_the_headers,
}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def server(authority: Authority) -> Iterator[Server]:
    routes = dict(ROUTES)
    with https_server(authority.server("voices.example", "other.example"), routes) as server:
        routes["/moved-twice"] = redirects(server.url("/moved", "other.example"), 307)
        yield server


@pytest.fixture(scope="module")
def fetcher(authority: Authority) -> Fetcher:
    return Fetcher(LIMIT, 20.0, allowed=allowed, resolve=lookup, tls=authority.client)


def failure(fetcher: Fetcher, url: str) -> WorkerError:
    with pytest.raises(WorkerError) as caught:
        fetcher.fetch(url)
    return caught.value


@pytest.mark.parametrize("path", ["/voice.wav", "/voice.wav?signature=abc", "/moved", "/moved-twice"])
def test_a_file_is_fetched_through_redirects(fetcher: Fetcher, server: Server, path: str) -> None:
    assert fetcher.fetch(server.url(path)) == AUDIO


def test_a_file_of_just_the_limit_and_an_empty_one_are_fetched(fetcher: Fetcher, server: Server) -> None:
    assert fetcher.fetch(server.url("/exact")) == bytes(LIMIT)
    assert fetcher.fetch(server.url("/empty")) == b""


def test_the_server_sees_the_host_name_and_the_query(fetcher: Fetcher, server: Server) -> None:
    fetcher.fetch(server.url("/voice.wav?seen=1#fragment"))
    seen = next(request for request in server.requests if "seen" in request["path"])
    assert seen["path"] == "/voice.wav?seen=1"
    assert seen["Host"] == f"voices.example:{server.port}"


def test_proxies_of_the_environment_are_not_used(
    fetcher: Fetcher, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert fetcher.fetch(server.url("/voice.wav")) == AUDIO


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("/large", "larger than the 10000 bytes"),
        ("/large-by-length", "larger than the 10000 bytes"),
        ("/large-without-length", "larger than the 10000 bytes"),
        ("/missing", "status 404"),
        ("/broken", "status 500"),
        ("/partial", "status 206"),
        ("/nowhere", "status 302"),
        ("/zipped", "compressed"),
        ("/part", "broke"),
        ("/reset", "broke"),
    ],
)
def test_what_is_not_delivered_fails(fetcher: Fetcher, server: Server, path: str, part: str) -> None:
    error = failure(fetcher, server.url(f"{path}?token=hunter2"))
    assert error.code is Code.FETCH_FAILED
    assert part in error.message
    assert "voices.example" in error.message
    assert "hunter2" not in error.message


@pytest.mark.parametrize("path", ["/drip", "/drip-headers"])
def test_a_slow_drip_ends_at_the_deadline(authority: Authority, server: Server, path: str) -> None:
    fetcher = Fetcher(LIMIT, 0.4, allowed=allowed, resolve=lookup, tls=authority.client)
    error = failure(fetcher, server.url(path))
    assert error.code is Code.FETCH_FAILED
    assert "within 0.4 seconds" in error.message


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("/loop", "more than 5 times"),
        ("/to-http", "redirects to a URL that does not begin with https://"),
        ("/to-file", "redirects to a URL that does not begin with https://"),
        ("/to-private", "10.0.0.1 is not a public"),
        ("/to-metadata", "169.254.169.254 is not a public"),
        ("/to-user", "user name or password"),
        ("/to-nonsense", "cannot be read"),
    ],
)
def test_bad_redirects_are_refused(fetcher: Fetcher, server: Server, path: str, part: str) -> None:
    error = failure(fetcher, server.url(path))
    assert error.code is Code.FETCH_REFUSED
    assert part in error.message
    assert "hunter2" not in error.message


def test_a_redirect_to_a_listening_private_address_never_reaches_it(
    authority: Authority, fetcher: Fetcher
) -> None:
    with https_server(None, {}, "127.0.0.2") as inner:
        routes = {"/": redirects(f"https://127.0.0.2:{inner.port}/")}
        with https_server(authority.server("voices.example", "other.example"), routes) as outer:
            assert failure(fetcher, outer.url("/")).code is Code.FETCH_REFUSED
    assert inner.connections == 0
    assert outer.connections == 1


def test_the_address_that_was_checked_is_the_one_connected_to(authority: Authority, server: Server) -> None:
    answers = [[LOOPBACK], [ip_address("10.0.0.1")]]  # a name that changes its mind at once
    fetcher = Fetcher(
        LIMIT, 20.0, allowed=allowed, resolve=lambda host, port: answers.pop(0), tls=authority.client
    )
    assert fetcher.fetch(server.url("/voice.wav")) == AUDIO
    assert len(answers) == 1
    assert failure(fetcher, server.url("/voice.wav")).code is Code.FETCH_REFUSED


def test_one_private_address_among_public_ones_is_enough_to_refuse(
    authority: Authority, server: Server
) -> None:
    before = server.connections
    both: list[Address] = [LOOPBACK, ip_address("192.168.0.1")]
    fetcher = Fetcher(LIMIT, 20.0, allowed=allowed, resolve=lambda host, port: both, tls=authority.client)
    assert failure(fetcher, server.url("/voice.wav")).code is Code.FETCH_REFUSED
    assert server.connections == before


def test_the_next_address_is_tried_when_one_does_not_answer(authority: Authority, server: Server) -> None:
    both: list[Address] = [ip_address("127.0.0.3"), LOOPBACK]
    fetcher = Fetcher(
        LIMIT, 20.0, allowed=lambda address: True, resolve=lambda host, port: both, tls=authority.client
    )
    assert fetcher.fetch(server.url("/voice.wav")) == AUDIO


def test_a_certificate_for_another_host_fails(authority: Authority, fetcher: Fetcher) -> None:
    with https_server(authority.server("other.example"), ROUTES) as server:
        error = failure(fetcher, server.url("/voice.wav"))
    assert error.code is Code.FETCH_FAILED
    assert "certificate is not valid (Hostname mismatch" in error.message


def test_a_certificate_of_an_unknown_authority_fails(server: Server) -> None:
    error = failure(Fetcher(LIMIT, 20.0, allowed=allowed, resolve=lookup), server.url("/voice.wav"))
    assert error.code is Code.FETCH_FAILED
    assert "certificate is not valid" in error.message


def test_a_server_without_tls_fails(fetcher: Fetcher) -> None:
    with https_server(None, ROUTES) as server:
        error = failure(fetcher, server.url("/voice.wav"))
    assert error.code is Code.FETCH_FAILED
    assert "no secure connection" in error.message


def test_a_port_where_nobody_listens_fails(fetcher: Fetcher) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    error = failure(fetcher, f"https://voices.example:{port}/")
    assert error.code is Code.FETCH_FAILED
    assert "Connection refused" in error.message
    assert "127.0.0.1" not in error.message


def test_a_host_without_an_address_fails(authority: Authority) -> None:
    def unknown(host: str, port: int) -> list[Address]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    error = failure(Fetcher(LIMIT, 20.0, resolve=unknown, tls=authority.client), "https://voices.example/")
    assert error.code is Code.FETCH_FAILED
    assert "voices.example could not be resolved" in error.message


REFUSED = [
    *("http://93.184.216.34/a.wav", "ftp://93.184.216.34/a.wav", "file:///etc/passwd"),
    *("data:audio/wav;base64,", "gopher://127.0.0.1/", "javascript:alert(1)", "//93.184.216.34/a.wav"),
    *("a.wav", "", "https://", "https:///a", "https://?a", "https://#a", "https://[::1"),
    *("https://[zz]/", "https://a:99999/", "https://a:port/", "https://\x00/"),
    *("https://user@93.184.216.34/", "https://user:hunter2@93.184.216.34/"),
    *("https://93.184.216.34@127.0.0.1/", "https://localhost/", "https://localhost./"),
    *("https://LOCALHOST/", "https://127.0.0.1/", "https://127.0.0.1./", "https://127.1/"),
    *("https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://0x7f.1/"),
    *("https://017700000001/", "https://0/", "https://0.0.0.0/", "https://10.0.0.1/"),
    *("https://172.16.0.1/", "https://192.168.0.1:8443/", "https://100.64.0.1/"),
    *("https://169.254.169.254/latest/meta-data/", "https://2852039166/", "https://0xa9fea9fe/"),
    *("https://224.0.0.1/", "https://255.255.255.255/", "https://[::1]/", "https://[::]/"),
    *("https://[::ffff:127.0.0.1]/", "https://[::ffff:a9fe:a9fe]/", "https://[fe80::1]/"),
    *("https://[fd00:ec2::254]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/"),
    *("https://[2001::1]/", "https://[ff02::1]/", "https://[::127.0.0.1]/", "HTTPS://127.0.0.1/"),
]  # fmt: skip


@pytest.mark.parametrize("url", REFUSED)
def test_urls_that_may_not_be_fetched_are_refused(authority: Authority, url: str) -> None:
    error = failure(Fetcher(LIMIT, 5.0, tls=authority.client), url)
    assert error.code is Code.FETCH_REFUSED
    assert "hunter2" not in error.message

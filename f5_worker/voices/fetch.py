"""Guarded download of a caller's URL: https, public addresses only, within a size and a time."""

import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpcore
import httpx

from f5_worker.errors import Code, WorkerError
from f5_worker.voices.addresses import Address, is_public, resolve

MAX_REDIRECTS = 5

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CONNECT_SECONDS = 10.0  # for one address, so that a dead one leaves time for the next
_HEADERS = [("User-Agent", "f5-worker"), ("Accept", "*/*"), ("Accept-Encoding", "identity")]


@dataclass(frozen=True)
class Fetcher:
    """Fetches at most `max_bytes` in at most `timeout` seconds, redirects included.

    The host's addresses are looked up once per connection, checked, and then connected to as they
    are: a name that changes its mind afterwards changes nothing. Proxies of the environment are not
    used. The system's resolver has a time limit of its own.
    """

    max_bytes: int
    timeout: float
    allowed: Callable[[Address], bool] = is_public
    resolve: Callable[[str, int], list[Address]] = resolve
    tls: ssl.SSLContext = field(default_factory=httpx.create_ssl_context)

    def fetch(self, url: str) -> bytes:
        """The bytes behind an https URL.

        Raises `WorkerError`: `FETCH_REFUSED` for a URL, or a redirect, that may not be followed,
        `FETCH_FAILED` when the other side does not deliver.
        """
        network = _GuardedNetwork(self, time.monotonic() + self.timeout)
        target = _checked(url)
        with httpcore.ConnectionPool(ssl_context=self.tls, network_backend=network) as pool:
            for _ in range(1 + MAX_REDIRECTS):
                with (
                    self._fetch_errors(target.host),
                    pool.stream("GET", _request_url(target), headers=_HEADERS) as answer,
                ):
                    location = _header(answer, b"location")
                    if answer.status not in _REDIRECTS or not location:
                        return self._body(target.host, answer)
                    target = _checked(location, target)
        raise _refused(f"the URL redirects more than {MAX_REDIRECTS} times; use the address it ends at")

    def _body(self, host: str, answer: httpcore.Response) -> bytes:
        if answer.status != 200:
            raise _failed(f"{host} answered with status {answer.status}; the URL must answer with 200")
        if _header(answer, b"content-encoding") not in ("", "identity"):
            raise _failed(f"{host} sent compressed content although none was asked for")
        promised = _header(answer, b"content-length")  # h11 has checked that it is a number
        self._check_size(host, int(promised or 0))
        body = bytearray()
        for block in answer.iter_stream():
            body += block
            self._check_size(host, len(body))
        return bytes(body)

    def _check_size(self, host: str, size: int) -> None:
        if size > self.max_bytes:
            raise _failed(f"the file at {host} is larger than the {self.max_bytes} bytes that are allowed")

    @contextmanager
    def _fetch_errors(self, host: str) -> Iterator[None]:
        try:
            yield
        except httpcore.TimeoutException:
            raise _failed(f"{host} did not deliver within {self.timeout:g} seconds") from None
        except httpcore.ConnectError as error:
            raise _failed(f"no secure connection to {host} could be made: {_reason(error)}") from None
        except (httpcore.NetworkError, httpcore.ProtocolError):
            raise _failed(f"the connection to {host} broke before the file was complete") from None


class _GuardedNetwork(httpcore.NetworkBackend):
    """Connects to checked addresses only, and lets no connection outlive the deadline."""

    def __init__(self, fetcher: Fetcher, deadline: float) -> None:
        self._fetcher = fetcher
        self._deadline = deadline
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # the deadline counts, for all connections together
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first of the host's addresses that answers, after all were checked."""
        failure: object = None
        for address in self._addresses(host, port):
            seconds = min(_CONNECT_SECONDS, remaining(self._deadline))
            try:
                stream = self._sockets.connect_tcp(str(address), port, seconds, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error.args[0]
            else:
                return _TimedStream(stream, self._deadline)
        raise httpcore.ConnectError(failure)

    def _addresses(self, host: str, port: int) -> list[Address]:
        try:
            addresses = self._fetcher.resolve(host, port)
        except (OSError, UnicodeError):
            raise _failed(f"the host name {host} could not be resolved") from None
        if not all(self._fetcher.allowed(address) for address in addresses):
            raise _refused(f"{host} is not a public Internet address; the URL must lead to one")
        return addresses


class _TimedStream(httpcore.NetworkStream):
    """A connection on which no single read or write can pass the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, remaining(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, remaining(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        seconds = remaining(self._deadline)
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, seconds), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def remaining(deadline: float) -> float:
    """Seconds left until the deadline; raises `httpcore.ReadTimeout` when there are none."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise httpcore.ReadTimeout
    return seconds


def _checked(url: str, base: httpx.URL | None = None) -> httpx.URL:
    """Parse a URL, or a redirect seen from `base`; raise `WorkerError(FETCH_REFUSED)` unless it is fit."""
    try:
        target = base.join(url) if base else httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise _refused("the URL cannot be read; it must look like https://example.com/voice.wav") from None
    if target.scheme != "https":
        place = f"{base.host} redirects to a URL that" if base else "the URL"
        raise _refused(f"{place} does not begin with https://; nothing else is fetched")
    if target.userinfo:
        raise _refused("the URL holds a user name or password; use a presigned or public URL")
    host = target.host.rstrip(".")  # `localhost.` is `localhost`, for the resolver and for certificates
    if not host or (target.port or 443) > 65_535:
        raise _refused(
            "the URL names no host, or no possible port; it must look like https://example.com/voice.wav"
        )
    return target.copy_with(host=host)


def _request_url(target: httpx.URL) -> httpcore.URL:
    return httpcore.URL(
        scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path
    )


def _header(answer: httpcore.Response, name: bytes) -> str:
    values = (value for header, value in answer.headers if header.lower() == name)
    return next(values, b"").decode("utf-8", "replace").strip()


def _reason(error: httpcore.ConnectError) -> str:
    """Why a connection failed, without the addresses and file names that the system's texts hold."""
    cause = error.args[0]  # httpcore passes the original on here; it cuts `__cause__` off
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not valid ({cause.verify_message})"
    if isinstance(cause, ssl.SSLError):
        return "it does not speak TLS as it should"
    return getattr(cause, "strerror", None) or "it did not answer"


def _refused(message: str) -> WorkerError:
    return WorkerError(Code.FETCH_REFUSED, message)


def _failed(message: str) -> WorkerError:
    return WorkerError(Code.FETCH_FAILED, message)

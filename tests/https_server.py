"""A real HTTPS server on loopback, with a certificate from a CA of its own."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Route = Callable[[BaseHTTPRequestHandler], None]


def sends(body: bytes, status: int = 200, length: int | None = None, **headers: str) -> Route:
    def route(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return route


class Authority:
    """A private CA: `client` and `file` trust it, `server(*hosts)` has a certificate, valid around `now`."""

    def __init__(self, folder: Path, now: datetime | None = None) -> None:
        self._folder = folder
        self._now = now or datetime.now(UTC)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._certificate = self._issue(self._key, ())
        pem = self._certificate.public_bytes(serialization.Encoding.PEM).decode()
        self.file = folder / "authority.pem"
        self.file.write_text(pem)
        self.client = ssl.create_default_context(cadata=pem)

    def server(self, *hosts: str) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        file = self._folder / f"{hosts[0]}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + self._issue(key, hosts).public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _issue(self, key: ec.EllipticCurvePrivateKey, hosts: tuple[str, ...]) -> x509.Certificate:
        """A certificate for the hosts; the authority's own when there are none."""
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])]) if hosts else issuer
        now = self._now
        own, issuing = key.public_key(), self._key.public_key()
        builder = (
            x509.CertificateBuilder(issuer, subject, own, x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=not hosts, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(own), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuing), critical=False)
        )
        if not hosts:  # Python 3.13 asks for it
            signs = dict.fromkeys(("key_cert_sign", "crl_sign", "digital_signature"), True)
            others = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
            only = dict.fromkeys((*others, "encipher_only", "decipher_only"), False)
            builder = builder.add_extension(x509.KeyUsage(**signs, **only), critical=True)
        if hosts:
            names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(self._key, hashes.SHA256())


class _Http(ThreadingHTTPServer):
    accepted = 0

    def process_request(self, request: Any, client_address: Any) -> None:
        self.accepted += 1
        super().process_request(request, client_address)

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # clients that hang up are what these tests are about


class Server:
    """What a test needs to know of a running server."""

    def __init__(self, http: "_Http", requests: list[dict[str, Any]]) -> None:
        self.port: int = http.server_address[1]
        self.requests = requests
        self._http = http

    @property
    def connections(self) -> int:
        return self._http.accepted

    def url(self, path: str, host: str = "voices.example") -> str:
        return f"https://{host}:{self.port}{path}"


@contextmanager
def https_server(
    tls: ssl.SSLContext | None, routes: dict[str, Route], address: str = "127.0.0.1"
) -> Iterator[Server]:
    """Serve `routes` by path until the block ends; with `tls` None it speaks plain HTTP."""
    requests: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append({"path": self.path, **self.headers})
            routes[self.path.partition("?")[0]](self)

        def log_message(self, *args: object) -> None:
            pass

    http = _Http((address, 0), Handler)
    if tls is not None:
        http.socket = tls.wrap_socket(http.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield Server(http, requests)
    finally:
        http.shutdown()
        thread.join()
        http.server_close()

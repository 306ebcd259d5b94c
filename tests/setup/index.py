"""A package registry on loopback with wheels made on the spot, which fails on demand."""

import base64
import hashlib
import socket
import struct
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def make_wheel(
    folder: Path,
    name: str,
    source: str = "",
    version: str = "1.0",
    *,
    script: str = "",
    library: str = "",
    more: str = "",
    metadata: str = "",
) -> Path:
    """Write a pure wheel with the module `name`, and a script and a library if they are given.

    `metadata` are more lines of it, such as what it requires. `more` is a folder with other packages, which
    an environment that has the wheel finds too.
    """
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": source,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{metadata}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if script:
        files[f"{name}-{version}.data/scripts/{name}"] = script
    if library:
        files[f"{name}.libs/lib{name}.so.1"] = library
    if more:
        files[f"{name}.pth"] = f"{more}\n"
    record = [f"{path},{_record_hash(text)},{len(text.encode())}" for path, text in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,"]) + "\n"
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            entry = zipfile.ZipInfo(path)
            entry.external_attr = 0o100755 << 16  # a regular file that may be run
            archive.writestr(entry, text)
    return wheel


def _record_hash(text: str) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
    return f"sha256={digest.decode().rstrip('=')}"


def lock_line(wheel: Path) -> str:
    """The wheel as a line of a lock file with its hash."""
    name, version = wheel.name.split("-")[:2]
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


class Index:
    """Serves the wheels of a folder; `faults` are used up first, one a request; `delay` slows every wheel."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[str] = []
        self.delay = 0.0
        self.requests: list[str] = []
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                index.answer(self)

            def do_HEAD(self) -> None:
                index.answer(self)

            def log_message(self, *_: object) -> None:
                return None

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/simple"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.requests.append(f"{request.command} {request.path}")
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "reset":
            linger = struct.pack("ii", 1, 0)  # close with a reset instead of a goodbye
            request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            request.connection.close()
        elif fault == "unavailable":
            request.send_error(503)
        elif request.path.endswith(".whl"):
            time.sleep(self.delay)
            body = (self.folder / Path(request.path).name).read_bytes()
            damaged = {"corrupt": bytes(byte ^ 1 for byte in body), "cut": body[: len(body) // 2]}
            self._send(request, damaged.get(fault, body), "application/zip", len(body))
        else:
            name = request.path.strip("/").split("/")[-1].replace("-", "_")
            links = [f'<a href="/{w.name}">{w.name}</a>' for w in self.folder.glob(f"{name}-*.whl")]
            if links:
                self._send(request, "<br>".join(links).encode(), "text/html")
            else:
                request.send_error(404)

    @staticmethod
    def _send(request: BaseHTTPRequestHandler, body: bytes, kind: str, announced: int | None = None) -> None:
        request.send_response(200)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(body) if announced is None else announced))
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(body)

    def has_sent_a_wheel(self) -> bool:
        return any(line.startswith("GET") and line.endswith(".whl") for line in self.requests)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

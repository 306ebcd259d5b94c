"""A stand-in for the Hugging Face hub on loopback: metadata, lists, whole files, ranges, and faults."""

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub:
    """Serves `files` ("repository/name": content). `faults` are used up first, one a GET.

    "cut" sends half of what was asked for, "corrupt" the right number of wrong bytes.
    """

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.faults: list[str] = []
        self.gets: list[str] = []
        self.asked = 0  # requests of any kind
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                hub.answer(self)

            def do_GET(self) -> None:
                hub.answer(self)

            def log_message(self, *_: object) -> None:
                return None

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Answer as the hub does: what a repository holds, or one of its files."""
        self.asked += 1
        if request.path.startswith("/api/models/"):
            self._list(request, request.path.removeprefix("/api/models/").partition("/revision/")[0])
        else:
            self._send(request)

    def _list(self, request: BaseHTTPRequestHandler, repository: str) -> None:
        names = [path.removeprefix(f"{repository}/") for path in self.files if path.startswith(repository)]
        listed = {"id": repository, "sha": COMMIT, "siblings": [{"rfilename": name} for name in names]}
        body = json.dumps(listed).encode()
        request.send_response(200 if names else 404)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def _send(self, request: BaseHTTPRequestHandler) -> None:
        path = request.path.removeprefix("/")
        content = self.files.get(path.replace("/resolve/main/", "/").replace(f"/resolve/{COMMIT}/", "/"))
        if content is None:
            request.send_response(404)
            request.send_header("X-Error-Code", "EntryNotFound")
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        first = int(request.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
        body = content[first:]
        request.send_response(206 if first else 200)
        request.send_header("X-Repo-Commit", COMMIT)
        request.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        request.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if request.command == "GET":
            self.gets.append(f"{request.path} from {first}")
            fault = self.faults.pop(0) if self.faults else ""
            damaged = {"cut": body[: len(body) // 2], "corrupt": bytes(len(body))}
            request.wfile.write(damaged.get(fault, body))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

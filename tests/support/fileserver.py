"""A real HTTP server on loopback that serves documents with validators, as an ordinary web server does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer of its own kind, whatever was asked."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    promised: int | None = None
    """The Content-Length that is claimed; more than there is: the connection ends in the middle of the body."""
    before: Callable[[], object] | None = None
    """Called when the request has come and nothing is answered yet."""


@dataclass
class Site:
    """What the server serves; may be changed while it runs."""

    documents: dict[str, bytes] = field(default_factory=dict)
    """By path, with its first slash."""
    types: dict[str, str] = field(default_factory=dict)
    replies: dict[str, Reply] = field(default_factory=dict)
    """By path: what is answered in the place of a document."""
    requests: list[tuple[str, int]] = field(default_factory=list)
    """(path, status) in the order of the answers."""
    url: str = ""

    def statuses(self, path: str) -> list[int]:
        """What was answered to the requests for a path."""
        return [status for asked, status in self.requests if asked == path]


@contextmanager
def serving(documents: Mapping[str, bytes] | None = None, *, host: str = "127.0.0.1") -> Iterator[Site]:
    """Serve until the block ends, on a loopback address."""
    site = Site(dict(documents or {}))
    server = ThreadingHTTPServer((host, 0), _handler(site))
    server.daemon_threads = True
    site.url = f"http://{host}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            with suppress(ConnectionError):  # whoever asked may be gone, or have been killed
                super().handle()

        def do_GET(self) -> None:
            path = unquote(self.path)
            if path in site.replies:
                self._reply(path, site.replies[path])
                return
            body = site.documents.get(path)
            if body is None:
                self._answer(path, 404, b"not here")
                return
            etag = f'"{sha256(body).hexdigest()[:16]}"'
            if self.headers.get("If-None-Match") == etag:
                self._answer(path, 304, b"", ETag=etag)
                return
            kind = site.types.get(path, "application/xml")
            self._answer(path, 200, body, ETag=etag, **{"Content-Type": kind})

        def _reply(self, path: str, reply: Reply) -> None:
            if reply.before is not None:
                reply.before()
            if reply.promised is None:
                self._answer(path, reply.status, reply.body, **reply.headers)
                return
            site.requests.append((path, reply.status))
            self.send_response(reply.status)
            for name, value in {**reply.headers, "Content-Length": str(reply.promised)}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)
            self.close_connection = True

        def _answer(self, path: str, status: int, body: bytes, **headers: str) -> None:
            site.requests.append((path, status))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 304:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
            """Keep the tests' output clean."""

    return Handler

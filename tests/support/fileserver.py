"""A real HTTP server on loopback that serves documents with validators, as an ordinary web server does."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote


@dataclass
class Site:
    """What the server serves; may be changed while it runs."""

    documents: dict[str, bytes] = field(default_factory=dict)
    """By path, with its first slash."""
    types: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[str, int]] = field(default_factory=list)
    """(path, status) in the order of the answers."""
    url: str = ""


@contextmanager
def serving(documents: Mapping[str, bytes] | None = None) -> Iterator[Site]:
    """Serve until the block ends."""
    site = Site(dict(documents or {}))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(site))
    server.daemon_threads = True
    site.url = f"http://127.0.0.1:{server.server_port}"
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

        def do_GET(self) -> None:
            path = unquote(self.path)
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

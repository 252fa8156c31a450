"""A real HTTP server on loopback that keeps the JSON it is sent, as the API of a mailing tool would take it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.fileserver import Reply


@dataclass
class Posted:
    """What was sent, and what is answered by path."""

    replies: dict[str, Reply]
    url: str = ""
    requests: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    """(path, headers with lower-case names, body)"""


@contextmanager
def api_server(replies: Mapping[str, Reply]) -> Iterator[Posted]:
    """The server until the end of the block; a path without a reply is not found."""
    posted = Posted(dict(replies))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            posted.requests.append((self.path, headers, json.loads(body)))
            reply = posted.replies.get(self.path, Reply(status=404))
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body) if reply.promised is None else reply.promised))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        posted.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield posted
        finally:
            server.shutdown()
            thread.join(5)

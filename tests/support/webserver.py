"""Our own web side on a real port, with a record of what was asked and answered."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn

from tests.support.asgi import App


@dataclass
class Served:
    """A running server: where it is, and each answer as (path, status)."""

    url: str = ""
    answers: list[tuple[str, int]] = field(default_factory=list)

    def statuses(self, path: str) -> list[int]:
        """What was answered for a path, in order."""
        return [status for asked, status in self.answers if asked == path]


@contextmanager
def served(app: App) -> Iterator[Served]:
    """Serve an ASGI application on loopback until the block ends."""
    record = Served()
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    record.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    settings = uvicorn.Config(_recorded(app, record), log_config=None, lifespan="off", server_header=False)
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started and time.monotonic() < deadline:
        thread.join(0.01)
    try:
        yield record
    finally:
        server.should_exit = True
        thread.join()


def _recorded(app: App, record: Served) -> App:
    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        async def note(message: Any) -> None:
            if message["type"] == "http.response.start":
                record.answers.append((scope["path"], message["status"]))
            await send(message)

        await app(scope, receive, note)

    return wrapped

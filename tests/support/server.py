"""A scripted HTTP server on raw sockets: says exactly the bytes it is told to, and keeps the bytes it was sent."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

ATOM = (
    b'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><id>tag:a.test,2026:f</id>'
    b"<title>T</title><updated>2026-03-01T00:00:00Z</updated></feed>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is sent, piece by piece, and how the connection ends."""

    pieces: tuple[bytes, ...]
    pause: float = 0.0
    """Seconds between the pieces."""
    close: bool = False
    reset: bool = False
    stall: bool = False
    """Says nothing more, and does not hang up."""


def answer(
    status: int = 200,
    body: bytes = b"",
    *headers: tuple[str, str],
    length: int | None = -1,
    **ending: bool,
) -> Answer:
    """A reply; `length` -1: the true Content-Length, None: none, else a lie."""
    lines = [f"HTTP/1.1 {status} Reason"]
    lines += [f"{name}: {value}" for name, value in headers]
    if length is not None and status not in {204, 304}:
        lines.append(f"Content-Length: {len(body) if length < 0 else length}")
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
    return Answer(pieces=(head + body,), close=ending.get("close", False), reset=ending.get("reset", False))


def feed(*headers: tuple[str, str], body: bytes = ATOM) -> Answer:
    return answer(200, body, ("Content-Type", "application/atom+xml"), *headers)


def chunked(body: bytes, *headers: tuple[str, str], last: bool = True) -> Answer:
    """A chunked body; `last` False: the closing chunk is missing and the connection is closed."""
    head = answer(200, b"", ("Transfer-Encoding", "chunked"), *headers, length=None).pieces[0]
    data = b"%x\r\n%s\r\n" % (len(body), body)
    return Answer(pieces=(head + data + (b"0\r\n\r\n" if last else b""),), close=not last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request as it came in."""

    raw: bytes
    at: float
    connection: int
    """Number of the connection it came on."""

    @property
    def line(self) -> str:
        return self.raw.split(b"\r\n", 1)[0].decode("latin-1")

    @property
    def path(self) -> str:
        return self.line.split(" ")[1]

    @property
    def headers(self) -> dict[str, str]:
        lines = self.raw.split(b"\r\n\r\n", 1)[0].decode("latin-1").split("\r\n")[1:]
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


@dataclass
class ScriptedServer:
    """Answers by (path, n-th request for it); the last answer of a path stays. Unknown paths get a 404."""

    tls: ssl.SSLContext | None = None
    seen: list[Seen] = field(default_factory=list)
    open_now: int = 0
    open_most: int = 0
    _answers: dict[str, list[Answer]] = field(default_factory=dict)
    _server: asyncio.Server | None = None
    _connections: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def on(self, path: str, *answers: Answer) -> None:
        self._answers[path] = list(answers)

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    def url(self, path: str = "/feed", host: str = "127.0.0.1") -> str:
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        return [seen.path for seen in self.seen]

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self.tls)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._connections += 1
        self.open_now += 1
        self.open_most = max(self.open_most, self.open_now)
        try:
            await self._serve(reader, writer, self._connections)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.open_now -= 1
            self._tasks.discard(task)
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        while True:
            raw = await reader.readuntil(b"\r\n\r\n")
            seen = Seen(raw=raw, at=time.monotonic(), connection=number)
            length = int(seen.headers.get("content-length", "0"))
            if length:
                seen = Seen(raw=raw + await reader.readexactly(length), at=seen.at, connection=number)
            self.seen.append(seen)
            if not await self._say(self._next(seen.path), writer):
                return

    def _next(self, path: str) -> Answer:
        answers = self._answers.get(path)
        if not answers:
            return answer(404, b"nothing here")
        return answers.pop(0) if len(answers) > 1 else answers[0]

    async def _say(self, said: Answer, writer: asyncio.StreamWriter) -> bool:
        for number, piece in enumerate(said.pieces):
            if number and said.pause:
                await asyncio.sleep(said.pause)
            writer.write(piece)
            await writer.drain()
        if said.stall:
            await asyncio.Event().wait()
        if said.reset:
            _reset(writer)
        return not (said.close or said.reset)


def _reset(writer: asyncio.StreamWriter) -> None:
    import socket
    import struct

    with contextlib.suppress(OSError):
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def dripping(body: bytes, pause: float, *headers: tuple[str, str]) -> Answer:
    """One byte after another."""
    head = answer(200, b"", *headers, length=len(body)).pieces[0]
    return Answer(pieces=(head, *(body[at : at + 1] for at in range(len(body)))), pause=pause)


def pieces(*parts: bytes | Iterable[bytes], close: bool = True) -> Answer:
    """Raw bytes, exactly these."""
    flat: list[bytes] = []
    for part in parts:
        flat.extend([part] if isinstance(part, bytes) else part)
    return Answer(pieces=tuple(flat), close=close)

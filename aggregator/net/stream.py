"""One TCP or TLS connection, as httpcore2 wants to see it: a thin layer over asyncio's transports."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import Any

import httpcore2

_HIGH_WATER = 256 * 1024


class TcpStream(asyncio.Protocol, httpcore2.AsyncNetworkStream):
    """Reads and writes bytes. Timeouts are the caller's: a request as a whole has one deadline."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._ended = False
        self._failure: Exception | None = None
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if len(self._buffer) > _HIGH_WATER and self._transport is not None:
            self._transport.pause_reading()
        self._wake_reader()

    def eof_received(self) -> bool:
        self._ended = True
        self._wake_reader()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._failure = exc
        self._wake_reader()
        self.resume_writing()

    def pause_writing(self) -> None:
        self._writer = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        if self._writer is not None and not self._writer.done():
            self._writer.set_result(None)
        self._writer = None

    def _wake_reader(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore2's signature
        if not self._buffer and not self._ended:
            await self._more(timeout)
        if self._buffer:
            return self._take(max_bytes)
        if self._failure is not None:
            raise httpcore2.ReadError(str(self._failure)) from self._failure
        return b""

    async def _more(self, seconds: float | None) -> None:
        self._reader = asyncio.get_running_loop().create_future()
        try:
            if seconds is None:
                await self._reader
            else:
                await asyncio.wait_for(self._reader, seconds)
        except TimeoutError as error:
            raise httpcore2.ReadTimeout("no bytes came") from error
        finally:
            self._reader = None

    def _take(self, max_bytes: int) -> bytes:
        data = bytes(self._buffer[:max_bytes])
        del self._buffer[:max_bytes]
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore2's signature
        if not buffer:
            return
        if self._transport is None or self._transport.is_closing():
            raise httpcore2.WriteError("the connection is closed")
        self._transport.write(buffer)
        if self._writer is not None:
            await asyncio.wait_for(self._writer, timeout)

    async def aclose(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore2's signature
    ) -> TcpStream:
        """The same connection, encrypted; raises `ssl.SSLError`, `OSError` or `TimeoutError`."""
        assert self._transport is not None
        plain = self._transport
        try:
            transport = await asyncio.get_running_loop().start_tls(
                plain, self, ssl_context, server_hostname=server_hostname, ssl_handshake_timeout=timeout
            )
        except BaseException:
            plain.abort()
            raise
        assert transport is not None
        self._transport = transport
        return self

    def get_extra_info(self, info: str) -> Any:
        """What httpcore2 asks for; ``is_readable`` on an idle connection means that the peer has closed it."""
        if info == "is_readable":
            return self._ended or bool(self._buffer)
        if self._transport is None:
            return None
        names = {"server_addr": "peername", "client_addr": "sockname"}
        with contextlib.suppress(OSError):
            return self._transport.get_extra_info(names.get(info, info))
        return None

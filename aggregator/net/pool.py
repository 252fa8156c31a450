"""Connections, open and idle. One request at a time on each: HTTP/1.1 with keep-alive."""

from __future__ import annotations

import asyncio
import ssl
from collections import OrderedDict
from dataclasses import dataclass

import httpcore2

from aggregator.model.fetch import FetchReason
from aggregator.net.connect import Connector
from aggregator.net.failure import NetError
from aggregator.net.stream import TcpStream
from aggregator.net.tls import TlsContexts, tls_sentence

KEEP_ALIVE = 15.0
"""Seconds that an idle connection is kept."""


@dataclass(frozen=True, slots=True)
class Route:
    """What a connection must have in common with a request to carry it."""

    scheme: str
    host: str
    port: int
    verify_tls: bool = True


class Connection(httpcore2.AsyncHTTP11Connection):
    MAX_INCOMPLETE_EVENT_SIZE = 64 * 1024
    """Bytes of a status line and headers, at most (PROTOCOL P-43)."""


class Pool:
    """Idle connections by route; the oldest are closed when there are too many."""

    def __init__(self, connector: Connector, contexts: TlsContexts, *, keep: int) -> None:
        self._connector = connector
        self._contexts = contexts
        self._keep = keep
        self._idle: OrderedDict[Connection, Route] = OrderedDict()
        self._by_route: dict[Route, list[Connection]] = {}

    async def idle(self, route: Route) -> Connection | None:
        """An open connection that waits for a request; None: there is none."""
        while connections := self._by_route.get(route):
            connection = connections[-1]
            self._forget(connection)
            if not connection.has_expired():
                return connection
            await connection.aclose()
        return None

    async def open(self, route: Route) -> Connection:
        """A new connection; raises `NetError`."""
        stream = await self._connector.connect_tcp(route.host, route.port)
        if route.scheme == "https":
            await self._encrypt(stream, route)
        origin = httpcore2.Origin(route.scheme.encode(), route.host.encode("ascii"), route.port)
        return Connection(origin=origin, stream=stream, keepalive_expiry=KEEP_ALIVE)

    async def _encrypt(self, stream: TcpStream, route: Route) -> None:
        context = self._contexts.get(verify=route.verify_tls)
        try:
            async with asyncio.timeout(self._connector.timeout):
                await stream.start_tls(context, server_hostname=route.host.rstrip("."))
        except (ssl.SSLError, ssl.CertificateError) as error:
            raise NetError(FetchReason.TLS, tls_sentence(route.host, error)) from None
        except TimeoutError:
            raise NetError(FetchReason.TIMEOUT, f"{route.host} did not finish the TLS handshake in time.") from None
        except OSError:
            raise NetError(FetchReason.TLS, f"{route.host} broke off the TLS handshake.") from None

    async def keep(self, route: Route, connection: Connection) -> None:
        """Takes a connection back after its reply was read; closes what cannot be used again."""
        if not connection.is_idle():
            await connection.aclose()
            return
        self._idle[connection] = route
        self._by_route.setdefault(route, []).append(connection)
        if len(self._idle) > self._keep:
            oldest = next(iter(self._idle))
            self._forget(oldest)
            await oldest.aclose()

    def _forget(self, connection: Connection) -> None:
        route = self._idle.pop(connection)
        connections = self._by_route[route]
        connections.remove(connection)
        if not connections:
            del self._by_route[route]

    async def aclose(self) -> None:
        for connection in list(self._idle):
            self._forget(connection)
            await connection.aclose()
        await asyncio.sleep(0)

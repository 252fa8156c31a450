"""Requests through a proxy that the operator named for a source."""

from __future__ import annotations

import ssl

import httpcore2

from aggregator.model.fetch import FetchReason
from aggregator.net.connect import Connector
from aggregator.net.failure import NetError
from aggregator.net.tls import TlsContexts


class Proxies:
    """One httpcore2 pool per proxy. The proxy's own address is the operator's word and passes no guard."""

    def __init__(self, connector: Connector, contexts: TlsContexts) -> None:
        self._connector = connector
        self._contexts = contexts
        self._pools: dict[tuple[str, bool], httpcore2.AsyncConnectionPool] = {}

    async def send(self, proxy: str, request: httpcore2.Request, *, verify: bool) -> httpcore2.Response:
        """The head of a reply; raises `NetError`, whose words name no proxy because its url may hold a password."""
        try:
            return await self._pool(proxy, verify=verify).handle_async_request(request)
        except (ssl.SSLError, ssl.CertificateError):
            raise NetError(FetchReason.TLS, "No TLS connection through the proxy of this source.") from None
        except (httpcore2.ProxyError, httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException):
            raise NetError(FetchReason.CONNECT, "The proxy of this source did not connect.") from None

    def _pool(self, proxy: str, *, verify: bool) -> httpcore2.AsyncConnectionPool:
        key = (proxy, verify)
        if key not in self._pools:
            self._pools[key] = self._new(proxy, verify=verify)
        return self._pools[key]

    def _new(self, proxy: str, *, verify: bool) -> httpcore2.AsyncConnectionPool:
        try:
            return httpcore2.AsyncHTTPProxy(
                proxy_url=proxy,
                ssl_context=self._contexts.get(verify=verify),
                network_backend=self._connector,
                max_keepalive_connections=2,
            )
        except (ValueError, TypeError, UnicodeError):
            raise NetError(FetchReason.BAD_URL, "The proxy's url cannot be read.") from None

    async def aclose(self) -> None:
        for pool in self._pools.values():
            await pool.aclose()

"""The HTTP client: one request, one whole reply or one named failure.

No cookies, no redirects, no environment: what goes out is what the caller wrote. Every connection passes the guard.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import aclosing
from types import TracebackType
from typing import Self

import httpcore2
import httpx2

from aggregator.model.config import FetchSettings
from aggregator.model.fetch import FetchReason
from aggregator.net.addresses import Guard
from aggregator.net.codings import decode
from aggregator.net.connect import Connector
from aggregator.net.failure import NetError, NetFailed
from aggregator.net.message import HttpOutcome, HttpRequest, Reply
from aggregator.net.pool import Connection, Pool, Route
from aggregator.net.proxy import Proxies
from aggregator.net.resolver import Resolver, SystemResolver
from aggregator.net.tls import TlsContexts

_PORTS = {"http": 80, "https": 443}
_MAX_HEADERS = 256


class HttpClient:
    """The only way out. Use it as an async context manager; one for the whole process.

    `resolver` and `trusted` (a TLS context with further authorities) are for tests and labs.
    """

    def __init__(
        self,
        settings: FetchSettings | None = None,
        *,
        resolver: Resolver | None = None,
        trusted: ssl.SSLContext | None = None,
    ) -> None:
        self._settings = settings or FetchSettings()
        resolver = resolver or SystemResolver()
        timeout = self._settings.connect_timeout
        contexts = TlsContexts(trusted)
        self._connector = Connector(resolver, Guard(self._settings.allow_networks), timeout)
        self._pool = Pool(self._connector, contexts, keep=self._settings.concurrency)
        self._proxies = Proxies(Connector(resolver, None, timeout), contexts)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._pool.aclose()
        await self._proxies.aclose()

    async def send(self, request: HttpRequest) -> HttpOutcome:
        """Sends one request and reads the whole reply; never raises for what the world does."""
        deadline = self._settings.deadline if request.deadline is None else request.deadline
        try:
            async with asyncio.timeout(deadline):
                return await self._exchange(request)
        except NetError as error:
            return NetFailed(reason=error.reason, detail=error.detail)
        except httpcore2.LocalProtocolError:
            return NetFailed(
                reason=FetchReason.BAD_URL, detail="The request holds characters that no request may hold."
            )
        except TimeoutError:
            return NetFailed(reason=FetchReason.DEADLINE, detail=f"The reply was not complete after {deadline:g} s.")

    async def _exchange(self, request: HttpRequest) -> Reply:
        url = _parse(request.url)
        core = _core_request(request, url)
        if request.proxy is not None:
            await self._check_behind_proxy(url.raw_host.decode("ascii"))
            return await self._proxied(request, core)
        route = Route(url.scheme, url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme], request.verify_tls)
        connection, response = await self._respond(core, route)
        try:
            return await self._read(request, response)
        finally:
            await response.aclose()
            await self._pool.keep(route, connection)

    async def _respond(self, core: httpcore2.Request, route: Route) -> tuple[Connection, httpcore2.Response]:
        """The reply's head. A kept connection may have been closed by the server meanwhile: then once more on a new one."""
        kept = await self._pool.idle(route)
        if kept is not None:
            try:
                return kept, await kept.handle_async_request(core)
            except (httpcore2.ReadError, httpcore2.WriteError, httpcore2.RemoteProtocolError):
                if core.method != b"GET":
                    raise NetError(FetchReason.CONNECT, f"{route.host} closed the connection.") from None
        connection = await self._pool.open(route)
        try:
            return connection, await connection.handle_async_request(core)
        except httpcore2.RemoteProtocolError as error:
            raise NetError(FetchReason.PROTOCOL, f"{route.host} does not speak proper HTTP: {error}") from None
        except (httpcore2.ReadError, httpcore2.WriteError):
            raise NetError(FetchReason.CONNECT, f"{route.host} reset the connection.") from None

    async def _check_behind_proxy(self, host: str) -> None:
        """A proxy connects for us, so its target is looked at before; a name that only the proxy knows is let through."""
        try:
            await self._connector.check(host)
        except NetError as error:
            if error.reason is FetchReason.PRIVATE_ADDRESS:
                raise

    async def _proxied(self, request: HttpRequest, core: httpcore2.Request) -> Reply:
        assert request.proxy is not None
        response = await self._proxies.send(request.proxy, core, verify=request.verify_tls)
        try:
            return await self._read(request, response)
        finally:
            await response.aclose()

    async def _read(self, request: HttpRequest, response: httpcore2.Response) -> Reply:
        headers = self._headers(response)
        raw = await self._body(request, response)
        coding = ", ".join(value for name, value in headers if name == "content-encoding")
        limit = request.max_decoded or self._settings.max_decoded
        body, quirks = decode(raw, coding, limit) if raw else (b"", ())
        return Reply(
            url=request.url,
            status=response.status,
            headers=headers,
            body=body,
            wire_bytes=len(raw),
            quirks=quirks,
        )

    def _headers(self, response: httpcore2.Response) -> tuple[tuple[str, str], ...]:
        size = sum(len(name) + len(value) for name, value in response.headers)
        if size > self._settings.max_header or len(response.headers) > _MAX_HEADERS:
            raise NetError(FetchReason.PROTOCOL, "The reply has too many or too large headers.")
        return tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in response.headers)

    async def _body(self, request: HttpRequest, response: httpcore2.Response) -> bytes:
        limit = request.max_body or self._settings.max_body
        chunks: list[bytes] = []
        size = 0
        try:
            async with aclosing(response.aiter_stream()) as stream:
                async for chunk in stream:
                    size += len(chunk)
                    if size > limit:
                        raise NetError(FetchReason.TOO_LARGE, f"The body is larger than {limit} bytes.")
                    chunks.append(chunk)
        except httpcore2.RemoteProtocolError:
            raise NetError(FetchReason.TRUNCATED, "The connection was closed before the body was complete.") from None
        except httpcore2.ReadError:
            raise NetError(FetchReason.TRUNCATED, "The connection was reset in the middle of the body.") from None
        return b"".join(chunks)


def _parse(url: str) -> httpx2.URL:
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, UnicodeError, ValueError, TypeError):
        raise NetError(FetchReason.BAD_URL, "The url cannot be read.") from None
    if parsed.scheme not in _PORTS:
        raise NetError(FetchReason.BAD_URL, f"Only http and https are fetched, not {parsed.scheme[:20] or 'this'}.")
    if not parsed.raw_host:
        raise NetError(FetchReason.BAD_URL, "The url names no host.")
    if parsed.port is not None and not 0 < parsed.port < 2**16:
        raise NetError(FetchReason.BAD_URL, f"There is no port {parsed.port}.")
    return parsed


def _core_request(request: HttpRequest, url: httpx2.URL) -> httpcore2.Request:
    headers = [(b"Host", url.netloc)]
    headers += [(name.encode("ascii", "replace"), _bytes(value)) for name, value in request.headers]
    if request.body or request.method == "POST":
        headers.append((b"Content-Length", str(len(request.body)).encode()))
    target = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    return httpcore2.Request(method=request.method, url=target, headers=headers, content=request.body or None)


def _bytes(value: str) -> bytes:
    """What came in as Latin-1 goes out byte for byte; anything else as UTF-8."""
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8")

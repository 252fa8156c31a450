"""The published output over HTTP: a plain ASGI application (PROTOCOL B1).

Files only: no database, no template, nothing that could fail for a moment (B-11). Every reply is made of one file read
whole, and its ETag of those very bytes.
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aggregator.text.media_types import FEED_ENDINGS, cache_control, is_feed, media_type
from aggregator.web.delta import Versions, asks_for_feed
from aggregator.web.files import Files, Representation
from aggregator.web.limits import Limiter, Limits
from aggregator.web.negotiation import (
    byte_range,
    etag_matches,
    http_date,
    not_modified_since,
    preferred_codings,
)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

_METHODS = b"GET, HEAD, OPTIONS"
_HIDDEN = re.compile(r"(^|/)\.|~$|\.(gz|br|zst)$")
_FEED_NAMES = {
    "feed": "feed.atom",
    "atom": "feed.atom",
    "rss": "feed.rss",
    "json": "feed.json",
    "atom.xml": "feed.atom",
}
_FEED_NAMES |= {"rss.xml": "feed.rss", "feed.xml": "feed.rss", "index.xml": "feed.rss"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What is served, and what the server says about it."""

    root: Path
    base_url: str = ""
    """Absolute, without a slash at its end: for the ``self`` links."""
    hubs: tuple[str, ...] = ()
    max_age: int = 900
    """Seconds between builds: what a document is fresh for (B-10)."""
    limits: Limits | None = field(default_factory=Limits)
    """None: no limits."""
    moved: Callable[[str], str | None] = lambda _first: None
    """The present one for a former first part of a path: old addresses redirect for good (B-13)."""
    gone: Callable[[str], bool] = lambda _first: False
    """Whether a first part of a path is that of a retired topic: 410."""
    private: Callable[[str], bool] = lambda _first: False
    """Whether a first part of a path is a secret: what is below it is for its reader alone."""
    delta: bool = False
    """Whether a reader that asks for it gets only what is new since the version it has (B-16)."""
    clock: Callable[[], float] = time.time


class FeedApp:
    """The ASGI application. `fallback` gets what is no file, where there is one (the API, the hub)."""

    def __init__(
        self, serving: Serving, fallback: Callable[[Scope, Receive, Send], Awaitable[None]] | None = None
    ) -> None:
        self._serving = serving
        self._fallback = fallback
        self._files = Files(serving.root)
        self._limiter = Limiter(serving.limits) if serving.limits else None
        self._steady: dict[tuple[str, str | None], Headers] = {}
        self._versions = Versions() if serving.delta else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._other(scope, receive, send)
            return
        path = scope["path"].lstrip("/")
        asked = {name: value.decode("latin-1") for name, value in scope["headers"] if name in _ASKED}
        method = scope["method"]
        found = None if _HIDDEN.search(path) else self._find(path, asked)
        if found is None:
            await self._absent(scope, receive, send, path)
        elif method in {"GET", "HEAD"}:
            status, headers, body = self._reply(scope, found[0], found[1], asked)
            await _send(send, status, headers, body, whole=method == "GET")
        elif method == "OPTIONS":
            await _send(send, 204, [(b"allow", _METHODS), *_CORS, *_CORS_PREFLIGHT], b"")
        else:
            await _send(send, 405, [(b"allow", _METHODS), *_CORS], b"")

    async def _other(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._fallback is not None:
            await self._fallback(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _lifespan(receive, send)

    def _find(self, path: str, asked: dict[bytes, str]) -> tuple[str, Representation] | None:
        name = f"{path}index.html" if path == "" or path.endswith("/") else path
        if ".." in name or "//" in name or "\\" in name or "\x00" in name:
            return None
        codings = preferred_codings(asked.get(b"accept-encoding"))
        found = self._files.read(name, codings)
        return None if found is None else (name, found)

    def _reply(
        self, scope: Scope, path: str, found: Representation, asked: dict[bytes, str]
    ) -> tuple[int, Headers, bytes]:
        headers = [*self._headers(path, found.coding), *self._version(found)]
        match = asked.get(b"if-none-match")
        since = asked.get(b"if-modified-since")
        if match is not None:
            if etag_matches(match, self._current_etags(path, found, match)):
                return 304, headers, b""
        elif since is not None and not_modified_since(since, found.modified):
            return 304, headers, b""
        part = self._since(path, found, match or "", asked) if scope["method"] == "GET" else None
        if part is not None:
            return part
        wait = self._wait(scope, path, polite=match is not None or since is not None)
        if wait:
            return 429, [(b"retry-after", str(wait).encode()), _PLAIN, *_CORS], b"Please poll less often.\n"
        return self._whole(path, found, headers, asked)

    def _whole(
        self, path: str, found: Representation, headers: Headers, asked: dict[bytes, str]
    ) -> tuple[int, Headers, bytes]:
        headers = [*headers, (b"content-type", media_type(path).encode())]
        if found.coding:
            headers.append((b"content-encoding", found.coding.encode()))
        if is_feed(path):
            return 200, headers, found.body
        headers.append((b"accept-ranges", b"bytes"))
        wanted = asked.get(b"range")
        if wanted is not None and _range_applies(asked.get(b"if-range"), found):
            return _part(found.body, byte_range(wanted, len(found.body)), headers)
        return 200, headers, found.body

    def _since(
        self, path: str, found: Representation, match: str, asked: dict[bytes, str]
    ) -> tuple[int, Headers, bytes] | None:
        """226 with what is new since the version that the reader names (RFC 3229); None: it gets the whole."""
        if self._versions is None or not path.endswith(FEED_ENDINGS):
            return None
        whole = self._files.read(path)
        if whole is None or whole.modified != found.modified:
            return None  # it is being replaced just now
        new = self._versions.since(path, match, whole.body) if asks_for_feed(asked.get(b"a-im")) else None
        self._versions.remember(path, self._current_etags(path, whole, ""), whole.body)
        if new is None:
            return None
        steady = [(name, value) for name, value in self._headers(path, None) if name not in _OF_A_WHOLE]
        said = [(b"im", b"feed"), (b"cache-control", b"no-store, im"), (b"vary", _VARY_DELTA)]
        return 226, [*steady, *self._version(whole), *said, (b"content-type", media_type(path).encode())], new

    def _current_etags(self, path: str, found: Representation, match: str) -> Iterator[str]:
        """The chosen representation's tag, then those of the other codings of the same version (B-04)."""
        yield found.etag
        if found.etag in match:
            return
        for coding in ((), ("br",), ("zstd",), ("gzip",)):
            other = self._files.read(path, coding)
            if other is not None and other.modified == found.modified:
                yield other.etag

    def _wait(self, scope: Scope, path: str, *, polite: bool) -> int:
        if self._limiter is None or polite or not is_feed(path):
            return 0
        client = scope.get("client")
        return self._limiter.wait(client[0] if client else "", path, self._serving.clock())

    def _version(self, found: Representation) -> Headers:
        return [(b"etag", found.etag.encode()), (b"last-modified", found.last_modified.encode())]

    def _headers(self, path: str, coding: str | None) -> Headers:
        """What is the same for every reply about a path, made once."""
        made = self._steady.get((path, coding))
        if made is None:
            if len(self._steady) > _STEADY:
                self._steady.clear()
            made = self._steady[path, coding] = list(self._steady_headers(path))
        return made

    def _steady_headers(self, path: str) -> Iterator[tuple[bytes, bytes]]:
        yield b"cache-control", cache_control(path, self._serving.max_age, private=self._is_private(path)).encode()
        yield b"vary", _VARY_DELTA if self._versions is not None and path.endswith(FEED_ENDINGS) else b"Accept-Encoding"
        yield from _CORS
        yield b"x-content-type-options", b"nosniff"
        if self._is_private(path):
            yield b"x-robots-tag", b"noindex"
            yield b"referrer-policy", b"no-referrer"
        elif self._serving.base_url:
            own = f"{self._serving.base_url}/{quote(path.removesuffix('index.html'))}"
            yield b"content-location", own.removeprefix(_origin(self._serving.base_url)).encode()
            if is_feed(path) or path.endswith("index.html"):
                yield b"link", f'<{own}>; rel="self"'.encode()
                for hub in self._serving.hubs if is_feed(path) else ():
                    yield b"link", f'<{hub}>; rel="hub"'.encode()

    def _is_private(self, path: str) -> bool:
        return self._serving.private(path.partition("/")[0])

    async def _absent(self, scope: Scope, receive: Receive, send: Send, path: str) -> None:
        first, _, rest = path.partition("/")
        target = self._serving.moved(first)
        if target is not None:
            await self._redirect(send, f"{target}/{rest}", 301)
        elif self._serving.gone(first):
            await _send(send, 410, [_PLAIN, *_CORS], b"This feed is gone for good.\n")
        elif (better := self._tolerant(path)) is not None:
            await self._redirect(send, better, 301)
        elif self._fallback is not None:
            await self._fallback(scope, receive, send)
        else:
            await _send(send, 404, [_PLAIN, *_CORS], b"There is nothing here.\n")

    async def _redirect(self, send: Send, path: str, status: int) -> None:
        prefix = self._serving.base_url.removeprefix(_origin(self._serving.base_url))
        location = f"{prefix}/{quote(path)}".encode()
        fresh = (b"cache-control", f"public, max-age={self._serving.max_age}".encode())
        await _send(send, status, [(b"location", location), fresh, *_CORS], b"")

    def _tolerant(self, path: str) -> str | None:
        """The canonical path of one that is nearly right (B-14); None where there is none."""
        if _HIDDEN.search(path) or ".." in path or "\\" in path or "\x00" in path:
            return None
        bare = re.sub("/{2,}", "/", path).strip("/").lower()
        folder, _, name = bare.rpartition("/")
        candidates = (bare, f"{bare}/index.html", f"{folder}/{_FEED_NAMES.get(name, name)}")
        for candidate in candidates:
            if candidate.strip("/") and self._files.exists(candidate):
                canonical = candidate.removesuffix("index.html")
                return canonical if canonical != path else None
        return None


_ASKED = frozenset({b"accept-encoding", b"if-none-match", b"if-modified-since", b"range", b"if-range", b"a-im"})
_VARY_DELTA = b"A-IM, If-None-Match, Accept-Encoding"
_OF_A_WHOLE = frozenset({b"cache-control", b"vary", b"content-location"})
_CORS: Headers = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Last-Modified, Link, Retry-After"),
]
_CORS_PREFLIGHT: Headers = [
    (b"access-control-allow-methods", _METHODS),
    (b"access-control-allow-headers", b"If-None-Match, If-Modified-Since, Range, A-IM"),
    (b"access-control-max-age", b"86400"),
]
_PLAIN = (b"content-type", b"text/plain; charset=utf-8")
_STEADY = 10_000


def _origin(base_url: str) -> str:
    return "/".join(base_url.split("/", 3)[:3])


def _range_applies(condition: str | None, found: Representation) -> bool:
    """By If-Range (RFC 9110 section 13.1.5): the same strong tag, or exactly the same date."""
    if condition is None:
        return True
    return condition == found.etag or (http_date(condition) == found.modified and not condition.startswith(('"', "W/")))


def _part(body: bytes, wanted: tuple[int, int] | bool | None, headers: Headers) -> tuple[int, Headers, bytes]:
    if wanted is None:
        return 200, headers, body
    if isinstance(wanted, bool):
        return 416, [*headers, (b"content-range", f"bytes */{len(body)}".encode())], b""
    first, last = wanted
    span = (b"content-range", f"bytes {first}-{last}/{len(body)}".encode())
    return 206, [*headers, span], body[first : last + 1]


async def _send(send: Send, status: int, headers: Headers, body: bytes, *, whole: bool = True) -> None:
    if status not in {204, 304}:
        headers = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body if whole else b""})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return

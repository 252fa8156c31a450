"""Calls an ASGI application without a server: what goes in and out is the protocol itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

App = Callable[
    [MutableMapping[str, Any], Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    status: int
    fields: tuple[tuple[str, str], ...]
    body: bytes

    def __getitem__(self, name: str) -> str:
        """The values of a header field, joined; empty where it was not sent."""
        return ", ".join(value for field, value in self.fields if field == name)

    def __contains__(self, name: str) -> bool:
        return any(field == name for field, _ in self.fields)


def call(app: App, path: str, *, method: str = "GET", client: str = "192.0.2.1", **headers: str) -> Reply:
    """One request; header names with underscores for hyphens. Nothing is decompressed, no redirect is followed."""
    target, _, query = path.partition("?")
    scope = {
        "type": "http",
        "method": method,
        "path": unquote(target),
        "raw_path": target.encode(),
        "query_string": query.encode(),
        "headers": [(n.replace("_", "-").lower().encode(), v.encode("latin-1")) for n, v in headers.items()],
        "client": (client, 4711),
    }
    sent: list[Any] = []
    asyncio.run(_run(app, scope, sent))
    fields = tuple((name.decode(), value.decode("latin-1")) for name, value in sent[0]["headers"])
    return Reply(status=sent[0]["status"], fields=fields, body=b"".join(m.get("body", b"") for m in sent[1:]))


async def _run(app: App, scope: MutableMapping[str, Any], sent: list[Any]) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)

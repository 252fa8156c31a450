"""A WebSub hub on loopback, and calls to our own side as a hub or a subscriber would make them."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from tests.support.asgi import App, Reply
from tests.support.server import ScriptedServer, Seen, answer

Message = MutableMapping[str, Any]


async def call(
    app: App,
    url: str,
    *,
    method: str = "GET",
    body: bytes = b"",
    client: str = "192.0.2.1",
    cut: bool = False,
    **headers: str,
) -> Reply:
    """One request within the running event loop; `url` may be absolute, header names have underscores for hyphens.

    With `cut` the client leaves before its body is whole. A reply of status 0: there was none.
    """
    parts = urlsplit(url)
    scope = {
        "type": "http",
        "method": method,
        "path": unquote(parts.path),
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "headers": [(n.replace("_", "-").lower().encode(), v.encode("latin-1")) for n, v in headers.items()],
        "client": (client, 4711),
    }
    sent: list[Message] = []
    await app(scope, _receiving(body, cut=cut), _sending(sent))
    if not sent:
        return Reply(status=0, fields=(), body=b"")
    fields = tuple((name.decode(), value.decode("latin-1")) for name, value in sent[0]["headers"])
    return Reply(status=sent[0]["status"], fields=fields, body=b"".join(m.get("body", b"") for m in sent[1:]))


def _receiving(body: bytes, *, cut: bool) -> Callable[[], Awaitable[Message]]:
    """The body in two pieces."""
    half = len(body) // 2
    left = [body[:half], body[half:]]

    async def receive() -> Message:
        if cut and len(left) == 1:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    return receive


def _sending(sent: list[Message]) -> Callable[[Message], Awaitable[None]]:
    async def send(message: Message) -> None:
        sent.append(message)

    return send


def form_of(seen: Seen) -> dict[str, str]:
    """The form that a request carries."""
    return dict(parse_qsl(seen.raw.split(b"\r\n\r\n", 1)[1].decode(), strict_parsing=True))


def signature(secret: str, body: bytes, algorithm: str = "sha256") -> str:
    return f"{algorithm}={hmac.new(secret.encode(), body, getattr(hashlib, algorithm)).hexdigest()}"


@dataclass
class FakeHub:
    """Takes subscriptions at ``/hub`` of a scripted server; what it does after that, a test tells it to do."""

    server: ScriptedServer
    verified: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server.on("/hub", answer(202))

    @property
    def url(self) -> str:
        return self.server.url("/hub")

    @property
    def forms(self) -> list[dict[str, str]]:
        """The requests so far, newest last."""
        return [form_of(seen) for seen in self.server.seen if seen.path == "/hub"]

    async def verify(self, app: App, *, challenge: str = "a<b>&c", **changed: str | None) -> Reply:
        """Verify the last request; `changed` replaces parameters (``lease_seconds="60"``) or leaves them out (None)."""
        form = self.forms[-1]
        asked: dict[str, str | None] = {
            "hub.mode": form["hub.mode"],
            "hub.topic": form["hub.topic"],
            "hub.challenge": challenge,
            "hub.lease_seconds": form["hub.lease_seconds"],
        }
        asked |= {f"hub.{name}": value for name, value in changed.items()}
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        return await call(app, f"{form['hub.callback']}?{query}")

    async def deliver(self, app: App, body: bytes, **headers: str) -> Reply:
        """Post a body to the callback of the last request."""
        headers.setdefault("content_type", "application/rss+xml")
        return await call(app, self.forms[-1]["hub.callback"], method="POST", body=body, cut=False, **headers)

"""WebSub over HTTP: the callbacks that hubs of our sources call, and our own hub."""

from __future__ import annotations

import asyncio

from aggregator.errors import StorageError
from aggregator.pipeline.inbox import Inbox, accepted
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.websub import CALLBACK, Answer, answer_intent, takes
from aggregator.web.feeds import Receive, Scope, Send

PREFIX = "/websub/"
_SECONDS_TO_WAIT = 60


class TooLargeError(Exception):
    """The body is larger than may be."""


class WebSub:
    """What is below ``/websub/``. `inbox` reads what was delivered, after the reply."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self.inbox = Inbox(instance)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; anything that is not ours is a 404."""
        path: str = scope["path"]
        try:
            if path.startswith(CALLBACK):
                reply = await self._callback(scope, receive, path.removeprefix(CALLBACK))
            else:
                reply = Answer(status=404)
        except TooLargeError:
            reply = Answer(status=413)
        except StorageError:
            reply = Answer(status=503)
        await answer(send, reply)

    async def _callback(self, scope: Scope, receive: Receive, token: str) -> Answer:
        if scope["method"] == "GET":
            query = scope["query_string"].decode("latin-1")
            return await asyncio.to_thread(answer_intent, self._instance, token, query)
        if scope["method"] != "POST":
            return Answer(status=405)
        if not await asyncio.to_thread(takes, self._instance, token):
            return Answer(status=410)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if not self.inbox.has_room(_announced(headers)):
            return Answer(status=503)
        raw = await body_of(receive, self._instance.config.fetch.max_body)
        reply, delivery = await asyncio.to_thread(accepted, self._instance, token, headers, raw)
        if delivery is not None:
            self.inbox.put(delivery)
        return reply


def _announced(headers: dict[str, str]) -> int:
    length = headers.get("content-length", "")
    return int(length[:12]) if length.isascii() and length.isdigit() else 0


async def body_of(receive: Receive, limit: int) -> bytes:
    """The whole body. Raises TooLargeError beyond `limit` bytes."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise TooLargeError
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


async def answer(send: Send, reply: Answer) -> None:
    """Plain text, whatever was asked: a challenge is a stranger's words and must never be read as markup."""
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(reply.body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if reply.status in {429, 503}:
        headers.append((b"retry-after", str(_SECONDS_TO_WAIT).encode()))
    if reply.status == 405:
        headers.append((b"allow", b"GET, POST"))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})

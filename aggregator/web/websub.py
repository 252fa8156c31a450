"""WebSub over HTTP: the callbacks that hubs of our sources call, and our own hub."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import structlog

from aggregator.errors import StorageError
from aggregator.pipeline.hub import HUB, Documents, Request, considered, own_hub, verify
from aggregator.pipeline.inbox import Inbox, accepted
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.websub import CALLBACK, Answer, answer_intent, takes
from aggregator.web.feeds import Receive, Scope, Send
from aggregator.web.limits import Limiter, Limits

_SECONDS_TO_WAIT = 60
_LONGEST_FORM = 16 * 2**10
_MOST_WAITING = 200
_LIMITS = Limits(burst=60, refill=6)
"""Of requests by one address, and of verifications sent to one host: ten a minute after the first sixty."""
log = structlog.get_logger(__name__)


class TooLargeError(Exception):
    """The body is larger than may be."""


class CutShortError(Exception):
    """Whoever sent it has gone before the body was whole."""


class WebSub:
    """What is below ``/websub/``. `inbox` reads what was delivered, after the reply."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self.inbox = Inbox(instance)
        self.hub = Hub(instance)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; anything that is not ours is a 404."""
        path: str = scope["path"]
        try:
            if path.startswith(CALLBACK):
                reply = await self._callback(scope, receive, path.removeprefix(CALLBACK))
            elif path == HUB:
                reply = await self.hub.asked(scope, receive)
            else:
                reply = Answer(status=404)
        except TooLargeError:
            reply = Answer(status=413)
        except CutShortError:
            return
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


class Hub:
    """Our own hub: agrees at once, verifies afterwards. `clock` gives seconds for its rate limits."""

    def __init__(self, instance: Instance, clock: Callable[[], float] = time.monotonic) -> None:
        self._instance = instance
        self._documents = Documents(instance)
        self._clock = clock
        self._limiter = Limiter(_LIMITS)
        self._tasks: set[asyncio.Task[None]] = set()

    async def asked(self, scope: Scope, receive: Receive) -> Answer:
        """The reply to a request; only POSTed forms are any."""
        if own_hub(self._instance) is None:
            return Answer(status=404)
        if scope["method"] != "POST":
            return Answer(status=405, body=b"This is a WebSub hub: post a form.\n")
        if self._is_busy("client", (scope.get("client") or ("",))[0]) or len(self._tasks) >= _MOST_WAITING:
            return Answer(status=429)
        form = await body_of(receive, _LONGEST_FORM)
        found = await asyncio.to_thread(considered, self._documents, form)
        if isinstance(found, str):
            return Answer(status=400, body=f"{found}\n".encode())
        request, seen = found
        if request.mode != "publish":
            if self._is_busy("callback", request.owner):
                return Answer(status=429)
            task = asyncio.create_task(self._verify(request, seen))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return Answer(status=202)

    async def idle(self) -> None:
        """Until everything asked for so far is verified or refused."""
        await asyncio.gather(*self._tasks)

    def _is_busy(self, kind: str, name: str) -> bool:
        return self._limiter.wait(name, kind, self._clock()) > 0

    async def _verify(self, request: Request, seen: str) -> None:
        try:
            await verify(self._instance, request, seen)
        except StorageError as error:
            log.warning("subscription_not_stored", why=str(error))
        except Exception:
            log.exception("verification_failed")


def _announced(headers: dict[str, str]) -> int:
    length = headers.get("content-length", "")
    return int(length[:12]) if length.isascii() and length.isdigit() else 0


async def body_of(receive: Receive, limit: int) -> bytes:
    """The whole body. Raises TooLargeError beyond `limit` bytes, CutShortError where the rest does not come."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise CutShortError
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

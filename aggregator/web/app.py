"""The whole web side of a site: the published output first, what operators' tools ask for behind it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from aggregator.errors import StorageError
from aggregator.pipeline.addresses import is_token
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.moves import redirects, retired
from aggregator.store.records import StoreStatus
from aggregator.web.feeds import FeedApp, Receive, Scope, Send, Serving

Application = Callable[[Scope, Receive, Send], Awaitable[None]]
PLAIN = b"text/plain; charset=utf-8"


def make_application(instance: Instance) -> FeedApp:
    """The ASGI application of an instance: files of its output folder, `/healthz`, `/readyz` and `/metrics`."""
    addresses = _Addresses(instance)
    serving = Serving(
        root=instance.config.output.folder,
        base_url=instance.site.base_url,
        hubs=instance.site.hubs,
        max_age=instance.config.output.cadence,
        moved=addresses.moved,
        gone=addresses.gone,
        private=is_token,
        delta=instance.config.serve.delta,
    )
    return FeedApp(serving, fallback=_Operations(instance))


class _Addresses:
    """Where former addresses lead; asked for what is no file only, and read from the store once a minute at most."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._read: tuple[str, datetime] | None = None
        self._moved: dict[str, str] = {}
        self._gone: frozenset[str] = frozenset()

    def moved(self, first: str) -> str | None:
        self._look()
        return self._moved.get(first)

    def gone(self, first: str) -> bool:
        self._look()
        return first in self._gone

    def _look(self) -> None:
        wanted = self._instance.config.revision, self._instance.clock().replace(second=0, microsecond=0)
        if self._read != wanted:
            with suppress(StorageError):  # what was known goes on
                self._moved, self._gone = redirects(self._instance), retired(self._instance)
                self._read = wanted


class _Operations:
    """What is no published file: health, readiness, metrics, and the API for programs."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._programs: Application | None = None
        self._websub: Application | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        match scope["path"]:
            case "/healthz":
                await _answer(send, 200, PLAIN, b"ok\n")
            case "/readyz":
                await self._ready(send)
            case "/metrics":
                await self._metrics(send)
            case path if path.startswith("/api/"):
                await self._api(scope, receive, send)
            case path if path.startswith("/websub/"):
                await self._push(scope, receive, send)
            case _:
                await _answer(send, 404, PLAIN, b"There is nothing at this address.\n")

    async def _api(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._programs is None:
            # FastAPI takes half a second to load, and most sites are only read.
            from aggregator.web.api import make_api

            self._programs = await asyncio.to_thread(make_api, self._instance)
        await self._programs(scope, receive, send)

    async def _push(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._websub is None:
            from aggregator.web.websub import WebSub  # what reads deliveries is loaded with the first hub that calls

            self._websub = WebSub(self._instance)
        await self._websub(scope, receive, send)

    async def _ready(self, send: Send) -> None:
        try:
            status = await asyncio.to_thread(self._status)
        except StorageError as error:
            await _answer(send, 503, PLAIN, f"{error}\n".encode())
            return
        body = {"sources": status.sources, "due": status.due, "articles": status.articles}
        await _answer(send, 200, b"application/json", json.dumps(body).encode() + b"\n")

    async def _metrics(self, send: Send) -> None:
        try:
            status = await asyncio.to_thread(self._status)
        except StorageError as error:
            await _answer(send, 503, PLAIN, f"{error}\n".encode())
            return
        registry = CollectorRegistry()
        registry.register(_Gauges(status))
        await _answer(send, 200, b"text/plain; version=0.0.4; charset=utf-8", generate_latest(registry))

    def _status(self) -> StoreStatus:
        return self._instance.store.status(self._instance.clock())


class _Gauges:
    """The store's counts as Prometheus wants them."""

    def __init__(self, status: StoreStatus) -> None:
        self._status = status

    def collect(self) -> list[Metric]:
        """One gauge for each count."""
        status = self._status
        plain = {
            "sources": (status.sources, "Subscribed sources."),
            "sources_due": (status.due, "Sources whose time has come."),
            "sources_leased": (status.leased, "Sources that are being polled."),
            "articles": (status.articles, "Stored articles."),
            "articles_withdrawn": (status.withdrawn, "Articles that were taken down."),
            "articles_unmatched": (status.unmatched, "Articles that wait for the matcher."),
            "stories": (status.stories, "Stories."),
            "items_listed": (status.listed, "Items listed in topics."),
            "storage_bytes": (status.bytes or 0, "Size of the database."),
        }
        metrics: list[Metric] = [
            GaugeMetricFamily(f"aggregator_{name}", sentence, value=value) for name, (value, sentence) in plain.items()
        ]
        health = GaugeMetricFamily("aggregator_sources_by_health", "Sources by health.", labels=["health"])
        for name, count in status.by_health:
            health.add_metric([name], count)
        return [*metrics, health]


async def _answer(send: Send, status: int, kind: bytes, body: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

"""Telling those who read us: pings to public hubs, and our own hub with its subscribers (PROTOCOL B-40, B-41).

What has changed is seen by comparing the published files with what was told last. So nothing is told before it can be
read, nothing is lost in a crash, and no build waits for a hub.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from aggregator.fetch.gate import HostGate
from aggregator.fetch.request import program_version
from aggregator.model.topic import FeedKind
from aggregator.net.client import HttpClient
from aggregator.net.message import HttpOutcome, HttpRequest, Reply
from aggregator.pipeline.addresses import path_of
from aggregator.pipeline.instance import Instance
from aggregator.publish import hub as rules
from aggregator.publish.hub import Ping
from aggregator.publish.places import FILES
from aggregator.publish.sink import digest
from aggregator.store.records import Subscriber
from aggregator.text.urls import host, redact

HUB = rules.HUB
Request = rules.Request
_ANNOUNCED = "websub:announced"
_PINGS = "websub:pings"
_AT_ONCE = 16
_DEADLINE = 15.0
_LONGEST_REPLY = 64 * 2**10
_TOPICS_AT_ONCE = 200
"""SQLite takes expressions of 1,000 parts at most."""
log = structlog.get_logger(__name__)


def own_hub(instance: Instance) -> str | None:
    """The address of our own hub, which works where the site's hubs name it."""
    address = f"{instance.site.base_url}{HUB}"
    return address if address in instance.site.hubs else None


@dataclass(slots=True)
class Documents:
    """The published feed documents as they lie in the output folder: their urls, files and hashes."""

    instance: Instance
    _hashes: dict[Path, tuple[tuple[int, int, int], str]] = field(default_factory=dict)

    def files(self) -> dict[str, Path]:
        """The file of each public feed document that is there, by the url that it is served under."""
        instance = self.instance
        root = instance.config.output.folder
        kinds = (FeedKind.ATOM, FeedKind.RSS, FeedKind.JSON)
        folders = [path_of(instance, topic) for topic in instance.topics.values() if not topic.private]
        folders += [f"digests/{one.name}" for one in instance.config.digests]
        paths = [f"{folder}/{FILES[kind][0]}" for folder in folders for kind in kinds]
        return {f"{instance.site.base_url}/{path}": root / path for path in paths if (root / path).is_file()}

    def hashes(self) -> dict[str, str]:
        """The hash of each document's bytes, by url; a file is read again only when it was replaced."""
        return {url: found for url, path in self.files().items() if (found := self._hash(path))}

    def _hash(self, path: Path) -> str:
        try:
            status = path.stat()
            stamp = (status.st_ino, status.st_mtime_ns, status.st_size)
            known = self._hashes.get(path)
            if known is None or known[0] != stamp:
                known = self._hashes[path] = (stamp, digest(path.read_bytes()))
        except OSError:
            return ""
        return known[1]


@asynccontextmanager
async def opened_door(instance: Instance) -> AsyncIterator[Door]:
    """The way out to hubs and subscribers, for as long as it is needed."""
    async with HttpClient(instance.config.fetch) as client:
        yield Door(instance, client)


class Door:
    """Requests to strangers: through the guard, one at a time for each host, no redirect followed."""

    def __init__(self, instance: Instance, client: HttpClient) -> None:
        self._client = client
        self._agent = f"aggregator/{program_version()} (+{instance.site.base_url}/about/bot)"
        self._gate = HostGate(gap=0, concurrency=_AT_ONCE, clock=time.monotonic)

    async def get(self, url: str) -> HttpOutcome:
        return await self._send(HttpRequest(url=url, headers=self._headers()))

    async def post(self, url: str, body: bytes, headers: Sequence[tuple[str, str]]) -> HttpOutcome:
        return await self._send(HttpRequest(url=url, method="POST", headers=(*self._headers(), *headers), body=body))

    def _headers(self) -> tuple[tuple[str, str], ...]:
        return ("User-Agent", self._agent), ("Accept", "*/*")

    async def _send(self, request: HttpRequest) -> HttpOutcome:
        async with self._gate.turn(host(request.url)):
            return await self._client.send(replace(request, deadline=_DEADLINE, max_body=_LONGEST_REPLY))


def is_well(reply: HttpOutcome) -> bool:
    return isinstance(reply, Reply) and 200 <= reply.status < 300


def _said(reply: HttpOutcome) -> str:
    return f"status {reply.status}" if isinstance(reply, Reply) else reply.detail


class Announcer:
    """Tells hubs and subscribers what has changed; keeps the documents' hashes between its rounds."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._documents = Documents(instance)

    async def tell(self) -> int:
        """One round: pings and deliveries that are due; returns how many went out."""
        pings, behind = await asyncio.to_thread(self._work)
        if not pings and not behind:
            return 0
        async with opened_door(self._instance) as door:
            await asyncio.gather(self._ping_all(door, pings), self._deliver_all(door, behind))
        return len(pings) + len(behind)

    def _work(self) -> tuple[list[Ping], list[Subscriber]]:
        instance = self._instance
        if not instance.site.hubs:
            return [], []
        current = self._documents.hashes()
        now = instance.clock()
        return self._due_pings(current, now), self._behind(current, now)

    def _due_pings(self, current: dict[str, str], now: datetime) -> list[Ping]:
        """Notes what has changed before anything is sent, so that a crash repeats a ping and never drops one."""
        facts = self._instance.store.facts
        own = own_hub(self._instance)
        hubs = [hub for hub in self._instance.site.hubs if hub != own]
        announced = json.loads(facts.get(_ANNOUNCED) or "{}")
        before = _loaded(facts.get(_PINGS))
        pings = rules.planned(before, announced, current, hubs, now)
        if announced != current or pings != before:
            with self._instance.store.transaction():
                facts.set(_ANNOUNCED, json.dumps(current))
                facts.set(_PINGS, _dumped(pings))
        return [ping for ping in pings if ping.due <= now]

    def _behind(self, current: dict[str, str], now: datetime) -> list[Subscriber]:
        if own_hub(self._instance) is None:
            return []
        subscribers = self._instance.store.subscribers
        subscribers.expire(now)
        pairs = list(current.items())
        return [
            one
            for start in range(0, len(pairs), _TOPICS_AT_ONCE)
            for one in subscribers.waiting(now, pairs[start : start + _TOPICS_AT_ONCE])
        ]

    async def _ping_all(self, door: Door, pings: Sequence[Ping]) -> None:
        replies = await asyncio.gather(*(self._ping(door, ping) for ping in pings))
        if pings:
            await asyncio.to_thread(self._note, dict(zip(pings, replies, strict=True)))

    async def _ping(self, door: Door, ping: Ping) -> bool:
        reply = await door.post(ping.hub, rules.ping_form(ping.topic), [("Content-Type", rules.FORM)])
        if is_well(reply):
            return True
        log.warning("ping_failed", hub=redact(ping.hub), topic=ping.topic, why=_said(reply))
        return False

    def _note(self, done: dict[Ping, bool]) -> None:
        now = self._instance.clock()
        with self._instance.store.transaction():
            left = [ping for ping in _loaded(self._instance.store.facts.get(_PINGS)) if ping not in done]
            again = [rules.tried_again(ping, now) for ping, well in done.items() if not well]
            kept = (*left, *(ping for ping in again if ping is not None))
            self._instance.store.facts.set(_PINGS, _dumped(kept))

    async def _deliver_all(self, door: Door, behind: Sequence[Subscriber]) -> None:
        files = self._documents.files()
        failed: set[str] = set()
        bodies = {topic: await asyncio.to_thread(files[topic].read_bytes) for topic in {one.topic for one in behind}}
        await asyncio.gather(*(self._deliver(door, one, bodies[one.topic], failed) for one in behind))

    async def _deliver(self, door: Door, subscriber: Subscriber, body: bytes, failed: set[str]) -> None:
        """`failed` are hosts that did not answer in this round: their other subscribers wait for the next."""
        name = host(subscriber.callback)
        hub = own_hub(self._instance)
        if name in failed or hub is None:
            return
        headers = rules.delivery_headers(hub, subscriber.topic, subscriber.secret, body)
        reply = await door.post(subscriber.callback, body, headers)
        if not isinstance(reply, Reply):
            failed.add(name)
        await asyncio.to_thread(self._keep, subscriber, reply, digest(body))

    def _keep(self, subscriber: Subscriber, reply: HttpOutcome, body_hash: str) -> None:
        store, now = self._instance.store.subscribers, self._instance.clock()
        present = store.get(subscriber.topic, subscriber.callback)
        if present is None:
            return
        if isinstance(reply, Reply) and reply.status == 410:
            store.remove(subscriber.topic, subscriber.callback)
        elif is_well(reply):
            store.save(replace(present, failures=0, retry_at=None, delivered_hash=body_hash))
        else:
            log.info("delivery_failed", callback=redact(subscriber.callback), why=_said(reply))
            failures = present.failures + 1
            store.save(replace(present, failures=failures, retry_at=rules.next_try(failures, now)))


def _loaded(text: str | None) -> tuple[Ping, ...]:
    return tuple(Ping(**(one | {"due": datetime.fromisoformat(one["due"])})) for one in json.loads(text or "[]"))


def _dumped(pings: Sequence[Ping]) -> str:
    return json.dumps([asdict(ping) | {"due": ping.due.isoformat()} for ping in pings])


def considered(documents: Documents, form: bytes) -> tuple[Request, str] | str:
    """What is asked of our hub, with the hash of what the subscriber has seen; or a sentence on what is wrong.

    Raises StorageError.
    """
    hashes = documents.hashes()
    request = rules.request_of(form, hashes)
    return request if isinstance(request, str) else (request, hashes[request.topic])


async def verify(instance: Instance, request: Request, seen: str) -> bool:
    """Ask the callback whether the request was meant, and carry it out (WebSub section 5.3)."""
    challenge = secrets.token_urlsafe(32)
    async with opened_door(instance) as door:
        reply = await door.get(rules.verification_url(request, challenge))
    meant = is_well(reply) and isinstance(reply, Reply) and reply.body == challenge.encode()
    if not meant:
        log.info("subscription_not_verified", callback=redact(request.callback), why=_said(reply))
    elif request.mode == "unsubscribe":
        await asyncio.to_thread(instance.store.subscribers.remove, request.topic, request.callback)
    else:
        await asyncio.to_thread(_subscribe, instance, request, seen)
    return meant


def _subscribe(instance: Instance, request: Request, seen: str) -> None:
    """Add or renew; who renews still gets what could not be delivered before."""
    now = instance.clock()
    with instance.store.transaction():
        present = instance.store.subscribers.get(request.topic, request.callback)
        instance.store.subscribers.save(
            Subscriber(
                topic=request.topic,
                callback=request.callback,
                secret=request.secret,
                lease_until=now + timedelta(seconds=request.lease),
                delivered_hash=present.delivered_hash if present else seen,
                created=now,
            )
        )

"""Asks one source, with all manners, and says what came of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from aggregator.fetch.credentials import (
    SecretMissingError,
    authorization,
    may_see_secrets,
    read_secret,
)
from aggregator.fetch.gate import BlockedError, HostGate
from aggregator.fetch.links import hub_links
from aggregator.fetch.local import fetch_file, is_local
from aggregator.fetch.redirects import FOLLOWED, Refusal, next_hop
from aggregator.fetch.request import common_headers, conditional_headers, user_agent, validators_for, with_own_headers
from aggregator.fetch.robots import Robots, Rules
from aggregator.fetch.status import failure_of, is_delta
from aggregator.model.config import FetchSettings
from aggregator.model.fetch import (
    Fetched,
    FetchFailed,
    FetchOutcome,
    FetchReason,
    Freshness,
    Hop,
    NotModified,
    Validators,
)
from aggregator.model.ids import SourceId
from aggregator.model.source import Source, SourceState
from aggregator.net.failure import NetFailed
from aggregator.net.message import HttpOutcome, HttpRequest, Reply
from aggregator.text.http import parse_retry_after, without_userinfo
from aggregator.text.urls import host as host_of


class Sends(Protocol):
    """Whatever carries a request: `aggregator.net.client.HttpClient`, or a simulated network."""

    async def send(self, request: HttpRequest) -> HttpOutcome: ...


@dataclass(slots=True)
class _Budget:
    """Seconds of network time that a poll has left, waiting for turns not counted."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Poll:
    """What stays the same over the hops of one poll."""

    source: Source
    state: SourceState
    now: datetime
    started: float
    agent: str
    secret: str | None
    proxy: str | None
    budget: _Budget

    def at(self, seconds: float) -> datetime:
        """The wall-clock instant of a monotonic one."""
        return self.now + timedelta(seconds=seconds - self.started)


class Fetcher:
    """One for the whole process.

    `opt_outs` are hosts and urls whose publishers do not want to be polled; assign to it when they change. `gate` and
    `robots` (what is known of origins' robots.txt) may be shared with other fetchers. `clock` gives monotonic seconds.
    """

    def __init__(
        self,
        client: Sends,
        settings: FetchSettings,
        *,
        base_url: str,
        feeds_root: Path,
        opt_outs: Collection[str] = (),
        gate: HostGate | None = None,
        robots: dict[str, Rules] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.opt_outs = opt_outs
        self.gate = gate or HostGate(gap=settings.host_gap, concurrency=settings.concurrency, clock=clock)
        self._client = client
        self._settings = settings
        self._base_url = base_url
        self._feeds_root = feeds_root
        self._clock = clock
        self._robots = Robots(self._get_robots, clock, robots)

    async def fetch(
        self, source: Source, state: SourceState, *, now: datetime, subscribers: int = 0, force: bool = False
    ) -> FetchOutcome:
        """One poll of one source: redirects followed, failures named; never raises for what the world does.

        `force` is the operator's "refresh now": the request is the same conditional one, and a host that asked to be
        left alone is left alone all the same (PROTOCOL P-14).
        """
        del force
        url = start_url(source, state)
        if is_local(url):
            return await asyncio.to_thread(fetch_file, url, state, self._feeds_root, self._settings, now=now)
        try:
            poll = self._poll(source, state, now, subscribers)
        except SecretMissingError as missing:
            return _failed(without_userinfo(url), FetchReason.UNAUTHORISED, str(missing), now)
        return await self._follow(poll, without_userinfo(url))

    async def get(self, url: str, *, source: Source | None = None, now: datetime) -> FetchOutcome:
        """Any other document with the same manners, unconditionally: an archive, a page to discover feeds in.

        The source's secrets go along only where `url` is of its origin.
        """
        asking = source or Source(id=SourceId("discovery"), url=url)
        if is_local(url) and not is_local(asking.url):
            return _failed(url, FetchReason.BAD_URL, "A document of the web may not lead to a local file.", now)
        return await self.fetch(asking, SourceState(source_id=asking.id, url=url, due=now), now=now)

    def _poll(self, source: Source, state: SourceState, now: datetime, subscribers: int) -> _Poll:
        return _Poll(
            source=source,
            state=state,
            now=now,
            started=self._clock(),
            agent=user_agent(self._settings, self._base_url, source.id, subscribers),
            secret=authorization(source),
            proxy=read_secret(source.proxy) if source.proxy is not None else None,
            budget=_Budget(self._settings.deadline),
        )

    async def _follow(self, poll: _Poll, url: str) -> FetchOutcome:
        hops: tuple[Hop, ...] = ()
        while True:
            outcome = await self._one(poll, url, hops)
            if not isinstance(outcome, Hop):
                return outcome
            hops = (*hops, outcome)
            url = outcome.target

    async def _one(self, poll: _Poll, url: str, hops: tuple[Hop, ...]) -> FetchOutcome | Hop:
        """One request: the outcome of the poll, or the next hop."""
        validators = validators_for(poll.state, url, poll.now)
        try:
            refused = await self._refused(poll, url)
            if refused is not None:
                return _failed(url, *refused, poll.at(self._clock()), hops=hops)
            async with self.gate.turn(host_of(url)):
                started = self._clock()
                reply = await self._client.send(self._request(poll, url, validators))
                poll.budget.seconds -= self._clock() - started
                received = poll.at(self._clock())
                if isinstance(reply, Reply):
                    self._heed(reply, received)
        except BlockedError as blocked:
            fresh = Freshness(retry_after=str(int(blocked.seconds) + 1))
            return _failed(
                url, FetchReason.RATE_LIMITED, blocked.why, poll.at(self._clock()), freshness=fresh, hops=hops
            )
        if isinstance(reply, NetFailed):
            return _failed(url, reply.reason, reply.detail, received, hops=hops)
        return self._judge(reply, validators, received, hops)

    async def _refused(self, poll: _Poll, url: str) -> tuple[FetchReason, str] | None:
        """Reasons to send nothing at all."""
        if opted_out(url, self.opt_outs):
            return FetchReason.OPTED_OUT, "The publisher has asked not to be polled by this site."
        if not (self._settings.obey_robots or poll.source.obey_robots or poll.source.page is not None):
            return None
        scheme, _, rest = url.partition("://")
        sentence = await self._robots.forbids(url, f"{scheme}://{rest.partition('/')[0]}")
        return (FetchReason.ROBOTS, sentence) if sentence is not None else None

    async def _get_robots(self, url: str) -> HttpOutcome:
        agent = user_agent(self._settings, self._base_url, "robots", 0)
        async with self.gate.turn(host_of(url)):
            return await self._client.send(
                HttpRequest(url=url, headers=(("User-Agent", agent), ("Accept", "text/plain")), max_body=2**20)
            )

    def _request(self, poll: _Poll, url: str, validators: Validators | None) -> HttpRequest:
        source = poll.source
        headers = common_headers(source, poll.agent)
        headers += conditional_headers(validators, delta=self._settings.delta)
        if may_see_secrets(url, source.url):
            headers = with_own_headers(headers, source.headers)
            if poll.secret is not None:
                headers.append(("Authorization", poll.secret))
        return HttpRequest(
            url=url,
            headers=tuple(headers),
            proxy=poll.proxy,
            verify_tls=source.verify_tls,
            http1_only=source.http1_only,
            deadline=max(0.0, poll.budget.seconds),
        )

    def _heed(self, reply: Reply, now: datetime) -> None:
        """A Retry-After holds for the whole host, at once: others may be waiting for their turn (PROTOCOL P-25)."""
        if reply.status not in {429, 503}:
            return
        seconds = parse_retry_after(reply.header("retry-after") or "", reply.header("date") or "", now)
        if seconds is None and reply.status == 429:
            seconds = self._settings.min_interval
        if seconds is not None:
            why = f"{host_of(reply.url)} asked us to wait (status {reply.status})."
            self.gate.block(host_of(reply.url), min(seconds, self._settings.max_retry_after), why)

    def _judge(
        self, reply: Reply, sent: Validators | None, received: datetime, hops: tuple[Hop, ...]
    ) -> FetchOutcome | Hop:
        fresh = _freshness(reply)
        status = reply.status
        if status in FOLLOWED:
            hop = self._hop(reply, hops)
            if isinstance(hop, Hop):
                return hop
            return _failed(reply.url, hop.reason, hop.detail, received, status=status, freshness=fresh, hops=hops)
        if status == 304:
            return _not_modified(reply, sent, received, hops)
        asked = sent is not None and sent.etag is not None and self._settings.delta
        failure = failure_of(reply, asked_delta=asked)
        if failure is not None:
            return _failed(reply.url, *failure, received, status=status, freshness=fresh, hops=hops)
        return Fetched(
            url=reply.url,
            status=status,
            body=reply.body,
            content_type=reply.header("content-type"),
            validators=_validators(reply),
            freshness=fresh,
            received_at=received,
            hops=hops,
            hub=hub_links(reply.combined("link"), reply.url),
            delta=asked and is_delta(reply),
            unconditional=sent is None,
            wire_bytes=reply.wire_bytes,
            quirks=reply.quirks,
        )

    def _hop(self, reply: Reply, hops: tuple[Hop, ...]) -> Hop | Refusal:
        if reply.header("retry-after"):
            return Refusal(FetchReason.UNAVAILABLE, "The redirect asks us to wait before it is followed.")
        return next_hop(reply.url, reply.status, reply.header("location"), hops, self._settings.max_redirects)


def start_url(source: Source, state: SourceState) -> str:
    """Where a poll starts: where permanent redirects have moved the source to, unless its declaration was edited."""
    return state.url if state.declared_url in {"", source.url} else source.url


def opted_out(url: str, opt_outs: Collection[str]) -> bool:
    """Whether a url, its host or a domain that its host lies in is among the opt-outs."""
    if not opt_outs:
        return False
    labels = host_of(url).split(".")
    return url in opt_outs or any(".".join(labels[at:]) in opt_outs for at in range(len(labels)))


def _failed(
    url: str,
    reason: FetchReason,
    detail: str,
    received_at: datetime,
    *,
    status: int | None = None,
    freshness: Freshness | None = None,
    hops: tuple[Hop, ...] = (),
) -> FetchFailed:
    return FetchFailed(
        url=url,
        reason=reason,
        detail=detail,
        received_at=received_at,
        status=status,
        freshness=freshness or Freshness(),
        hops=hops,
    )


def _not_modified(reply: Reply, sent: Validators | None, received: datetime, hops: tuple[Hop, ...]) -> FetchOutcome:
    fresh = _freshness(reply)
    if sent is None:
        detail = "The source answered 304 although nothing conditional was asked."
        return _failed(reply.url, FetchReason.PROTOCOL, detail, received, status=304, freshness=fresh, hops=hops)
    return NotModified(
        url=reply.url,
        validators=_validators(reply),
        freshness=fresh,
        received_at=received,
        hops=hops,
        hub=hub_links(reply.combined("link"), reply.url),
    )


def _validators(reply: Reply) -> Validators:
    return Validators(url=reply.url, etag=reply.header("etag"), last_modified=reply.header("last-modified"))


def _freshness(reply: Reply) -> Freshness:
    return Freshness(
        cache_control=reply.combined("cache-control"),
        expires=reply.header("expires") or "",
        date=reply.header("date") or "",
        age=reply.header("age") or "",
        retry_after=reply.header("retry-after") or "",
    )

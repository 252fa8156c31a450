"""Our subscriptions to the hubs of sources: asked for after polls, renewed, verified, and read when they deliver.

Where a subscription stands is kept in its source's state, so it outlives the process. The web side and the sweep both
change it; each change is made on the stored state in one transaction.
"""

from __future__ import annotations

import asyncio
import hmac
import random
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import structlog

from aggregator.fetch import websub as wire
from aggregator.fetch.gate import HostGate
from aggregator.model.article import ArticleIntent, NewArticle
from aggregator.model.entry import Quirk
from aggregator.model.fetch import Fetched, FetchOutcome, HubLinks, NotModified
from aggregator.model.ids import SourceId
from aggregator.model.source import HubLease, Source, SourceState
from aggregator.net.addresses import Guard, is_public, literal
from aggregator.net.client import HttpClient
from aggregator.pacing import leases
from aggregator.pacing.due import without_hub
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.jobs import ReadFeed, ReadOutcome
from aggregator.store.records import Poll
from aggregator.text.urls import host, redact

CALLBACK = "/websub/callback/"
HUBS_AT_ONCE = 8
LOOK = timedelta(minutes=2)
log = structlog.get_logger(__name__)
Change = Callable[[HubLease], HubLease]


def is_wanted(instance: Instance, source: Source) -> bool:
    """Whether a hub of this source is to be used: by the settings, and because a hub could reach us at all."""
    settings = instance.config.fetch
    if not (settings.websub and source.websub) or source.paused:
        return False
    return can_be_reached(instance.site.base_url, settings.allow_networks)


def can_be_reached(base_url: str, allow_networks: Sequence[str]) -> bool:
    """Whether hubs can call back: https with a public name or address, or an address the operator's lab allows."""
    name = host(base_url)
    address = literal(name) if name else None
    if address is not None and not is_public(address):
        return Guard(tuple(allow_networks)).allows(address)
    if not base_url.lower().startswith("https://"):
        return False
    return address is not None or ("." in name and not name.endswith((".localhost", ".local", ".internal", ".test")))


def hub_after_poll(
    instance: Instance,
    source: Source,
    state: SourceState,
    outcome: FetchOutcome,
    read: ReadOutcome | None,
    intents: Sequence[ArticleIntent],
    now: datetime,
) -> HubLease | None:
    """The lease after a poll: discovery is done again by each, and what the hub should have told us is noticed."""
    lease = state.hub
    if lease is None and not is_wanted(instance, source):
        return None
    if lease is not None:
        new = [one.article for one in intents if isinstance(one, NewArticle)]
        times = [article.published.instant if article.published else None for article in new]
        lease = leases.polled(lease, times, last_poll_at=state.last_poll_at, now=now)
    found = _discovered(outcome, read, lease)
    if not is_wanted(instance, source):
        found = HubLinks()
    return lease if found is None else leases.noticed(lease, found, now)


def _discovered(outcome: FetchOutcome, read: ReadOutcome | None, lease: HubLease | None) -> HubLinks | None:
    """What a reply says of hubs; None: it says nothing new (its body was not read, and its header names none)."""
    if not isinstance(outcome, Fetched | NotModified):
        return None
    if isinstance(read, ReadFeed):
        links = leases.links_of((link.rel, link.href) for link in read.feed.links)
        found = leases.best(outcome.hub, links, outcome.url)
        return found if found.hubs or Quirk.TRUNCATED not in read.feed.quirks else None
    if not outcome.hub.hubs:
        return None
    return leases.best(outcome.hub, HubLinks(topic=lease.topic if lease else None), outcome.url)


def with_present_hub(instance: Instance, before: SourceState, poll: Poll) -> Poll:
    """The poll with the lease as it is stored, where a hub has changed it since `before` was claimed.

    Call it in the transaction that commits the poll.
    """
    if before.hub is None:
        return poll
    present = instance.store.states.get(before.source_id)
    if present is None or present.hub == before.hub:
        return poll
    return replace(poll, state=replace(poll.state, hub=present.hub))


@asynccontextmanager
async def opened_hubs(instance: Instance) -> AsyncIterator[wire.Asking]:
    """The way out to hubs, for as long as it is needed."""
    settings = instance.config.fetch
    async with HttpClient(settings) as client:
        gate = HostGate(gap=settings.host_gap, concurrency=HUBS_AT_ONCE, clock=time.monotonic)
        yield wire.Asking(client=client, gate=gate, settings=settings, base_url=instance.site.base_url)


class Keeper:
    """Looks after the subscriptions of one process, and knows when it has to look again."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._next = datetime.min.replace(tzinfo=UTC)

    async def keep(self) -> int:
        """One tick: nothing, until something known is due or `LOOK` has passed, for polls find new hubs."""
        now = self._instance.clock()
        if now < self._next:
            return 0
        asked = await keep_subscriptions(self._instance)
        soonest = await asyncio.to_thread(_soonest, self._instance)
        self._next = min(soonest, now + LOOK)
        return asked


def _soonest(instance: Instance) -> datetime:
    found = [state.hub for state in instance.store.states.all() if state.hub is not None]
    times = [time for lease in found for time in (lease.renew_at, lease.verify_until, lease.expires_at) if time]
    return min(times, default=datetime.max.replace(tzinfo=UTC))


async def keep_subscriptions(instance: Instance) -> int:
    """Let what is over be over, and ask hubs for what is due; returns how many were asked."""
    due = await asyncio.to_thread(_due, instance)
    if not due:
        return 0
    async with opened_hubs(instance) as asking:
        await asyncio.gather(*(_ask(instance, asking, source_id) for source_id in due))
    return len(due)


def _due(instance: Instance) -> list[SourceId]:
    now = instance.clock()
    found = []
    for state in instance.store.states.all():
        if state.hub is None or state.hub.state == "ended":
            continue
        lease = _looked_at(instance, state, now)
        if lease is not None and leases.wants_request(lease, now):
            found.append(state.source_id)
    return found


def _looked_at(instance: Instance, state: SourceState, now: datetime) -> HubLease | None:
    source = instance.sources.get(state.source_id)
    if source is None or not is_wanted(instance, source) or instance.store.opt_outs.covers(source.url) is not None:
        change(instance, state.source_id, lambda lease: leases.ended(lease, "not wanted any more", now))
        return None
    if state.hub is not None and leases.overdue(state.hub, now) != state.hub:
        return change(instance, state.source_id, lambda lease: leases.overdue(lease, now))
    return state.hub


async def _ask(instance: Instance, asking: wire.Asking, source_id: SourceId) -> None:
    now = instance.clock()

    def request(lease: HubLease) -> HubLease:
        if not leases.wants_request(lease, now):
            return lease
        callback = lease.callback or _new_callback(instance, source_id)
        return leases.asked(lease, callback=callback, secret=lease.secret or _new_secret(lease.hub), now=now)

    lease = await asyncio.to_thread(change, instance, source_id, request)
    if lease is None or lease.requested_at != now:
        return
    problem = await wire.subscribe(asking, lease, leases.LEASE_SECONDS, source_id)
    if not problem:
        log.info("hub_asked", source=source_id, hub=redact(lease.hub))
        return
    log.warning("hub_refused", source=source_id, hub=redact(lease.hub), why=problem)
    later = instance.clock()

    def refuse(present: HubLease) -> HubLease:
        waits = present.requested_at == now and present.verify_until is not None
        return leases.refused(present, problem, later) if waits else present

    await asyncio.to_thread(change, instance, source_id, refuse)


def _new_callback(instance: Instance, source_id: SourceId) -> str:
    return f"{instance.site.base_url}{CALLBACK}{source_id}.{secrets.token_urlsafe(24)}"


def _new_secret(hub: str) -> str:
    """Only for https: over http everybody on the way would read it (WebSub section 5.1)."""
    return secrets.token_hex(32) if hub.lower().startswith("https://") else ""


def change(instance: Instance, source_id: SourceId, step: Change) -> HubLease | None:
    """Carry out `step` on a source's lease, in one transaction; a hub that thereby fails us no longer slows polls.

    Returns the lease afterwards; None: there is none.
    """
    now = instance.clock()

    def changed(state: SourceState) -> SourceState:
        if state.hub is None:
            return state
        lease = step(state.hub)
        if lease == state.hub:
            return state
        after = replace(state, hub=lease)
        source = instance.sources.get(source_id)
        if source is None or not leases.is_pushing(state.hub, now) or leases.is_pushing(lease, now):
            return after
        return without_hub(instance.config.fetch, source, after, now=now, jitter=random.random())  # noqa: S311 - no secret

    state = instance.store.states.amend(source_id, changed)
    return None if state is None else state.hub


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the callback says to a hub."""

    status: int
    body: bytes = b""


def found_lease(instance: Instance, token: str) -> tuple[SourceState, HubLease] | None:
    """The subscription whose callback ends in `token`."""
    source_id = token.rpartition(".")[0]
    state = instance.store.states.get(SourceId(source_id)) if source_id else None
    if state is None or state.hub is None or not state.hub.callback:
        return None
    known = state.hub.callback.rpartition("/")[2]
    return (state, state.hub) if hmac.compare_digest(known.encode(), token.encode()) else None


def takes(instance: Instance, token: str) -> bool:
    """Whether a body posted to this callback is worth reading; else the subscription is over, or never was."""
    found = found_lease(instance, token)
    return found is not None and leases.takes_deliveries(found[1])


def answer_intent(instance: Instance, token: str, query: str) -> Answer:
    """A hub verifies our intent, or denies it (WebSub sections 5.2 and 5.3; PROTOCOL P-68, P-72)."""
    found = found_lease(instance, token)
    intent = wire.intent_of(query)
    if found is None or intent is None or intent.topic != found[1].topic:
        return Answer(status=404)
    source_id = found[0].source_id
    match intent.mode:
        case "denied":
            log.warning("hub_denied", source=source_id, hub=redact(found[1].hub), reason=intent.reason)
            now = instance.clock()
            change(instance, source_id, lambda lease: leases.denied(lease, intent.reason, now))
            return Answer(status=200)
        case "subscribe":
            return _verify(instance, source_id, intent)
        case "unsubscribe" if found[1].state == "ended" and intent.challenge:
            return Answer(status=200, body=intent.challenge.encode())
        case _:
            return Answer(status=404)


def _verify(instance: Instance, source_id: SourceId, intent: wire.Intent) -> Answer:
    now = instance.clock()
    accepted = False

    def verify(lease: HubLease) -> HubLease:
        nonlocal accepted
        waits = lease.verify_until is not None and lease.verify_until > now
        if not waits or lease.topic != intent.topic or not leases.takes_deliveries(lease):
            return lease
        accepted = True
        return leases.verified(lease, intent.lease_seconds, now)

    if intent.challenge:
        change(instance, source_id, verify)
    return Answer(status=200, body=intent.challenge.encode()) if accepted else Answer(status=404)

"""What hubs deliver: acknowledged at once, read like a poll's document, merged and never in anything's place."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from aggregator.errors import StorageError
from aggregator.fetch import websub as wire
from aggregator.model.entry import ParseFailed
from aggregator.model.ids import SourceId
from aggregator.model.source import HubLease, SourceState, WindowEntry
from aggregator.pacing import leases
from aggregator.pacing.rate import remembered
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.jobs import ReadFeed, ReadJob
from aggregator.pipeline.poll import LEASE_SECONDS
from aggregator.pipeline.websub import Answer, found_lease

MOST_WAITING = 200
MOST_BYTES = 64 * 2**20
TRIES = 8
_FALL_BACK = timedelta(minutes=10)
_WAITING = "a delivery of its hub is being read"
_FAILED = "a delivery of its hub could not be read"
_PINGED = "its hub says that it has news"
_LONGEST_WINDOW = 500
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A body that a hub has sent, signed where a secret was agreed on."""

    source_id: SourceId
    body: bytes
    topic: str
    content_type: str | None
    received_at: datetime
    due: datetime
    """When the source was due before."""
    due_reason: str


def accepted(instance: Instance, token: str, headers: Mapping[str, str], raw: bytes) -> tuple[Answer, Delivery | None]:
    """What to say to a POST to the callback, and what to read of it (PROTOCOL P-70 to P-72).

    A wrong signature gets a 2xx all the same and is ignored: whoever guesses learns nothing. Until it is read, the
    source is due soon, so that a delivery that is lost with this process is polled for.
    """
    found = found_lease(instance, token)
    if found is None or not leases.takes_deliveries(found[1]):
        return Answer(status=410), None
    state, lease = found
    if lease.secret and not wire.is_signed(headers.get("x-hub-signature", ""), lease.secret, raw):
        log.warning("delivery_ignored", source=state.source_id, why="its signature is missing or wrong")
        return Answer(status=202), None
    body = wire.body_of(raw, headers.get("content-encoding", ""), instance.config.fetch.max_decoded)
    if body is None:
        return Answer(status=413), None
    if not body.strip():
        sooner(instance, state.source_id, _PINGED, timedelta(0))
        return Answer(status=202), None
    sooner(instance, state.source_id, _WAITING, _FALL_BACK)
    return Answer(status=202), _delivery(state, lease, headers, body, instance.clock())


def _delivery(state: SourceState, lease: HubLease, headers: Mapping[str, str], body: bytes, now: datetime) -> Delivery:
    return Delivery(
        source_id=state.source_id,
        body=body,
        topic=lease.topic,
        content_type=headers.get("content-type"),
        received_at=now,
        due=state.due,
        due_reason=state.due_reason,
    )


def sooner(instance: Instance, source_id: SourceId, why: str, wait: timedelta) -> None:
    """Have a source polled after `wait`, unless it is due before or the floor between polls is later (P-20, P-71)."""
    now = instance.clock()

    def changed(state: SourceState) -> SourceState:
        source = instance.sources.get(source_id)
        settings = instance.config.fetch
        floor = settings.min_interval if source is None or source.min_interval is None else source.min_interval
        earliest = state.last_poll_at + timedelta(seconds=floor) if state.last_poll_at is not None else now
        due = max(now + wait, earliest)
        return replace(state, due=due, due_reason=why) if due < state.due else state

    instance.store.states.amend(source_id, changed)


def take(instance: Instance, delivery: Delivery) -> bool:
    """Read a delivery and commit what it brings; False: its source is being polled just now, try again later."""
    from aggregator.pipeline.reading import read  # loaded with the first delivery

    source = instance.sources.get(delivery.source_id)
    if source is None:
        return True
    store, owner = instance.store, instance.owner
    claimed = store.states.claim(
        instance.clock(), 1, owner, LEASE_SECONDS, per_host=1000, source_ids=[source.id], ignore_due=True
    )
    if not claimed:
        return False
    state = claimed[0]
    try:
        outcome = read(
            ReadJob(
                source=source,
                body=delivery.body,
                url=delivery.topic,
                content_type=delivery.content_type,
                window=state.window,
                rung=state.identity_rung,
                now=delivery.received_at,
                backfill=state.last_success_at is None,
            )
        )
        if isinstance(outcome, ParseFailed):
            log.warning("delivery_unreadable", source=source.id, why=outcome.detail)
            sooner(instance, source.id, _FAILED, timedelta(0))
        else:
            _commit(instance, state, delivery, outcome)
    finally:
        store.states.release([source.id], owner)
    return True


def _commit(instance: Instance, state: SourceState, delivery: Delivery, read: ReadFeed) -> None:
    from aggregator.pipeline.deciding import intents_of

    now = instance.clock()
    intents = intents_of(instance.store, state.source_id, read, now)
    with instance.store.transaction():
        present = instance.store.states.get(state.source_id) or state
        after = _after(present, delivery, read, now)
        result = instance.store.commit_poll(after, intents, now=now, owner=instance.owner)
    log.info("delivery_read", source=state.source_id, new=len(result.new), revised=len(result.revised))


def _after(state: SourceState, delivery: Delivery, read: ReadFeed, now: datetime) -> SourceState:
    """What a delivery changes: it says nothing about validators, nor about what the document no longer holds."""
    reading = read.reading
    fresh = {one.key: one for one in reading.window}
    kept = tuple(one for one in state.window if one.key not in fresh)
    window: tuple[WindowEntry, ...] = (*fresh.values(), *kept)[: max(_LONGEST_WINDOW, len(fresh))]
    waited = state.due_reason == _WAITING
    return replace(
        state,
        window=window,
        identity_rung=reading.rung,
        entry_times=remembered(state.entry_times, reading.entry_times, now),
        hub=leases.delivered(state.hub, now) if state.hub is not None else None,
        due=delivery.due if waited else state.due,
        due_reason=delivery.due_reason if waited else state.due_reason,
    )


class Inbox:
    """Deliveries that were acknowledged and wait to be read. Lives in one event loop."""

    def __init__(self, instance: Instance, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        self._instance = instance
        self._sleep = sleep
        self._tasks: set[asyncio.Task[None]] = set()
        self._bytes = 0
        self._turn = asyncio.Semaphore(2)

    def has_room(self, size: int) -> bool:
        return len(self._tasks) < MOST_WAITING and self._bytes + size <= MOST_BYTES

    def put(self, delivery: Delivery) -> None:
        """Read it as soon as its source is free."""
        self._bytes += len(delivery.body)
        task = asyncio.create_task(self._carry(delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def idle(self) -> None:
        """Until everything that waits now has been read or given up."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _carry(self, delivery: Delivery) -> None:
        try:
            for turn in range(TRIES):
                async with self._turn:
                    if await asyncio.to_thread(take, self._instance, delivery):
                        return
                await self._sleep(2**turn)
            log.warning("delivery_given_up", source=delivery.source_id)
        except StorageError as error:
            log.warning("delivery_not_stored", source=delivery.source_id, why=str(error))
        except Exception:
            log.exception("delivery_failed", source=delivery.source_id)
        finally:
            self._bytes -= len(delivery.body)

"""Poll sources: claim, fetch, read, decide, compute the next due time, commit.

Fetching is concurrent, reading may be in processes; what needs the store is done by one committer, in batches, so
that each poll looks up what is known and commits in the same order. Failures are committed last, when it is known
whether the network itself was down (PROTOCOL P-36).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol

import structlog

from aggregator.errors import StorageError
from aggregator.model.article import ArticleIntent, NewArticle, RevisedArticle
from aggregator.model.entry import ParseFailed, ParseReason, Quirk
from aggregator.model.fetch import Fetched, FetchFailed, FetchOutcome, FetchReason
from aggregator.model.ids import SourceId
from aggregator.model.source import Source, SourceState
from aggregator.pacing.after import after_poll
from aggregator.pacing.hosts import host_block
from aggregator.pacing.observed import Observed
from aggregator.pacing.outage import outage
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.jobs import ReadFeed, ReadJob, ReadOutcome
from aggregator.pipeline.owners import is_dead
from aggregator.pipeline.pool import Readers
from aggregator.pipeline.reports import Row, SweepReport
from aggregator.pipeline.websub import hub_after_poll, with_present_hub
from aggregator.store.records import HostBlock, Poll, PollResult
from aggregator.text.urls import redact

LEASE_SECONDS = 900.0
CLAIM = 200
PER_HOST = 20
"""Sources of one host that are claimed at once, so that a large host leaves room for the others."""
BATCH = 50
STOP_SECONDS = 0.25
"""How often a sweep that waits for slow sources looks whether it is to stop."""
log = structlog.get_logger(__name__)
Step = Callable[[int, int], None]


class Fetches(Protocol):
    """Whatever asks a source: `aggregator.fetch.fetcher.Fetcher`, or a reply that is at hand already."""

    async def fetch(
        self, source: Source, state: SourceState, *, now: datetime, subscribers: int = 0, force: bool = False
    ) -> FetchOutcome: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What came of asking one source, before the store is looked at."""

    source: Source
    state: SourceState
    outcome: FetchOutcome
    read: ReadOutcome | None = None
    """None: there was no new body."""
    body_hash: str = ""

    @property
    def failed(self) -> bool:
        return isinstance(self.outcome, FetchFailed)


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepOrder:
    """What a sweep is to poll."""

    names: tuple[SourceId, ...] | None = None
    """None: every source."""
    ignore_due: bool = False
    force: bool = False
    """Lift the floor between polls; a Retry-After holds all the same."""


async def sweep(
    instance: Instance,
    fetcher: Fetches,
    order: SweepOrder,
    *,
    step: Step = lambda _done, _total: None,
    stop: Callable[[], bool] = lambda: False,
) -> SweepReport:
    """Poll what the order asks for, each source at most once; returns a row for each that was polled."""
    return await _Sweep(instance, fetcher, order, step, stop).run()


class _Sweep:
    def __init__(
        self, instance: Instance, fetcher: Fetches, order: SweepOrder, step: Step, stop: Callable[[], bool]
    ) -> None:
        self._instance = instance
        self._fetcher = fetcher
        self._order = order
        self._step = step
        self._stop = stop
        self._done: set[SourceId] = set()
        self._running: set[asyncio.Task[None]] = set()
        self._answers: asyncio.Queue[_Answer | None] = asyncio.Queue()
        self._failures: list[_Answer] = []
        self._reached: list[FetchOutcome] = []
        """Outcomes that are committed already, without their bodies: they tell whether the network was there."""
        self._rows: list[Row] = []
        self._answered = self._committed = 0
        self._progress = asyncio.Event()
        self._subscribers = _subscribers(instance)
        self._moved = False
        """A source has another url from now on."""

    async def run(self) -> SweepReport:
        total = await asyncio.to_thread(self._expected)
        self._total = total
        committer = asyncio.create_task(self._commit_as_they_come())
        committer.add_done_callback(lambda _task: self._progress.set())
        self._committer = committer
        try:
            with Readers(total) as readers:
                try:
                    await self._poll_all(readers)
                finally:
                    await self._break_off()
                    await self._answers.put(None)
                    await committer
            await asyncio.to_thread(self._commit_failures)
        finally:
            await asyncio.to_thread(self._give_back)
        if self._moved:
            await asyncio.to_thread(self._instance.refresh)
        return SweepReport(sources=tuple(sorted(self._rows, key=lambda row: str(row["id"]))))

    def _expected(self) -> int:
        """How many sources there may be to poll, once the leases of processes that were killed are given back."""
        store = self._instance.store
        for owner in filter(is_dead, store.states.holders(self._instance.clock())):
            log.info("lease_of_a_dead_process", owner=owner, sources=store.states.release_all(owner))
        if self._order.names is not None:
            return len(self._order.names)
        return len(self._instance.sources)

    async def _poll_all(self, readers: Readers) -> None:
        while not self._stop():
            states = await asyncio.to_thread(self._claim)
            for state in states:
                task = asyncio.create_task(self._poll(state, readers))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            if not states and not self._running:
                if self._committed == self._answered:
                    return
                await self._progress.wait()  # a commit gives leases back, and with them places on hosts
                if self._committer.done():  # it failed: nothing more can be kept
                    return
            self._progress.clear()
            await self._wait(enough=not states)

    async def _break_off(self) -> None:
        """End what is still under way: the sweep was told to stop, or has failed."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _give_back(self) -> None:
        """No source stays leased to a sweep that is over without having polled it."""
        left = self._done - {SourceId(row["id"]) for row in self._rows}
        if left:
            with suppress(StorageError):  # what broke the sweep is the better message
                self._instance.store.states.release(left, self._instance.owner)

    async def _wait(self, *, enough: bool) -> None:
        """Until something is finished: all when nothing more can be claimed, else room for another claim."""
        while self._running and not self._stop():
            finished, _ = await asyncio.wait(self._running, timeout=STOP_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            for task in finished:
                task.result()
            if finished and (enough or len(self._running) < CLAIM // 2):
                return

    def _claim(self) -> list[SourceState]:
        instance, order = self._instance, self._order
        if len(self._running) >= CLAIM:
            return []
        names = order.names
        if order.ignore_due:
            names = tuple(name for name in names or tuple(instance.sources) if name not in self._done)
        states = instance.store.states.claim(
            instance.clock(),
            CLAIM,
            instance.owner,
            LEASE_SECONDS,
            per_host=PER_HOST,
            source_ids=names,
            ignore_due=order.ignore_due,
        )
        fresh = [state for state in states if self._may_poll(state)]
        self._done.update(state.source_id for state in states)
        left = {state.source_id for state in states} - {state.source_id for state in fresh}
        if left:
            instance.store.states.release(left, instance.owner)
        return fresh

    def _may_poll(self, state: SourceState) -> bool:
        """Each source once in a sweep; a command that ignores due times still keeps the floor between polls."""
        source = self._instance.sources.get(state.source_id)
        if source is None or state.source_id in self._done:
            return False
        if not self._order.ignore_due or self._order.force or state.last_poll_at is None:
            return True
        settings = self._instance.config.fetch
        floor = source.min_interval if source.min_interval is not None else settings.min_interval
        return self._instance.clock() >= state.last_poll_at + timedelta(seconds=floor)

    async def _poll(self, state: SourceState, readers: Readers) -> None:
        source = self._instance.sources[state.source_id]
        answer = _Answer(source=source, state=state, outcome=await self._fetch_safely(source, state))
        outcome = answer.outcome
        if isinstance(outcome, Fetched):
            answer = await self._read(answer, outcome, readers)
        self._answered += 1
        await self._answers.put(answer)

    async def _fetch_safely(self, source: Source, state: SourceState) -> FetchOutcome:
        """One source that this program fails on must not end the sweep for all the others."""
        now = self._instance.clock()
        subscribers = self._subscribers.get(source.id, 0)
        try:
            return await self._fetcher.fetch(source, state, now=now, subscribers=subscribers, force=self._order.force)
        except Exception as error:
            log.exception("fetching_failed", source=source.id, url=redact(state.url))
            detail = f"This program failed on it: {error!r}"
            return FetchFailed(url=state.url, reason=FetchReason.PROTOCOL, detail=detail, received_at=now)

    async def _read(self, answer: _Answer, fetched: Fetched, readers: Readers) -> _Answer:
        body_hash = sha256(fetched.body).hexdigest()[:32]
        answer = replace(answer, outcome=replace(fetched, body=b""), body_hash=body_hash)
        if body_hash == answer.state.body_hash and not fetched.delta:
            return answer
        job = ReadJob(
            source=answer.source,
            body=fetched.body,
            url=fetched.url,
            content_type=fetched.content_type,
            window=answer.state.window,
            rung=answer.state.identity_rung,
            now=fetched.received_at,
            backfill=answer.state.last_success_at is None,
        )
        return replace(answer, read=await _read_safely(job, readers))

    async def _commit_as_they_come(self) -> None:
        ended = False
        while not ended:
            batch = [await self._answers.get()]
            while len(batch) < BATCH and not self._answers.empty():
                batch.append(self._answers.get_nowait())
            ended = None in batch
            answers = [answer for answer in batch if answer is not None]
            self._failures += [answer for answer in answers if answer.failed]
            kept = [answer for answer in answers if not answer.failed]
            self._reached += [answer.outcome for answer in kept]
            if kept:
                await asyncio.to_thread(self._commit, kept, network_down=False)
            self._committed += len(answers)
            self._progress.set()

    def _commit_failures(self) -> None:
        down = outage([*self._reached, *(answer.outcome for answer in self._failures)])
        if down:
            log.warning("outage", failed=len(self._failures), polled=len(self._rows) + len(self._failures))
        if self._failures:
            self._commit(self._failures, network_down=down)

    def _commit(self, answers: Sequence[_Answer], *, network_down: bool) -> None:
        now = self._instance.clock()
        decided = [self._decided(answer, now, network_down) for answer in answers]
        store = self._instance.store
        with store.transaction():
            polls = [
                with_present_hub(self._instance, answer.state, poll)
                for answer, poll in zip(answers, decided, strict=True)
            ]
            results = store.polls.commit_all(polls, now=now)
            self._offer_archives(answers)
            for answer in answers:
                if block := host_block(self._instance.config.fetch, answer.outcome):
                    store.states.block_host(HostBlock(host=block.host, until=block.until, reason=block.why))
        for answer, poll, result in zip(answers, polls, results, strict=True):
            self._rows.append(_row(answer, poll, result))
        self._step(len(self._rows), self._total)

    def _offer_archives(self, answers: Sequence[_Answer]) -> None:
        """Documents that lead to archives, of sources whose history is wanted."""
        for answer in answers:
            if answer.source.history and isinstance(answer.read, ReadFeed) and answer.read.feed.next_url:
                from aggregator.pipeline.history import offered  # loaded with the first archive

                offered(self._instance, answer.source, answer.state, answer.read.feed.next_url)

    def _decided(self, answer: _Answer, now: datetime, network_down: bool) -> Poll:
        intents: tuple[ArticleIntent, ...] = ()
        if isinstance(answer.read, ReadFeed):
            from aggregator.pipeline.deciding import intents_of  # loaded with the first document

            intents = intents_of(self._instance.store, answer.state.source_id, answer.read, now)
        seen = _observed(answer, intents)
        hub = hub_after_poll(self._instance, answer.source, answer.state, answer.outcome, answer.read, intents, now)
        state = after_poll(
            self._instance.config.fetch,
            answer.source,
            replace(answer.state, hub=hub),
            answer.outcome,
            seen,
            now=now,
            jitter=random.random(),  # noqa: S311 - spreads polls, keeps no secret
            outage=network_down,
        )
        self._moved = self._moved or state.url != answer.state.url
        return Poll(state=state, intents=intents, owner=self._instance.owner)


async def _read_safely(job: ReadJob, readers: Readers) -> ReadOutcome:
    """One document that this program fails on must not end the sweep for all the others."""
    try:
        return await readers.read(job)
    except Exception as error:
        log.exception("reading_failed", source=job.source.id, url=redact(job.url))
        return ParseFailed(reason=ParseReason.UNREADABLE, detail=f"this program failed on it: {error!r}")


def _observed(answer: _Answer, intents: Sequence[ArticleIntent]) -> Observed:
    if isinstance(answer.read, ParseFailed):
        return Observed(parse_failed=answer.read, complete=False)
    if answer.read is None:
        return Observed(body_hash=answer.body_hash or None)
    feed, reading = answer.read.feed, answer.read.reading
    before = {entry.key for entry in answer.state.window}
    changed = any(isinstance(intent, NewArticle | RevisedArticle) for intent in intents)
    return Observed(
        complete=Quirk.TRUNCATED not in feed.quirks,
        schedule=feed.schedule,
        entry_times=reading.entry_times,
        new=sum(isinstance(intent, NewArticle) for intent in intents),
        overlap=sum(entry.key in before for entry in reading.window) if before else None,
        body_hash=answer.body_hash,
        window=reading.window,
        identity_rung=reading.rung,
        quirks=reading.quirks,
        feed_title=reading.publisher.title,
        feed_home_url=reading.publisher.home_url or "",
        feed_updated=reading.publisher.updated if changed else None,
    )


def _row(answer: _Answer, poll: Poll, result: PollResult) -> Row:
    reading = answer.read.reading if isinstance(answer.read, ReadFeed) else None
    state = poll.state
    return {
        "id": answer.source.id,
        "state": state.health,
        "outcome": state.last_outcome,
        "entries": answer.read.entries if isinstance(answer.read, ReadFeed) else 0,
        "new": len(result.new),
        "revised": len(result.revised),
        "due": state.due,
        "due_reason": state.due_reason,
        "quirks": reading.quirks if reading else (),
        "skipped": [one.reason for one in reading.skipped] if reading else [],
        "message": "another process has polled it" if result.stale else state.last_message,
    }


def _subscribers(instance: Instance) -> dict[SourceId, int]:
    """How many topics each source feeds: what the User-Agent tells the publisher (PROTOCOL P-62)."""
    counts = dict.fromkeys(instance.sources, 0)
    for topic in instance.topics.values():
        for source in instance.sources.values():
            named = not topic.sources or source.id in topic.sources
            tagged = not topic.tags or bool(set(topic.tags) & set(source.tags))
            counts[source.id] += named and tagged
    return counts

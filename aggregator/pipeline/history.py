"""Walk back through the archives of sources that want it (RFC 5005; PROTOCOL P-56, P-57), a document a turn each.

Beside the polls and through the same gate. Each archive is read once ever; what is in it is no news. Whatever goes
wrong ends the walk, never the subscription.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import structlog

from aggregator.fetch.fetcher import Fetcher
from aggregator.model.article import ArticleIntent, NewArticle, RevisedArticle
from aggregator.model.entry import ParseFailed
from aggregator.model.fetch import Fetched, FetchFailed, FetchOutcome
from aggregator.model.ids import SourceId
from aggregator.model.source import Source, SourceState
from aggregator.pipeline.deciding import intents_of
from aggregator.pipeline.door import opened_fetcher
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.jobs import ReadFeed, ReadJob
from aggregator.store.records import ArchiveRecord, ArchiveState
from aggregator.text.urls import host, redact

AT_ONCE = 20
"""Archives looked at in one turn, of all sources."""
MOST = 100
"""Archives of one source, at most."""
TRIES = 3
WAIT = timedelta(hours=1)
FINAL = frozenset({"not-found", "gone", "forbidden", "unauthorised", "too-large", "robots", "opted-out", "bad-url"})
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryReport:
    """How many archives were read, and how many articles they brought."""

    read: int = 0
    articles: int = 0


async def walk(instance: Instance, *, stop: Callable[[], bool] = lambda: False) -> HistoryReport:
    """One turn: the next archive of each source that has one."""
    wanted = [source.id for source in instance.sources.values() if source.history]
    if not wanted:
        return HistoryReport()
    due = await asyncio.to_thread(instance.store.archives.due, wanted, instance.clock(), AT_ONCE)
    if not due:
        return HistoryReport()
    async with opened_fetcher(instance) as fetcher:
        done = await asyncio.gather(*(_read(instance, fetcher, one) for one in due if not stop()))
    return HistoryReport(
        read=sum(one.state is ArchiveState.READ for one in done), articles=sum(one.entries for one in done)
    )


def offered(instance: Instance, source: Source, state: SourceState, url: str) -> None:
    """Note the archive that a document leads to, where the source's history is wanted and it may be followed."""
    if not url or not source.history:
        return
    archives, now = instance.store.archives, instance.clock()
    reason = _refusal(instance, source, state, url)
    if archives.offer(source.id, url, now) and reason:
        archives.note(
            ArchiveRecord(source_id=source.id, url=url, state=ArchiveState.FAILED, at=now, due=now, reason=reason)
        )


def _refusal(instance: Instance, source: Source, state: SourceState, url: str) -> str:
    """Why an archive is not followed; empty: it is."""
    if host(url) not in {host(source.url), host(state.url)}:
        return "It lies on another host."
    if url in {source.url, state.url}:
        return "It is the feed itself."
    if instance.store.archives.count(source.id) >= MOST:
        return f"{MOST} archives are enough."
    return ""


async def _read(instance: Instance, fetcher: Fetcher, record: ArchiveRecord) -> ArchiveRecord:
    source = instance.sources[record.source_id]
    outcome = await fetcher.get(record.url, source=source, now=instance.clock())
    return await asyncio.to_thread(_keep, instance, source, record, outcome)


def _keep(instance: Instance, source: Source, record: ArchiveRecord, outcome: FetchOutcome) -> ArchiveRecord:
    """What came of it, with the articles in it and the way on, in one transaction."""
    now = instance.clock()
    state = instance.store.states.get(source.id)
    if state is None or not isinstance(outcome, Fetched):
        return _failed(instance, record, outcome)
    read = _parsed(source, state, outcome, record)
    if isinstance(read, ParseFailed):
        failed = replace(record, state=ArchiveState.FAILED, at=now, reason=read.detail or read.reason.value)
        instance.store.archives.note(failed)
        return failed
    with instance.store.transaction():
        intents = _older(instance, intents_of(instance.store, source.id, read, now))
        brought = instance.store.polls.add(intents, now=now)
        done = replace(record, state=ArchiveState.READ, at=now, entries=brought, reason="")
        instance.store.archives.note(done)
        offered(instance, source, state, read.feed.next_url)
    log.info("archive_read", source=source.id, url=redact(record.url), articles=brought)
    return done


def _failed(instance: Instance, record: ArchiveRecord, outcome: FetchOutcome) -> ArchiveRecord:
    now, tries = instance.clock(), record.tries + 1
    reason, detail = "protocol", "It answered 304 to a first request."
    if isinstance(outcome, FetchFailed):
        reason, detail = outcome.reason.value, outcome.detail or outcome.reason.value
    over = reason in FINAL or tries >= TRIES
    failed = replace(
        record,
        state=ArchiveState.FAILED if over else ArchiveState.DUE,
        at=now,
        due=now + WAIT * 2**tries,
        tries=tries,
        reason=detail,
    )
    instance.store.archives.note(failed)
    return failed


def _parsed(source: Source, state: SourceState, fetched: Fetched, record: ArchiveRecord) -> ReadFeed | ParseFailed:
    from aggregator.pipeline.reading import read  # the rooms that read are loaded with the first archive

    return read(
        ReadJob(
            source=source,
            body=fetched.body,
            url=fetched.url or record.url,
            content_type=fetched.content_type,
            window=(),
            rung=state.identity_rung,
            now=fetched.received_at,
            backfill=True,
        )
    )


def _older(instance: Instance, intents: Sequence[ArticleIntent]) -> list[NewArticle | RevisedArticle]:
    """What an archive adds: new articles, and later texts of known ones (RFC 5005 section 4.2).

    Of two copies of an entry the one updated last counts, and of equals that of the more recent document: the stored.
    """
    revised = [one for one in intents if isinstance(one, RevisedArticle)]
    stored = instance.store.articles.many(one.article.id for one in revised)
    kept: list[NewArticle | RevisedArticle] = [one for one in intents if isinstance(one, NewArticle)]
    for one in revised:
        before = stored[one.article.id].article.updated if one.article.id in stored else None
        given = one.article.updated
        if given is not None and (before is None or given.instant > before.instant):
            kept.append(one)
    return kept


def history_of(instance: Instance, source_id: SourceId) -> dict[str, Any] | None:
    """How far the walk has come, for whoever shows a source; None where nothing was ever offered."""
    records = instance.store.archives.of(source_id)
    if not records:
        return None
    broken = next((one for one in records if one.state is ArchiveState.FAILED), None)
    waiting = any(one.state is ArchiveState.DUE for one in records)
    return {
        "state": "incomplete" if broken else "under way" if waiting else "complete",
        "archives_read": sum(one.state is ArchiveState.READ for one in records),
        "articles": sum(one.entries for one in records),
        "reason": f"{redact(broken.url)}: {broken.reason}" if broken else "",
    }

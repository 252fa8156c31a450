"""Subscribe to feeds: by address, by the page that names them, by OPML."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from aggregator.config.build import mint_source_id
from aggregator.config.values import check_slug
from aggregator.errors import UsageError
from aggregator.model.entry import ParsedFeed
from aggregator.model.fetch import Fetched, FetchFailed, FetchOutcome
from aggregator.model.ids import SourceId
from aggregator.model.source import Declared, Source, SourceState
from aggregator.parse.discover import Candidate, discover
from aggregator.parse.document import parse
from aggregator.parse.opml import read_opml
from aggregator.pipeline.door import opened_fetcher
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.poll import SweepOrder, sweep
from aggregator.pipeline.reports import Row
from aggregator.text.titles import plain_title
from aggregator.text.urls import is_http, strip_credentials

NEWEST = 3
_PROBE = SourceId("probe")


@dataclass(frozen=True, slots=True)
class _Reply:
    """A fetcher that has fetched already: discovery and first poll share one request (PROTOCOL P-01)."""

    fetched: Fetched

    async def fetch(
        self, source: Source, state: SourceState, *, now: datetime, subscribers: int = 0, force: bool = False
    ) -> FetchOutcome:
        """The reply at hand, whatever is asked."""
        del source, state, now, subscribers, force
        return self.fetched


def discover_feeds(instance: Instance, url: str) -> list[Row]:
    """The feeds that a page offers, best first. Raises UsageError where it cannot be read."""
    fetched = asyncio.run(_get(instance, url))
    return [
        {"url": one.url, "title": one.title, "kind": "comments" if one.comments else one.media_type or one.found}
        for one in _offered(fetched)
    ]


def add_source(
    instance: Instance, url: str, *, source_id: str | None, title: str | None, tags: tuple[str, ...]
) -> dict[str, Any]:
    """Subscribe to the feed at `url`, or to the best one that the page at `url` offers, and poll it once.

    Raises UsageError where nothing is a feed, the feed is subscribed already, or the id is taken.
    """
    if not is_http(url):
        raise UsageError(f"{url!r} is no http(s) address; files below feeds/ are declared in the configuration")
    return asyncio.run(_add(instance, url, source_id, title, tags))


async def _add(
    instance: Instance, url: str, source_id: str | None, title: str | None, tags: tuple[str, ...]
) -> dict[str, Any]:
    _refuse_known(instance, url)
    asked, fetched, feed = url, await _get(instance, url), None
    feed = _feed(fetched)
    if feed is None:
        asked = _best(url, _offered(fetched)).url
        _refuse_known(instance, asked)
        fetched = await _get(instance, asked)
        feed = _feed(fetched)
    if feed is None:
        raise UsageError(f"{asked} is no feed, although {url} says so")
    source = Source(id=_id(instance, source_id, asked), url=asked, title=title, tags=tags, declared=Declared.COMMAND)
    instance.store.sources.save(source, now=instance.clock())
    instance.refresh()
    order = SweepOrder(names=(source.id,), ignore_due=True, force=True)
    report = await sweep(instance, _Reply(fetched), order)
    return {
        "id": source.id,
        "url": strip_credentials(asked),
        "title": title or plain_title(feed.title),
        "entries": len(feed.entries),
        "newest": [plain_title(entry.title) for entry in feed.entries[:NEWEST]],
        "new": report.total("new"),
    }


def _feed(fetched: Fetched) -> ParsedFeed | None:
    outcome = parse(fetched.body, url=fetched.url, content_type=fetched.content_type)
    return outcome if isinstance(outcome, ParsedFeed) else None


def _offered(fetched: Fetched) -> tuple[Candidate, ...]:
    return discover(fetched.body, url=fetched.url, content_type=fetched.content_type)


def _best(url: str, offered: tuple[Candidate, ...]) -> Candidate:
    if not offered:
        raise UsageError(f"{url} is no feed and names none")
    return offered[0]


def _refuse_known(instance: Instance, url: str) -> None:
    for source in instance.sources.values():
        if url in {source.url, *source.aliases}:
            raise UsageError(f"{strip_credentials(url)} is subscribed already, as {source.id}")


def _id(instance: Instance, wanted: str | None, url: str) -> SourceId:
    if wanted is None:
        return mint_source_id(url, set(instance.sources))
    try:
        check_slug(wanted)
    except ValueError as error:
        raise UsageError(f"--id {wanted}: {error}") from error
    if wanted in instance.sources:
        raise UsageError(f"--id {wanted}: another source has it")
    return SourceId(wanted)


async def _get(instance: Instance, url: str) -> Fetched:
    """One clean request through the same door as every poll."""
    source = Source(id=_PROBE, url=url)
    state = SourceState(source_id=_PROBE, url=url, declared_url=url, due=instance.clock())
    async with opened_fetcher(instance) as fetcher:
        outcome = await fetcher.fetch(source, state, now=instance.clock())
    if isinstance(outcome, Fetched):
        return outcome
    detail = outcome.detail if isinstance(outcome, FetchFailed) else "it answered 304 to a first request"
    raise UsageError(f"{strip_credentials(url)} cannot be read: {detail}")


def import_opml(instance: Instance, file: Path) -> dict[str, Any]:
    """Subscribe to every readable feed of an OPML file; nothing is polled yet. Raises UsageError for no file."""
    try:
        document = read_opml(file.read_bytes())
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    if document.problem:
        raise UsageError(f"{file}: {document.problem}")
    known = {url for source in instance.sources.values() for url in (source.url, *source.aliases)}
    taken = set(instance.sources)
    added = 0
    with instance.store.transaction():
        for feed in document.feeds:
            if feed.xml_url in known:
                continue
            source_id = mint_source_id(feed.xml_url, {str(name) for name in taken})
            taken.add(source_id)
            known.add(feed.xml_url)
            source = Source(
                id=source_id,
                url=feed.xml_url,
                title=feed.title or None,
                home_url=feed.html_url or None,
                tags=feed.tags,
                declared=Declared.COMMAND,
            )
            instance.store.sources.save(source, now=instance.clock())
            added += 1
    instance.refresh()
    return {
        "added": added,
        "known": len(document.feeds) - added,
        "skipped": [f"{one.title or one.url or 'an outline'}: {one.reason}" for one in document.skipped],
    }

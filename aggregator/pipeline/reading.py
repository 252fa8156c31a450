"""The processor's share of a poll, as one pure function of values: it runs here or in a process pool."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from aggregator.model.entry import ParsedFeed, ParseFailed
from aggregator.model.source import Source, WindowEntry
from aggregator.normalise.document import Reading, read_document
from aggregator.parse.document import parse
from aggregator.store.codec import compress


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadJob:
    """A body and what has to be known to read it."""

    source: Source
    body: bytes
    url: str
    content_type: str | None
    window: tuple[WindowEntry, ...]
    rung: int
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFeed:
    """A body that was read: the feed without its entries, their number, and the articles of those that changed."""

    feed: ParsedFeed
    entries: int
    reading: Reading


ReadOutcome = ReadFeed | ParseFailed


def read(job: ReadJob) -> ReadOutcome:
    """Parse, normalise and fingerprint one document. Never raises for what a publisher wrote."""
    outcome = parse(
        job.body,
        url=job.url,
        content_type=job.content_type,
        trust_charset=job.source.trust.charset,
        page=job.source.page,
    )
    if isinstance(outcome, ParseFailed):
        return outcome
    reading = read_document(outcome, job.source, window=job.window, rung=job.rung, now=job.now)
    reading = replace(reading, raws=tuple(compress(raw) for raw in reading.raws))
    return ReadFeed(feed=replace(outcome, entries=()), entries=len(outcome.entries), reading=reading)

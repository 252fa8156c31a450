"""What goes to the readers of documents and what comes back: values that cross from process to process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from aggregator.model.entry import ParsedFeed, ParseFailed
from aggregator.model.source import Source, WindowEntry

if TYPE_CHECKING:  # a sweep that brings nothing new never loads the rooms that read
    from aggregator.normalise.document import Reading


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
    backfill: bool = False
    """It is the source's first document: its entries are no news."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFeed:
    """A body that was read: the feed without its entries, their number, and the articles of those that changed."""

    feed: ParsedFeed
    entries: int
    reading: Reading
    """Its drafts hold only what is looked up by: the whole articles are in `records`, which cost a tenth to hand from
    process to process."""
    records: tuple[bytes, ...]
    """The drafts, packed for the store, in their order."""


ReadOutcome = ReadFeed | ParseFailed

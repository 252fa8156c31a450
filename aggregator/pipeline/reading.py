"""The processor's share of a poll, as one pure function of values: it runs here or in a process pool."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from aggregator.model.article import Article, Language, NewArticle, RevisedArticle
from aggregator.model.attribution import Attribution, Publisher
from aggregator.model.entry import ParsedFeed, ParseFailed
from aggregator.model.source import Source, WindowEntry
from aggregator.normalise.document import Reading, read_document
from aggregator.parse.document import parse
from aggregator.store.codec import compress, pack, unpack


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
    drafts = reading.drafts
    if job.backfill:
        drafts = tuple(replace(draft, backfill=True) for draft in drafts)
    return ReadFeed(
        feed=replace(outcome, entries=()),
        entries=len(outcome.entries),
        reading=replace(reading, drafts=tuple(map(_light, drafts)), raws=tuple(compress(raw) for raw in reading.raws)),
        records=tuple(pack(Article, draft) for draft in drafts),
    )


_NOBODY = Attribution(publisher=Publisher(title=""))


def _light(draft: Article) -> Article:
    """The article without its words, images and credits."""
    return Article(
        id=draft.id,
        source_id=draft.source_id,
        identity=draft.identity,
        url=draft.url,
        title=draft.title,
        summary="",
        content="",
        text="",
        language=Language(tag=draft.language.tag),
        published=draft.published,
        updated=draft.updated,
        first_seen=draft.first_seen,
        attribution=_NOBODY,
        content_hash=draft.content_hash,
        raw_hash=draft.raw_hash,
        backfill=draft.backfill,
    )


def completed(intent: NewArticle | RevisedArticle, draft: Article, record: bytes) -> NewArticle | RevisedArticle:
    """The intent with the whole article: its record as it is, or the article itself where a decision changed it."""
    if intent.article is draft:
        return replace(intent, record=record)
    decided = intent.article
    whole = replace(
        unpack(Article, record),
        id=decided.id,
        identity=decided.identity,
        published=decided.published,
        first_seen=decided.first_seen,
        revision=decided.revision,
        revised_at=decided.revised_at,
        backfill=decided.backfill,
    )
    return replace(intent, article=whole)

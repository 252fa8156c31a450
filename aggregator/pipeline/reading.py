"""The processor's share of a poll, as one pure function of values: it runs here or in a process pool."""

from __future__ import annotations

from dataclasses import replace

from aggregator.model.article import Article, Language
from aggregator.model.attribution import Attribution, Publisher
from aggregator.model.entry import ParseFailed
from aggregator.normalise.document import read_document
from aggregator.parse.document import parse
from aggregator.pipeline.jobs import ReadFeed, ReadJob, ReadOutcome
from aggregator.store.codec import compress, pack


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

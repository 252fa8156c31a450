"""What a document that was read changes in the store. Needs the store and the rules of identity; runs in the committer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from aggregator.model.article import (
    Article,
    ArticleIntent,
    KnownArticle,
    NewArticle,
    RevisedArticle,
    TouchedArticle,
)
from aggregator.model.ids import ArticleId, SourceId
from aggregator.model.page import PageFacts
from aggregator.normalise.revisions import decide, withdrawals
from aggregator.pipeline.jobs import ReadFeed
from aggregator.store.codec import unpack
from aggregator.store.store import Store


def intents_of(store: Store, source_id: SourceId, read: ReadFeed, now: datetime) -> tuple[ArticleIntent, ...]:
    """The intents that bring the store up to date with a document."""
    reading, tombstones = read.reading, read.feed.tombstones
    if not reading.drafts and not tombstones:
        return ()
    identities = [draft.identity for draft in reading.drafts]
    known = store.articles.known(
        source_id,
        [identity.key for identity in identities],
        [identity.guid for identity in identities if identity.guid] + [stone.ref for stone in tombstones],
        [identity.canonical_url for identity in identities if identity.canonical_url],
    )
    decided = decide(
        reading.drafts,
        known,
        now=now,
        raws=reading.raws,
        parser=reading.parser,
        live=reading.live,
    )
    completed = _with_pages(store, _completed(decided, read), known)
    return (*completed, *withdrawals(tombstones, known))


def _with_pages(store: Store, intents: Sequence[ArticleIntent], known: Sequence[KnownArticle]) -> list[ArticleIntent]:
    """Revisions keep what was read of the articles' own pages; one that then says nothing new is none."""
    pages = store.pages.facts(one.article.id for one in intents if isinstance(one, RevisedArticle))
    before = {one.id: one.content_hash for one in known} if pages else {}
    return [
        _with_page(one, pages[one.article.id], before)
        if isinstance(one, RevisedArticle) and one.article.id in pages
        else one
        for one in intents
    ]


def _with_page(intent: RevisedArticle, page: PageFacts, before: Mapping[ArticleId, str]) -> ArticleIntent:
    from aggregator.normalise.page import with_page  # only sources with full_text need it

    draft = unpack(Article, intent.record) if intent.record else intent.article
    whole = with_page(draft, page)
    if whole.content_hash == before.get(whole.id):
        return TouchedArticle(article_id=whole.id, raw_hash=whole.raw_hash)
    return replace(intent, article=whole, record=b"")


def _completed(intents: Sequence[ArticleIntent], read: ReadFeed) -> list[ArticleIntent]:
    """The intents with the whole articles: deciding looked at their heads only."""
    by_raw = {draft.raw_hash: (draft, record) for draft, record in zip(read.reading.drafts, read.records, strict=True)}
    return [
        _whole(intent, *by_raw[intent.article.raw_hash]) if isinstance(intent, NewArticle | RevisedArticle) else intent
        for intent in intents
    ]


def _whole(intent: NewArticle | RevisedArticle, draft: Article, record: bytes) -> NewArticle | RevisedArticle:
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

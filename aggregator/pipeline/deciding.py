"""What a document that was read changes in the store. Needs the store and the rules of identity; runs in the committer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from aggregator.model.article import Article, ArticleIntent, NewArticle, RevisedArticle
from aggregator.model.ids import SourceId
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
    return (*_completed(decided, read), *withdrawals(tombstones, known))


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

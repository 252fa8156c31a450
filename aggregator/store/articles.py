"""Articles as they are stored: looking them up, paging through them, taking them down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, Table, bindparam, func, or_, select, union_all

from aggregator.model.article import Article, KnownArticle, StoredArticle
from aggregator.model.ids import ArticleId, SourceId, StoryId
from aggregator.store import schema
from aggregator.store.codec import unpack, unpack_entry
from aggregator.store.database import Database
from aggregator.store.keys import column_key, column_keys
from aggregator.store.polls import bury
from aggregator.store.records import ArticleChange, RawEntry
from aggregator.store.times import to_instant, to_micros

_T = schema.articles.c
_G = schema.tombstones.c
_R = schema.revisions.c
_STORED = select(_T.sequence, _T.change, _T.story_id, _T.withdrawn, _T.record)
_KNOWN = select(
    _T.id,
    _T.key,
    _T.guid,
    _T.canonical_url,
    _T.url,
    _T.title,
    _T.content_hash,
    _T.raw_hash,
    _T.revision,
    _T.published,
    _T.first_seen,
    _T.withdrawn,
)
_BURIED = select(_G.article_id, _G.key, _G.guid, _G.canonical_url, _G.at)
_SOURCE: BindParameter[Any] = bindparam("source")
_WANTED: tuple[BindParameter[Any], ...] = tuple(bindparam(name, expanding=True) for name in ("keys", "guids", "urls"))


def _sharing(table: Table, row: ColumnElement[Any]) -> ColumnElement[bool]:
    # One search per index: with an OR of the three SQLite reads every article of the source.
    columns = (table.c.key, table.c.guid, table.c.canonical_url)
    searches = [
        select(row).where(table.c.source_id == _SOURCE, column.in_(wanted))
        for column, wanted in zip(columns, _WANTED, strict=True)
    ]
    return (table.c.source_id == _SOURCE) & row.in_(union_all(*searches))


_KNOWN_HERE = _KNOWN.where(_sharing(schema.articles, _T.sequence)).order_by(_T.sequence)
_BURIED_HERE = _BURIED.where(_sharing(schema.tombstones, _G.key)).order_by(_G.key)
_CHUNK = 500


class Articles:
    """Asked by the poll (`known`), the matcher (`since`), the publisher (`many`) and everything that shows articles."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(
        self,
        source_id: SourceId,
        keys: Iterable[str] = (),
        guids: Iterable[str] = (),
        canonical_urls: Iterable[str] = (),
    ) -> tuple[KnownArticle, ...]:
        """The articles of one source that share a key, a guid or a canonical url with these, in ingest order.

        Reads columns only. Ones that were taken down or pruned come last and are flagged `withdrawn`.
        """
        forms = (column_keys(keys), column_keys(guids), column_keys(canonical_urls))
        asked = {"source": source_id, **dict(zip(("keys", "guids", "urls"), map(list, forms), strict=True))}
        with self._database.read() as connection:
            found = connection.execute(_KNOWN_HERE, asked).all()
            buried = connection.execute(_BURIED_HERE, asked).all()
        known = [_known(row, forms) for row in found]
        present = {article.id for article in known}
        return (*known, *(_buried(row, forms) for row in buried if row.article_id not in present))

    def get(self, article_id: ArticleId) -> StoredArticle | None:
        return self._one(_STORED.where(_T.id == article_id))

    def many(self, article_ids: Iterable[ArticleId]) -> dict[ArticleId, StoredArticle]:
        """Those of these that are stored, by id."""
        wanted = list(dict.fromkeys(article_ids))
        found: list[StoredArticle] = []
        for start in range(0, len(wanted), _CHUNK):
            found += self._all(_STORED.where(_T.id.in_(wanted[start : start + _CHUNK])))
        return {stored.article.id: stored for stored in found}

    def by_url(self, url: str, canonical_url: str = "") -> tuple[StoredArticle, ...]:
        """Articles with this permalink as given, or with this canonical url; the newest first."""
        forms = [column_key(url)]
        canonical = [column_key(text) for text in (canonical_url, url) if text]
        clause = or_(_T.url.in_(forms), _T.canonical_url.in_(canonical))
        return self._all(_STORED.where(clause).order_by(_T.sequence.desc()))

    def find(self, text: str) -> tuple[StoredArticle, ...]:
        """Whatever an operator may paste: an article id, a url, a guid, or the published id of a story's item."""
        key = column_key(text)
        story = select(schema.stories.c.id).where(schema.stories.c.published_id == key)
        clause = or_(_T.id == text, _T.guid == key, _T.url == key, _T.canonical_url == key, _T.story_id.in_(story))
        return self._all(_STORED.where(clause).order_by(_T.sequence.desc())) if text else ()

    def page(
        self,
        *,
        source_ids: Sequence[SourceId] = (),
        languages: Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        title: str = "",
        withdrawn: bool | None = None,
        limit: int = 50,
        before_sequence: int | None = None,
    ) -> tuple[StoredArticle, ...]:
        """The newest stored first. `since` and `until` bound `Article.when`; `title` is a part of the title.

        The next page starts before the last `sequence` of this one.
        """
        clauses: list[ColumnElement[bool]] = []
        if source_ids:
            clauses.append(_T.source_id.in_(list(source_ids)))
        if languages:
            clauses.append(_T.language.in_(list(languages)))
        if since is not None:
            clauses.append(_T.sorted_at >= to_micros(since))
        if until is not None:
            clauses.append(_T.sorted_at < to_micros(until))
        if title:
            clauses.append(_T.title.icontains(title, autoescape=True))
        if withdrawn is not None:
            clauses.append(_T.withdrawn == withdrawn)
        if before_sequence is not None:
            clauses.append(_T.sequence < before_sequence)
        return self._all(_STORED.where(*clauses).order_by(_T.sequence.desc()).limit(limit))

    def since(self, sequence: int, limit: int) -> tuple[StoredArticle, ...]:
        """The next articles after a sequence in the order of ingestion: the matcher's queue."""
        return self._all(_STORED.where(_T.sequence > sequence).order_by(_T.sequence).limit(limit))

    def at_pages(self, canonical_urls: Iterable[str], up_to: int) -> tuple[StoredArticle, ...]:
        """The articles under these keys, of whatever source, up to a sequence, in the order of ingestion."""
        wanted = list(column_keys(canonical_urls))
        found: list[StoredArticle] = []
        for start in range(0, len(wanted), _CHUNK):
            chosen = _T.canonical_url.in_(wanted[start : start + _CHUNK])
            found += self._all(_STORED.where(chosen, _T.sequence <= up_to))
        return tuple(sorted(found, key=lambda stored: stored.sequence))

    def changed_since(self, change: int, limit: int) -> tuple[StoredArticle, ...]:
        """The next articles that were stored, revised or withdrawn after a change, in that order."""
        return self._all(_STORED.where(_T.change > change).order_by(_T.change).limit(limit))

    def changes(self, change: int, limit: int) -> tuple[ArticleChange, ...]:
        """What `changed_since` reads, without the articles."""
        columns = select(_T.change, _T.id, _T.story_id, _T.withdrawn)
        with self._database.read() as connection:
            rows = connection.execute(columns.where(_T.change > change).order_by(_T.change).limit(limit)).all()
        return tuple(
            ArticleChange(change=row.change, article_id=row.id, story_id=row.story_id, withdrawn=row.withdrawn)
            for row in rows
        )

    def between(
        self, since: datetime, until: datetime, source_ids: Sequence[SourceId] = ()
    ) -> Iterator[tuple[StoredArticle, ...]]:
        """Articles whose `when` lies in a span, in batches in ingest order."""
        clauses = [_T.sorted_at >= to_micros(since), _T.sorted_at < to_micros(until)]
        if source_ids:
            clauses.append(_T.source_id.in_(list(source_ids)))
        return self._batches(_CHUNK, 0, *clauses)

    def iterate(self, after_sequence: int = 0, batch: int = _CHUNK) -> Iterator[tuple[StoredArticle, ...]]:
        """Everything stored after a sequence, in batches in ingest order; holds one batch at a time."""
        return self._batches(batch, after_sequence)

    def of_story(self, story_id: StoryId) -> tuple[StoredArticle, ...]:
        """The members of a story, in the order of ingestion."""
        return self._all(_STORED.where(_T.story_id == story_id).order_by(_T.sequence))

    def last_sequence(self) -> int:
        with self._database.read() as connection:
            return connection.scalar(select(func.max(_T.sequence))) or 0

    def raw(self, article_id: ArticleId, revision: int | None = None) -> RawEntry | None:
        """The entry of a revision as published; None for `revision`: the current one."""
        current = select(_T.revision, _T.parser, _T.raw).where(_T.id == article_id)
        with self._database.read() as connection:
            row = connection.execute(current).one_or_none()
            if revision is not None and (row is None or row.revision != revision):
                old = select(_R.revision, _R.parser, _R.raw)
                row = connection.execute(old.where(_R.article_id == article_id, _R.revision == revision)).one_or_none()
        if row is None:
            return None
        return RawEntry(article_id=article_id, revision=row.revision, entry=unpack_entry(row.raw), parser=row.parser)

    def revisions(self, article_id: ArticleId) -> tuple[Article, ...]:
        """Every revision, oldest first, the current one last."""
        old = select(_R.record).where(_R.article_id == article_id).order_by(_R.revision)
        with self._database.read() as connection:
            records = [*connection.scalars(old), *connection.scalars(select(_T.record).where(_T.id == article_id))]
        return tuple(unpack(Article, record) for record in records)

    def withdraw(self, article_id: ArticleId, reason: str, at: datetime) -> bool:
        """Take an article down for good: it stays for the audit, is flagged, and never comes back. False: unknown."""
        with self._database.write() as connection:
            return bool(bury(self._database, connection, [(article_id, reason)], at))

    def withdrawals(self, limit: int = 1000) -> tuple[tuple[ArticleId, datetime, str], ...]:
        """(article, when, reason) of the latest withdrawals, newest first."""
        statement = select(_G.article_id, _G.at, _G.reason).where(_G.expires.is_(None))
        with self._database.read() as connection:
            rows = connection.execute(statement.order_by(_G.at.desc(), _G.article_id).limit(limit)).all()
        return tuple((ArticleId(row.article_id), to_instant(row.at), row.reason) for row in rows)

    def counts(self) -> dict[SourceId, int]:
        """Articles that are not withdrawn, by source."""
        statement = select(_T.source_id, func.count().label("n")).where(~_T.withdrawn).group_by(_T.source_id)
        with self._database.read() as connection:
            return {SourceId(row.source_id): row.n for row in connection.execute(statement)}

    def _batches(
        self, batch: int, after_sequence: int, *clauses: ColumnElement[bool]
    ) -> Iterator[tuple[StoredArticle, ...]]:
        while found := self._all(
            _STORED.where(_T.sequence > after_sequence, *clauses).order_by(_T.sequence).limit(batch)
        ):
            yield found
            after_sequence = found[-1].sequence

    def _one(self, statement: Select[Any]) -> StoredArticle | None:
        return next(iter(self._all(statement)), None)

    def _all(self, statement: Select[Any]) -> tuple[StoredArticle, ...]:
        with self._database.read() as connection:
            rows = connection.execute(statement).all()
        return tuple(_stored(row) for row in rows)


def _stored(row: Any) -> StoredArticle:
    return StoredArticle(
        article=unpack(Article, row.record),
        sequence=row.sequence,
        story_id=row.story_id,
        withdrawn=row.withdrawn,
        change=row.change,
    )


Forms = tuple[dict[str, str], dict[str, str], dict[str, str]]


def _known(row: Any, forms: Forms) -> KnownArticle:
    keys, guids, urls = forms
    return KnownArticle(
        id=ArticleId(row.id),
        key=keys.get(row.key, row.key),
        guid=guids.get(row.guid, row.guid),
        canonical_url=urls.get(row.canonical_url, row.canonical_url),
        url=row.url,
        title=row.title,
        content_hash=row.content_hash,
        raw_hash=row.raw_hash,
        revision=row.revision,
        published=to_instant(row.published),
        first_seen=to_instant(row.first_seen),
        withdrawn=row.withdrawn,
    )


def _buried(row: Any, forms: Forms) -> KnownArticle:
    keys, guids, urls = forms
    return KnownArticle(
        id=ArticleId(row.article_id),
        key=keys.get(row.key, row.key),
        guid=guids.get(row.guid, row.guid),
        canonical_url=urls.get(row.canonical_url, row.canonical_url),
        first_seen=to_instant(row.at),
        withdrawn=True,
    )

"""One poll, one transaction: the source's state, its articles and its due time commit together or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, assert_never

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Connection,
    Text,
    bindparam,
    insert,
    literal,
    select,
    union_all,
    update,
)

from aggregator.model.article import (
    Article,
    ArticleIntent,
    NewArticle,
    RevisedArticle,
    TouchedArticle,
    WithdrawnByPublisher,
)
from aggregator.model.ids import ArticleId
from aggregator.model.source import SourceState
from aggregator.store import schema
from aggregator.store.codec import pack
from aggregator.store.database import Database
from aggregator.store.keys import column_key, column_text
from aggregator.store.records import Poll, PollResult
from aggregator.store.states import finish_state
from aggregator.store.times import to_micros

_T = schema.articles.c
_G = schema.tombstones.c
_C = schema.counters.c
_R = schema.revisions
_REVISED = tuple(
    column.name
    for column in schema.articles.columns
    if column.name not in {"sequence", "id", "source_id", "story_id", "withdrawn", "backfill", "first_seen"}
)
_REPLACE = (
    update(schema.articles).where(_T.id == bindparam("of_article")).values({name: bindparam(name) for name in _REVISED})
)
_TOUCH = update(schema.articles).where(_T.id == bindparam("of_article")).values(raw_hash=bindparam("new_hash"))
_KEEP = insert(_R).from_select(
    ["article_id", "revision", "at", "parser", "record", "raw"],
    select(_T.id, _T.revision, bindparam("revised_at", type_=BigInteger), _T.parser, _T.record, _T.raw).where(
        _T.id == bindparam("of_article")
    ),
)

_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_SOURCES: BindParameter[Any] = bindparam("sources", expanding=True)
_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
_TAKEN = union_all(
    select(_T.id, _T.source_id, _T.key).where(_T.id.in_(_IDS)),
    select(_T.id, _T.source_id, _T.key).where(_T.source_id.in_(_SOURCES), _T.key.in_(_KEYS)),
    select(_G.article_id, _G.source_id, _G.key).where(_G.source_id.in_(_SOURCES), _G.key.in_(_KEYS)),
)
_INSERT = insert(schema.articles)
_TAKE = (
    update(schema.counters)
    .where(_C.name == bindparam("counter"))
    .values(value=_C.value + bindparam("count"))
    .returning(_C.value)
)


class Polls:
    """Called by the pipeline at the end of each poll."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def commit(
        self, state: SourceState, intents: Iterable[ArticleIntent], *, now: datetime, owner: str | None = None
    ) -> PollResult:
        """Carry out one poll; see `commit_all`."""
        return self.commit_all([Poll(state=state, intents=tuple(intents), owner=owner)], now=now)[0]

    def commit_all(self, polls: Sequence[Poll], *, now: datetime) -> list[PollResult]:
        """Carry out several polls in one transaction, in their order; all of them commit or none.

        Each saves its state and ends its lease; new articles get the next sequences; of revised ones the revision
        before is kept with its raw entry. An article whose id, or whose key within its source, is stored already or
        is buried is not stored again.
        """
        with self._database.write() as connection:
            return [_commit(self._database, connection, poll, now) for poll in polls]

    def add(self, intents: Sequence[NewArticle | RevisedArticle], *, now: datetime) -> int:
        """Store articles that no poll brought, as an archive's; returns how many were new or revised."""
        with self._database.write() as connection:
            new = _insert(self._database, connection, [one for one in intents if isinstance(one, NewArticle)])
            revised = [one for one in intents if isinstance(one, RevisedArticle)]
            return len(new) + len(_replace(self._database, connection, revised, now))

    def revise(self, revised: RevisedArticle, *, now: datetime) -> bool:
        """Store a revision that no poll brought. False: there is no such article any more."""
        with self._database.write() as connection:
            return bool(_replace(self._database, connection, [revised], now))


def _commit(database: Database, connection: Connection, poll: Poll, now: datetime) -> PollResult:
    if not finish_state(database, connection, poll.state, poll.owner):
        return PollResult(source_id=poll.state.source_id, stale=True)
    new: list[NewArticle] = []
    revised: list[RevisedArticle] = []
    touched: list[TouchedArticle] = []
    gone: list[tuple[ArticleId, str]] = []
    for intent in poll.intents:
        match intent:
            case NewArticle():
                new.append(intent)
            case RevisedArticle():
                revised.append(intent)
            case TouchedArticle():
                touched.append(intent)
            case WithdrawnByPublisher():
                gone.append((intent.article_id, intent.reason))
            case _:
                assert_never(intent)
    return PollResult(
        source_id=poll.state.source_id,
        new=_insert(database, connection, new),
        revised=_replace(database, connection, revised, now),
        touched=_touch(connection, touched),
        withdrawn=bury(database, connection, gone, now),
    )


def _insert(database: Database, connection: Connection, new: Sequence[NewArticle]) -> tuple[ArticleId, ...]:
    fresh = _fresh(connection, new)
    if not fresh:
        return ()
    sequence = take(database, connection, "sequence", len(fresh))
    change = take(database, connection, "change", len(fresh))
    rows = []
    for place, intent in enumerate(fresh):
        row = _row(intent)
        row["sequence"] = sequence + place
        row["change"] = change + place
        row["withdrawn"] = False
        row["story_id"] = None
        rows.append(row)
    connection.execute(_INSERT, rows)
    return tuple(intent.article.id for intent in fresh)


def _fresh(connection: Connection, new: Sequence[NewArticle]) -> list[NewArticle]:
    """Those that are not stored or buried: another poll may have been quicker, or the document says a thing twice."""
    keyed = {(intent.article.source_id, column_key(intent.article.identity.key)): intent for intent in reversed(new)}
    by_id = {intent.article.id: (place, intent) for place, intent in reversed(keyed.items())}
    if not by_id:
        return []
    asked = {
        "ids": list(by_id),
        "sources": list({source_id for source_id, _ in keyed}),
        "keys": [key for _, key in keyed],
    }
    taken = connection.execute(_TAKEN, asked).all()
    ids = {row.id for row in taken}
    places = {(row.source_id, row.key) for row in taken}
    return [intent for name, (place, intent) in by_id.items() if name not in ids and place not in places]


def _replace(
    database: Database, connection: Connection, revised: Sequence[RevisedArticle], now: datetime
) -> tuple[ArticleId, ...]:
    if not revised:
        return ()
    change = take(database, connection, "change", len(revised))
    done = []
    for place, intent in enumerate(revised):
        connection.execute(_KEEP, {"of_article": intent.article.id, "revised_at": to_micros(now)})
        row = {name: value for name, value in _row(intent).items() if name in _REVISED}
        row["of_article"] = intent.article.id
        row["change"] = change + place
        if connection.execute(_REPLACE, row).rowcount:
            done.append(intent.article.id)
    return tuple(done)


def _touch(connection: Connection, touched: Sequence[TouchedArticle]) -> int:
    if touched:
        rows = [{"of_article": intent.article_id, "new_hash": intent.raw_hash} for intent in touched]
        connection.execute(_TOUCH, rows)
    return len(touched)


def bury(
    database: Database, connection: Connection, gone: Sequence[tuple[ArticleId, str]], at: datetime
) -> tuple[ArticleId, ...]:
    """Flag articles as withdrawn and set their tombstones, which never expire. Returns those not withdrawn before."""
    reasons = dict(gone)
    if not reasons:
        return ()
    asked = select(_T.id).where(_T.id.in_(list(reasons)), ~_T.withdrawn).order_by(_T.sequence)
    found = list(connection.scalars(asked))
    change = take(database, connection, "change", len(found)) if found else 0
    for place, article_id in enumerate(found):
        connection.execute(
            update(schema.articles).where(_T.id == article_id).values(withdrawn=True, change=change + place)
        )
        _set_tombstone(database, connection, article_id, reasons[article_id], at)
    return tuple(found)


def _set_tombstone(database: Database, connection: Connection, article_id: str, reason: str, at: datetime) -> None:
    columns = ["source_id", "key", "article_id", "guid", "canonical_url", "at", "reason"]
    row = select(
        _T.source_id,
        _T.key,
        _T.id,
        _T.guid,
        _T.canonical_url,
        literal(to_micros(at), BigInteger),
        literal(reason, Text),
    ).where(_T.id == article_id)
    statement = database.insert(schema.tombstones).from_select(columns, row)
    connection.execute(statement.on_conflict_do_nothing())


def take(database: Database, connection: Connection, name: str, count: int) -> int:
    """The first of the next `count` numbers of a counter.

    The counter's row stays locked until the transaction ends: numbers become visible in their order and without
    gaps, also on PostgreSQL, where a sequence would promise neither.
    """
    last: int | None = connection.scalar(_TAKE, {"counter": name, "count": count})
    if last is None:
        statement = database.insert(schema.counters).on_conflict_do_nothing()
        connection.execute(statement, {"name": name, "value": 0})
        last = connection.execute(_TAKE, {"counter": name, "count": count}).scalar_one()
    return last - count + 1


def _row(intent: NewArticle | RevisedArticle) -> dict[str, Any]:
    article = intent.article
    identity = article.identity
    return {
        "id": article.id,
        "source_id": article.source_id,
        "key": column_key(identity.key),
        "guid": column_key(identity.guid),
        "origin": column_key(identity.origin),
        "canonical_url": column_key(identity.canonical_url),
        "url": column_key(article.url),
        "title": column_text(article.title),
        "language": article.language.tag,
        "published": to_micros(article.published.instant) if article.published else None,
        "updated": to_micros(article.updated.instant) if article.updated else None,
        "first_seen": to_micros(article.first_seen),
        "sorted_at": to_micros(article.when),
        "revision": article.revision,
        "content_hash": article.content_hash,
        "raw_hash": article.raw_hash,
        "backfill": article.backfill,
        "parser": intent.parser,
        "record": intent.record or pack(Article, article),
        "raw": intent.raw,
    }

"""Letting go of what nobody needs any more."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, ColumnElement, Connection, Table, Text, delete, exists, literal, or_, select

from aggregator.model.config import StorageSettings
from aggregator.model.topic import SelectionState
from aggregator.store import schema
from aggregator.store.database import Database
from aggregator.store.records import Pruned
from aggregator.store.times import EPOCH, to_micros

BATCH = 2000
"""Articles let go in one transaction, so that polls wait for a moment only."""
DEDUPE_DAYS = 45
"""Segments older than this lie beyond every window of the matcher."""

_A = schema.articles.c
_S = schema.selections.c
_T = schema.stories.c
_HELD = (SelectionState.LISTED.value, SelectionState.PENDING.value)


def prune(database: Database, now: datetime, settings: StorageSettings) -> Pruned:
    """Let go of old articles, rejections, keys, segments and tombstones.

    An article goes when it was both published and first seen more than `keep_days` ago and no topic lists its story
    or holds it for approval; it leaves a tombstone for as long again, so that a source that still carries it brings
    nothing back. A story that was published keeps its id, so it stays.
    """
    kept = to_micros(now - timedelta(days=settings.keep_days))
    articles = 0
    while gone := _prune_articles(database, now, settings.keep_days):
        articles += gone
    with database.write() as connection:
        changes = schema.selection_changes
        connection.execute(delete(changes).where(changes.c.at < kept))
        return Pruned(
            articles=articles,
            selections=_prune_selections(connection, now, settings),
            exact_keys=_delete(connection, schema.exact_keys, schema.exact_keys.c.expires <= to_micros(now)),
            segments=_delete(
                connection, schema.dedupe_segments, schema.dedupe_segments.c.day < (now - EPOCH).days - DEDUPE_DAYS
            ),
            tombstones=_delete(connection, schema.tombstones, schema.tombstones.c.expires <= to_micros(now)),
            stories=_delete(connection, schema.stories, _is_forgotten(kept)),
        )


def _prune_articles(database: Database, now: datetime, keep_days: int) -> int:
    before = to_micros(now - timedelta(days=keep_days))
    held = exists().where(_S.story_id == _A.story_id, _S.state.in_(_HELD))
    old = select(_A.id).where(_A.sorted_at < before, _A.first_seen < before, ~held)
    with database.write() as connection:
        ids = list(connection.scalars(old.order_by(_A.sorted_at).limit(BATCH)))
        if not ids:
            return 0
        _leave_tombstones(database, connection, ids, now, now + timedelta(days=keep_days))
        edges, members = schema.edges.c, schema.story_members.c
        connection.execute(delete(schema.edges).where(or_(edges.article_id.in_(ids), edges.other_id.in_(ids))))
        connection.execute(delete(schema.story_members).where(members.article_id.in_(ids)))
        connection.execute(delete(schema.revisions).where(schema.revisions.c.article_id.in_(ids)))
        connection.execute(delete(schema.pages).where(schema.pages.c.article_id.in_(ids)))
        return connection.execute(delete(schema.articles).where(_A.id.in_(ids))).rowcount


def _leave_tombstones(
    database: Database, connection: Connection, ids: list[str], now: datetime, expires: datetime
) -> None:
    columns = ["source_id", "key", "article_id", "guid", "canonical_url", "at", "reason", "expires"]
    rows = select(
        _A.source_id,
        _A.key,
        _A.id,
        _A.guid,
        _A.canonical_url,
        literal(to_micros(now), BigInteger),
        literal("pruned", Text),
        literal(to_micros(expires), BigInteger),
    ).where(_A.id.in_(ids))
    connection.execute(database.insert(schema.tombstones).from_select(columns, rows).on_conflict_do_nothing())


def _prune_selections(connection: Connection, now: datetime, settings: StorageSettings) -> int:
    rejected = _S.state == SelectionState.REJECTED.value
    short = to_micros(now - timedelta(days=settings.keep_rejections_days))
    long = to_micros(now - timedelta(days=settings.keep_days))
    gone = _delete(connection, schema.selections, rejected & (_S.decided_at < short))
    return gone + _delete(connection, schema.selections, _S.state.not_in(_HELD) & ~rejected & (_S.decided_at < long))


def _is_forgotten(before: int) -> ColumnElement[bool]:
    has_member = exists().where(schema.story_members.c.story_id == _T.id)
    selected = exists().where(_S.story_id == _T.id)
    return _T.published_id.is_(None) & (_T.changed_at < before) & ~has_member & ~selected


def _delete(connection: Connection, table: Table, clause: ColumnElement[bool]) -> int:
    return connection.execute(delete(table).where(clause)).rowcount

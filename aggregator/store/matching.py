"""What the matcher keeps between batches, and its lease: one matcher at a time, in the order of ingestion."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, or_, select, update

from aggregator.model.ids import ArticleId, StoryId
from aggregator.store import schema
from aggregator.store.database import Database
from aggregator.store.keys import column_key
from aggregator.store.records import ExactKey, MatchBatch, Segment
from aggregator.store.stories import save_stories
from aggregator.store.times import to_instant, to_micros

_T = schema.matcher.c
_X = schema.exact_keys.c
_S = schema.dedupe_segments.c
_B = schema.match_batches.c
_CHUNK = 500
_NAME = "matcher"


class Matching:
    """Asked by the pipeline's match step alone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def acquire(self, owner: str, now: datetime, seconds: float) -> bool:
        """Take or renew the matcher's lease. False: another holds it."""
        until = to_micros(now + timedelta(seconds=seconds))
        free = or_(_T.owner.is_(None), _T.owner == owner, _T.until <= to_micros(now))
        with self._database.write() as connection:
            self._ensure(connection)
            statement = update(schema.matcher).where(_T.name == _NAME, free).values(owner=owner, until=until)
            return connection.execute(statement).rowcount > 0

    def holder(self, now: datetime) -> str | None:
        """Who holds the lease at `now`; None: nobody."""
        with self._database.read() as connection:
            return connection.scalar(select(_T.owner).where(_T.name == _NAME, _T.until > to_micros(now)))

    def release(self, owner: str) -> None:
        """Give the lease back, if it is still ours."""
        statement = update(schema.matcher).where(_T.name == _NAME, _T.owner == owner).values(owner=None, until=None)
        with self._database.write() as connection:
            connection.execute(statement)

    def last_sequence(self) -> int:
        """The sequence of the last article that was matched; 0 before the first."""
        with self._database.read() as connection:
            return connection.scalar(select(_T.last_sequence).where(_T.name == _NAME)) or 0

    def save(self, batch: MatchBatch, *, now: datetime, owner: str | None = None) -> bool:
        """Commit one batch whole: stories, members, edges, keys, segments and the place in the queue.

        False, and nothing is written, when `owner` is given and does not hold the lease any more, or when the batch
        does not follow the last one.
        """
        with self._database.write() as connection:
            self._ensure(connection)
            if not self._advance(connection, batch, owner):
                return False
            save_stories(self._database, connection, batch.stories)
            self._absorb(connection, batch.absorbed)
            self._save_edges(connection, batch)
            self._save_keys(connection, batch.exact_keys)
            self._append(connection, batch.segments)
            if batch.last_sequence >= batch.first_sequence:
                self._note_bounds(connection, batch, now)
        return True

    def exact(self, kind: str, keys: Iterable[str]) -> tuple[ExactKey, ...]:
        """The entries under these keys of one kind, expired or not."""
        wanted = {column_key(key): key for key in keys if key}
        forms = list(wanted)
        found: list[ExactKey] = []
        with self._database.read() as connection:
            for start in range(0, len(forms), _CHUNK):
                chosen = select(schema.exact_keys).where(_X.kind == kind, _X.key.in_(forms[start : start + _CHUNK]))
                rows = connection.execute(chosen.order_by(_X.key, _X.article_id))
                found += [_exact(row.kind, wanted[row.key], row.article_id, row.story_id, row.expires) for row in rows]
        return tuple(found)

    def exact_all(self, now: datetime, batch: int = 10_000) -> Iterator[tuple[ExactKey, ...]]:
        """Every entry that has not expired, in batches; keys of more than 500 characters come as head and hash."""
        place = ("", "", "")
        while True:
            after = or_(
                _X.kind > place[0],
                (_X.kind == place[0]) & (_X.key > place[1]),
                (_X.kind == place[0]) & (_X.key == place[1]) & (_X.article_id > place[2]),
            )
            statement = select(schema.exact_keys).where(_X.expires > to_micros(now), after)
            with self._database.read() as connection:
                rows = connection.execute(statement.order_by(_X.kind, _X.key, _X.article_id).limit(batch)).all()
            if not rows:
                return
            yield tuple(_exact(row.kind, row.key, row.article_id, row.story_id, row.expires) for row in rows)
            place = (rows[-1].kind, rows[-1].key, rows[-1].article_id)

    def segments(self, since_day: int = 0) -> Iterator[Segment]:
        """The segments of a day and later, in the order appended; one is read at a time."""
        last = 0
        while True:
            statement = select(schema.dedupe_segments).where(_S.day >= since_day, _S.id > last).order_by(_S.id)
            with self._database.read() as connection:
                row = connection.execute(statement.limit(1)).one_or_none()
            if row is None:
                return
            last = row.id
            yield Segment(
                id=row.id,
                day=row.day,
                first_sequence=row.first_sequence,
                last_sequence=row.last_sequence,
                items=row.items,
                data=row.data,
            )

    def merge_segments(self, ids: Sequence[int], merged: Segment) -> None:
        """Replace several small segments by one that holds the same items."""
        with self._database.write() as connection:
            connection.execute(delete(schema.dedupe_segments).where(_S.id.in_(list(ids))))
            self._append(connection, [merged])

    def bounds(self) -> tuple[tuple[int, int], ...]:
        """(first, last) sequence of each batch since the last `reset`: replays use the same ones."""
        with self._database.read() as connection:
            rows = connection.execute(select(_B.first_sequence, _B.last_sequence).order_by(_B.last_sequence)).all()
        return tuple((row.first_sequence, row.last_sequence) for row in rows)

    def next_bound(self, after: int) -> int | None:
        """The last sequence of the recorded batch that follows a sequence; None where none was recorded."""
        with self._database.read() as connection:
            bound: int | None = connection.scalar(select(func.min(_B.last_sequence)).where(_B.last_sequence > after))
        return bound

    def reset(self) -> None:
        """Forget what the matcher has derived, for a replay from the start.

        Stories stay with their published ids until they are saved again; verdicts stay; the recorded bounds stay.
        """
        with self._database.write() as connection:
            self._ensure(connection)
            for table in (schema.edges, schema.exact_keys, schema.dedupe_segments, schema.story_members):
                connection.execute(delete(table))
            connection.execute(update(schema.articles).values(story_id=None))
            connection.execute(update(schema.matcher).values(last_sequence=0))

    def _ensure(self, connection: Connection) -> None:
        statement = self._database.insert(schema.matcher).on_conflict_do_nothing()
        connection.execute(statement, {"name": _NAME, "owner": None, "until": None, "last_sequence": 0})

    def _advance(self, connection: Connection, batch: MatchBatch, owner: str | None) -> bool:
        statement = update(schema.matcher).where(_T.name == _NAME, _T.last_sequence < batch.first_sequence)
        if owner is not None:
            statement = statement.where(_T.owner == owner)
        return connection.execute(statement.values(last_sequence=batch.last_sequence)).rowcount > 0

    def absorb(self, absorbed: Sequence[tuple[StoryId, StoryId]]) -> None:
        """Note which stories ended in which others, outside of a batch: by an operator's word."""
        with self._database.write() as connection:
            self._absorb(connection, absorbed)

    def _absorb(self, connection: Connection, absorbed: Sequence[tuple[StoryId, StoryId]]) -> None:
        for ended, heir in absorbed:
            statement = update(schema.stories).where(schema.stories.c.id == ended).values(absorbed_by=heir)
            connection.execute(statement)
            connection.execute(update(schema.exact_keys).where(_X.story_id == ended).values(story_id=heir))

    def _save_edges(self, connection: Connection, batch: MatchBatch) -> None:
        rows = [
            {
                "article_id": edge.article_id,
                "other_id": edge.other_id,
                "tie": edge.tie.value,
                "rule": edge.rule,
                "scores": json.dumps(edge.scores),
                "version": edge.version,
            }
            for edge in batch.edges
        ]
        if rows:
            connection.execute(self._database.upsert(schema.edges), rows)

    def _save_keys(self, connection: Connection, keys: Sequence[ExactKey]) -> None:
        rows = [
            {
                "kind": key.kind,
                "key": column_key(key.key),
                "article_id": key.article_id,
                "story_id": key.story_id,
                "expires": to_micros(key.expires),
            }
            for key in keys
        ]
        if rows:
            connection.execute(self._database.upsert(schema.exact_keys), rows)

    def _append(self, connection: Connection, segments: Sequence[Segment]) -> None:
        names = ("day", "first_sequence", "last_sequence", "items", "data")
        rows = [{name: getattr(segment, name) for name in names} for segment in segments]
        if rows:
            connection.execute(schema.dedupe_segments.insert(), rows)

    def _note_bounds(self, connection: Connection, batch: MatchBatch, now: datetime) -> None:
        row = {
            "first_sequence": batch.first_sequence,
            "last_sequence": batch.last_sequence,
            "at": to_micros(now),
        }
        connection.execute(self._database.upsert(schema.match_batches), row)


def _exact(kind: str, key: str, article_id: str, story_id: str, expires: int) -> ExactKey:
    return ExactKey(
        kind=kind,
        key=key,
        article_id=ArticleId(article_id),
        story_id=StoryId(story_id),
        expires=to_instant(expires),
    )

"""The editors' acts: an audit log that only grows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, or_, select, update

from aggregator.model.ids import StoryId, TopicSlug
from aggregator.model.topic import Override, OverrideKind
from aggregator.store import schema
from aggregator.store.codec import pack, unpack
from aggregator.store.database import Database
from aggregator.store.times import to_micros

_T = schema.overrides.c


class Overrides:
    """Written by `curate` commands and the dashboard; read by curation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, override: Override) -> Override:
        """Log an act. Returns it with the id it was given; the one it came with is ignored."""
        with self._database.write() as connection:
            return self._append(connection, override)

    def get(self, override_id: int) -> Override | None:
        with self._database.read() as connection:
            row = connection.execute(_ROWS.where(_T.id == override_id)).one_or_none()
        return None if row is None else _override(row.id, row.undone_by, row.record)

    def log(
        self, *, topic: TopicSlug | None = None, story_id: StoryId | None = None, limit: int = 100
    ) -> tuple[Override, ...]:
        """The latest acts, newest first, undone ones and undoings included."""
        statement = _ROWS
        if topic is not None:
            statement = statement.where(_T.topic == topic)
        if story_id is not None:
            statement = statement.where(_T.story_id == story_id)
        with self._database.read() as connection:
            rows = connection.execute(statement.order_by(_T.id.desc()).limit(limit)).all()
        return tuple(_override(row.id, row.undone_by, row.record) for row in rows)

    def active(self, now: datetime, topic: TopicSlug | None = None) -> tuple[Override, ...]:
        """The acts in force, oldest first: neither undone nor past their `until`.

        With a topic: those on that topic and those on no topic in particular.
        """
        statement = _ROWS.where(
            _T.undone_by.is_(None),
            _T.kind != OverrideKind.UNDO.value,
            or_(_T.until.is_(None), _T.until > to_micros(now)),
        )
        if topic is not None:
            statement = statement.where(or_(_T.topic == topic, _T.topic.is_(None)))
        with self._database.read() as connection:
            rows = connection.execute(statement.order_by(_T.id)).all()
        return tuple(_override(row.id, row.undone_by, row.record) for row in rows)

    def undo(self, override_id: int, *, who: str, at: datetime, why: str) -> Override | None:
        """Log that an act is taken back. None: there is none of that id, or it is undone already."""
        with self._database.write() as connection:
            row = connection.execute(_ROWS.where(_T.id == override_id, _T.undone_by.is_(None))).one_or_none()
            if row is None:
                return None
            undone = _override(row.id, None, row.record)
            values = (("undoes", str(override_id)),)
            act = replace(undone, kind=OverrideKind.UNDO, who=who, at=at, why=why, until=None, values=values)
            act = self._append(connection, act)
            connection.execute(update(schema.overrides).where(_T.id == override_id).values(undone_by=act.id))
        return act

    def rename_topic(self, former: TopicSlug, slug: TopicSlug) -> int:
        """Let the acts on a topic stand for its new slug; the log says the new name for the old ones too."""
        with self._database.write() as connection:
            rows = connection.execute(_ROWS.where(_T.topic == former)).all()
            for row in rows:
                record = pack(Override, replace(unpack(Override, row.record), topic=slug))
                statement = update(schema.overrides).where(_T.id == row.id)
                connection.execute(statement.values(topic=slug, record=record))
        return len(rows)

    def _append(self, connection: Connection, override: Override) -> Override:
        row = {
            "kind": override.kind.value,
            "topic": override.topic,
            "article_id": override.article_id,
            "story_id": override.story_id,
            "at": to_micros(override.at),
            "until": to_micros(override.until),
            "undone_by": None,
            "record": pack(Override, override),
        }
        number: int = connection.execute(schema.overrides.insert().returning(_T.id), row).scalar_one()
        return replace(override, id=number, undone_by=None)


_ROWS = select(_T.id, _T.undone_by, _T.record)


def _override(number: int, undone_by: int | None, record: bytes) -> Override:
    return replace(unpack(Override, record), id=number, undone_by=undone_by)

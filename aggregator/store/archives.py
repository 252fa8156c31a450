"""Archive documents of sources (RFC 5005): which are to be read, and which were."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from aggregator.model.ids import SourceId
from aggregator.store import schema
from aggregator.store.database import Database
from aggregator.store.keys import column_key
from aggregator.store.records import ArchiveRecord, ArchiveState
from aggregator.store.times import to_instant, to_micros

_A = schema.archives.c


class Archives:
    """Asked by the pipeline's walk through the histories of sources."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def offer(self, source_id: SourceId, url: str, now: datetime) -> bool:
        """Ask for an archive to be read. False: it is known, read or not, and is never asked for again."""
        row = {
            "source_id": source_id,
            "key": column_key(url),
            "url": url,
            "state": ArchiveState.DUE.value,
            "at": to_micros(now),
            "due": to_micros(now),
            "tries": 0,
            "entries": 0,
            "reason": "",
        }
        statement = self._database.insert(schema.archives).on_conflict_do_nothing()
        with self._database.write() as connection:
            return connection.execute(statement, row).rowcount > 0

    def due(self, sources: Sequence[SourceId], now: datetime, limit: int) -> tuple[ArchiveRecord, ...]:
        """What is to be read now, the longest waiting first."""
        wanted = _A.source_id.in_(list(sources)), _A.state == ArchiveState.DUE.value, _A.due <= to_micros(now)
        statement = select(schema.archives).where(*wanted).order_by(_A.due, _A.source_id, _A.key).limit(limit)
        with self._database.read() as connection:
            return tuple(_record(row) for row in connection.execute(statement))

    def of(self, source_id: SourceId) -> tuple[ArchiveRecord, ...]:
        """All that is known of a source's archives, in the order they were come upon."""
        statement = select(schema.archives).where(_A.source_id == source_id).order_by(_A.at, _A.key)
        with self._database.read() as connection:
            return tuple(_record(row) for row in connection.execute(statement))

    def count(self, source_id: SourceId) -> int:
        with self._database.read() as connection:
            return connection.scalar(select(func.count()).where(_A.source_id == source_id)) or 0

    def note(self, record: ArchiveRecord) -> None:
        """Keep how it went."""
        row = {
            "source_id": record.source_id,
            "key": column_key(record.url),
            "url": record.url,
            "state": record.state.value,
            "at": to_micros(record.at),
            "due": to_micros(record.due),
            "tries": record.tries,
            "entries": record.entries,
            "reason": record.reason,
        }
        with self._database.write() as connection:
            connection.execute(self._database.upsert(schema.archives), row)


def _record(row: object) -> ArchiveRecord:
    values = row._mapping  # type: ignore[attr-defined]  # noqa: SLF001  SQLAlchemy's name for it
    return ArchiveRecord(
        source_id=SourceId(values["source_id"]),
        url=values["url"],
        state=ArchiveState(values["state"]),
        at=to_instant(values["at"]),
        due=to_instant(values["due"]),
        tries=values["tries"],
        entries=values["entries"],
        reason=values["reason"],
    )

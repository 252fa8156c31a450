"""Sources added by command, and operators' acts on declared ones."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from aggregator.model.ids import SourceId
from aggregator.model.source import Source
from aggregator.store import schema
from aggregator.store.codec import pack, unpack
from aggregator.store.database import Database
from aggregator.store.records import SourceOverlay
from aggregator.store.times import to_instant, to_micros


class Sources:
    """Asked by the pipeline when it joins files and database, and by the command line."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, source: Source, *, now: datetime) -> None:
        """Add a source or replace the one with its id."""
        row = {"id": source.id, "added_at": to_micros(now), "record": pack(Source, source)}
        with self._database.write() as connection:
            connection.execute(self._database.upsert(schema.sources), row)

    def all(self) -> tuple[Source, ...]:
        """Those added by command, in the order of their ids."""
        table = schema.sources.c
        with self._database.read() as connection:
            records = connection.scalars(select(table.record).order_by(table.id)).all()
        return tuple(unpack(Source, record) for record in records)

    def get(self, source_id: SourceId) -> Source | None:
        table = schema.sources.c
        with self._database.read() as connection:
            record = connection.scalar(select(table.record).where(table.id == source_id))
        return None if record is None else unpack(Source, record)

    def remove(self, source_id: SourceId) -> bool:
        """Forget a source added by command; its articles stay. False: there was none."""
        table = schema.sources
        with self._database.write() as connection:
            return connection.execute(delete(table).where(table.c.id == source_id)).rowcount > 0

    def overlay(self, overlay: SourceOverlay) -> None:
        """Pause or resume a source, whoever declared it."""
        row = {
            "source_id": overlay.source_id,
            "paused": overlay.paused,
            "who": overlay.who,
            "why": overlay.why,
            "at": to_micros(overlay.at),
        }
        with self._database.write() as connection:
            connection.execute(self._database.upsert(schema.source_overlays), row)

    def overlays(self) -> dict[SourceId, SourceOverlay]:
        with self._database.read() as connection:
            rows = connection.execute(select(schema.source_overlays)).all()
        return {
            SourceId(row.source_id): SourceOverlay(
                source_id=SourceId(row.source_id),
                paused=row.paused,
                who=row.who,
                why=row.why,
                at=to_instant(row.at),
            )
            for row in rows
        }

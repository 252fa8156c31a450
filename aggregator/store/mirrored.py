"""What lies in a bucket: which version of each document was put there last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import delete, select

from aggregator.store import schema
from aggregator.store.database import Database

_M = schema.mirrored.c
_CHUNK = 500


class Mirrored:
    """Asked by the pipeline's mirror step."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, target: str) -> dict[str, str]:
        """The stamp of each path that was put to a target."""
        with self._database.read() as connection:
            rows = connection.execute(select(_M.path, _M.stamp).where(_M.target == target)).all()
        return {row.path: row.stamp for row in rows}

    def note(self, target: str, stamps: Mapping[str, str], gone: Iterable[str] = ()) -> None:
        """Note what was put and what was taken away; what is known of other targets is forgotten."""
        rows = [{"path": path, "target": target, "stamp": stamp} for path, stamp in stamps.items()]
        left = list(gone)
        with self._database.write() as connection:
            connection.execute(delete(schema.mirrored).where(_M.target != target))
            if rows:
                connection.execute(self._database.upsert(schema.mirrored), rows)
            for start in range(0, len(left), _CHUNK):
                connection.execute(delete(schema.mirrored).where(_M.path.in_(left[start : start + _CHUNK])))

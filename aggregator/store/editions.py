"""What was last published, per topic and per path."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select

from aggregator.model.ids import TopicSlug
from aggregator.store import schema
from aggregator.store.codec import compress, decompress
from aggregator.store.database import Database
from aggregator.store.records import StoredDocument, StoredEdition
from aggregator.store.times import to_instant, to_micros

_E = schema.editions.c
_D = schema.documents.c


class Editions:
    """Asked by the pipeline's publish step and by the web server's validators."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, topic: TopicSlug) -> StoredEdition | None:
        with self._database.read() as connection:
            row = connection.execute(select(schema.editions).where(_E.topic == topic)).one_or_none()
        if row is None:
            return None
        return StoredEdition(
            topic=topic,
            hash=row.hash,
            updated=to_instant(row.updated),
            written_at=to_instant(row.written_at),
            record=decompress(row.record),
        )

    def put(self, edition: StoredEdition) -> None:
        row = {
            "topic": edition.topic,
            "hash": edition.hash,
            "updated": to_micros(edition.updated),
            "written_at": to_micros(edition.written_at),
            "record": compress(edition.record),
        }
        with self._database.write() as connection:
            connection.execute(self._database.upsert(schema.editions), row)

    def document(self, path: str) -> StoredDocument | None:
        return self.documents([path]).get(path)

    def documents(self, paths: Iterable[str] | None = None) -> dict[str, StoredDocument]:
        """What was last published at these paths, or at all of them."""
        statement = select(schema.documents).order_by(_D.path)
        if paths is not None:
            statement = statement.where(_D.path.in_(list(paths)))
        with self._database.read() as connection:
            rows = connection.execute(statement).all()
        return {
            row.path: StoredDocument(
                path=row.path,
                media_type=row.media_type,
                etag=row.etag,
                body_hash=row.body_hash,
                changed_at=to_instant(row.changed_at),
            )
            for row in rows
        }

    def paths(self) -> tuple[str, ...]:
        """Where something was published and not removed since."""
        with self._database.read() as connection:
            return tuple(connection.scalars(select(_D.path).order_by(_D.path)))

    def put_documents(self, documents: Sequence[StoredDocument]) -> None:
        """Note what was published; a path whose body is the same keeps its `changed_at` (PROTOCOL B-09)."""
        if not documents:
            return
        statement = self._database.insert(schema.documents)
        new = {name: statement.excluded[name] for name in ("media_type", "etag", "body_hash", "changed_at")}
        statement = statement.on_conflict_do_update(
            index_elements=["path"], set_=new, where=_D.body_hash != statement.excluded.body_hash
        )
        rows = [
            {
                "path": document.path,
                "media_type": document.media_type,
                "etag": document.etag,
                "body_hash": document.body_hash,
                "changed_at": to_micros(document.changed_at),
            }
            for document in documents
        ]
        with self._database.write() as connection:
            connection.execute(statement, rows)

    def remove_documents(self, paths: Iterable[str]) -> int:
        statement = delete(schema.documents).where(_D.path.in_(list(paths)))
        with self._database.write() as connection:
            return connection.execute(statement).rowcount

"""Articles' own pages: which are to be read, and what was read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import and_, or_, select

from aggregator.model.ids import ArticleId, SourceId
from aggregator.model.page import PageFacts, PageState
from aggregator.store import schema
from aggregator.store.codec import pack, unpack
from aggregator.store.database import Database
from aggregator.store.records import PageRecord
from aggregator.store.times import to_instant, to_micros

_P = schema.pages.c
_A = schema.articles.c
_CHUNK = 500


class Pages:
    """Asked by the pipeline's full-text step and by whoever decides what a revision holds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, sources: Sequence[SourceId], now: datetime, *, since: datetime, limit: int) -> tuple[ArticleId, ...]:
        """Articles of these sources, first seen since then, whose page was never tried or is due again; oldest first."""
        again = and_(_P.state == PageState.FAILED.value, _P.due <= to_micros(now))
        statement = (
            select(_A.id)
            .join(schema.pages, _P.article_id == _A.id, isouter=True)
            .where(
                _A.source_id.in_(list(sources)),
                ~_A.withdrawn,
                _A.url != "",
                _A.first_seen >= to_micros(since),
                or_(_P.article_id.is_(None), again),
            )
            .order_by(_A.sequence)
            .limit(limit)
        )
        with self._database.read() as connection:
            return tuple(ArticleId(name) for name in connection.scalars(statement))

    def get(self, article_id: ArticleId) -> PageRecord | None:
        """How the reading of an article's page stands."""
        with self._database.read() as connection:
            row = connection.execute(select(schema.pages).where(_P.article_id == article_id)).one_or_none()
        if row is None:
            return None
        return PageRecord(
            article_id=article_id,
            state=PageState(row.state),
            at=to_instant(row.at),
            tries=row.tries,
            due=to_instant(row.due) if row.due is not None else None,
            reason=row.reason,
        )

    def facts(self, article_ids: Iterable[ArticleId]) -> dict[ArticleId, PageFacts]:
        """What was read of these articles' pages."""
        wanted = list(dict.fromkeys(article_ids))
        found: dict[ArticleId, PageFacts] = {}
        with self._database.read() as connection:
            for start in range(0, len(wanted), _CHUNK):
                chosen = _P.article_id.in_(wanted[start : start + _CHUNK]), _P.record.is_not(None)
                for row in connection.execute(select(_P.article_id, _P.record).where(*chosen)):
                    found[ArticleId(row.article_id)] = unpack(PageFacts, row.record)
        return found

    def note(self, record: PageRecord, facts: PageFacts | None = None) -> None:
        """Keep how it went, and what was read."""
        row = {
            "article_id": record.article_id,
            "state": record.state.value,
            "at": to_micros(record.at),
            "tries": record.tries,
            "due": to_micros(record.due) if record.due else None,
            "reason": record.reason,
            "record": pack(PageFacts, facts) if facts else None,
        }
        with self._database.write() as connection:
            connection.execute(self._database.upsert(schema.pages), row)

"""Which story is in which topic, which is not, and how that came to be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Float,
    Text,
    delete,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)

from aggregator.model.ids import ArticleId, StoryId, TopicSlug
from aggregator.model.topic import Selection, SelectionState
from aggregator.store import schema
from aggregator.store.codec import pack, unpack
from aggregator.store.database import Database
from aggregator.store.records import SelectionChange
from aggregator.store.times import to_instant, to_micros

_T = schema.selections.c
_C = schema.selection_changes.c
_CHUNK = 300
ListingPlace = tuple[datetime, float, StoryId]
"""Where a selection stands in the order of listing: when it was listed, its rank, its story."""


class Selections:
    """Written by curation's step of the pipeline; read by the publisher, digests, the web and `why`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, selections: Sequence[Selection]) -> int:
        """Add or replace selections; each new state or shown article becomes a step of history.

        Returns how many were new or changed their state or article.
        """
        latest = {(selection.topic, selection.story_id): selection for selection in selections}
        if not latest:
            return 0
        with self._database.write() as connection:
            changed = _changed(connection, list(latest.values()))
            connection.execute(self._database.upsert(schema.selections), [_row(s) for s in latest.values()])
            if changed:
                connection.execute(schema.selection_changes.insert(), [_step(s) for s in changed])
        return len(changed)

    def get(self, topic: TopicSlug, story_id: StoryId) -> Selection | None:
        statement = select(_T.record).where(_T.topic == topic, _T.story_id == story_id)
        with self._database.read() as connection:
            record = connection.scalar(statement)
        return None if record is None else unpack(Selection, record)

    def of_topic(
        self, topic: TopicSlug, states: Iterable[SelectionState] = (), *, limit: int | None = None
    ) -> tuple[Selection, ...]:
        """A topic's selections, the highest rank first; `states` empty: all of them."""
        statement = select(_T.record).where(_T.topic == topic)
        wanted = [state.value for state in states]
        if wanted:
            statement = statement.where(_T.state.in_(wanted))
        with self._database.read() as connection:
            records = connection.scalars(statement.order_by(_T.rank.desc(), _T.story_id).limit(limit)).all()
        return tuple(unpack(Selection, record) for record in records)

    def of_story(self, story_id: StoryId) -> tuple[Selection, ...]:
        """A story's selections, by topic."""
        statement = select(_T.record).where(_T.story_id == story_id).order_by(_T.topic)
        with self._database.read() as connection:
            return tuple(unpack(Selection, record) for record in connection.scalars(statement))

    def of_stories(self, story_ids: Iterable[StoryId], topic: TopicSlug | None = None) -> tuple[Selection, ...]:
        """The selections of several stories, in one topic or in all."""
        wanted = list(dict.fromkeys(story_ids))
        found: list[Selection] = []
        with self._database.read() as connection:
            for start in range(0, len(wanted), _CHUNK):
                statement = select(_T.record).where(_T.story_id.in_(wanted[start : start + _CHUNK]))
                if topic is not None:
                    statement = statement.where(_T.topic == topic)
                records = connection.scalars(statement.order_by(_T.topic, _T.story_id))
                found += [unpack(Selection, record) for record in records]
        return tuple(found)

    def of_article(self, article_id: ArticleId) -> tuple[Selection, ...]:
        """The selections that show an article, by topic."""
        statement = select(_T.record).where(_T.article_id == article_id).order_by(_T.topic)
        with self._database.read() as connection:
            return tuple(unpack(Selection, record) for record in connection.scalars(statement))

    def in_order_of_listing(
        self,
        topic: TopicSlug,
        states: Iterable[SelectionState],
        *,
        after: ListingPlace | None = None,
        until: ListingPlace | None = None,
        limit: int | None = None,
    ) -> tuple[Selection, ...]:
        """A topic's selections that were listed after a place and not after another, oldest first."""
        statement = select(_T.record).where(
            _T.topic == topic, _T.state.in_([state.value for state in states]), _T.listed_at.is_not(None)
        )
        place = tuple_(_T.listed_at, _T.rank, _T.story_id)
        if after is not None:
            statement = statement.where(place > _place(after))
        if until is not None:
            statement = statement.where(place <= _place(until))
        with self._database.read() as connection:
            rows = connection.scalars(statement.order_by(_T.listed_at, _T.rank, _T.story_id).limit(limit))
            return tuple(unpack(Selection, record) for record in rows)

    def touched(self, topic: TopicSlug, *, change: int, since: datetime) -> tuple[Selection, ...]:
        """What was ever listed in a topic and was decided anew since, or shows an article that changed after `change`."""
        article = schema.articles.c
        statement = (
            select(_T.record)
            .outerjoin(schema.articles, article.id == _T.article_id)
            .where(_T.topic == topic, _T.listed_at.is_not(None))
            .where(or_(article.change > change, _T.decided_at >= to_micros(since)))
        )
        with self._database.read() as connection:
            return tuple(unpack(Selection, record) for record in connection.scalars(statement))

    def history(self, story_id: StoryId, topic: TopicSlug | None = None) -> tuple[SelectionChange, ...]:
        """The steps of a story through a topic, or through all, oldest first."""
        statement = select(schema.selection_changes).where(_C.story_id == story_id)
        if topic is not None:
            statement = statement.where(_C.topic == topic)
        with self._database.read() as connection:
            rows = connection.execute(statement.order_by(_C.id)).all()
        return tuple(
            SelectionChange(
                topic=TopicSlug(row.topic),
                story_id=StoryId(row.story_id),
                article_id=ArticleId(row.article_id),
                state=SelectionState(row.state),
                rule=row.rule,
                sentence=row.sentence,
                at=to_instant(row.at),
            )
            for row in rows
        )

    def counts(self) -> dict[tuple[TopicSlug, SelectionState], int]:
        """Selections by topic and state."""
        statement = select(_T.topic, _T.state, func.count().label("n")).group_by(_T.topic, _T.state)
        with self._database.read() as connection:
            rows = connection.execute(statement).all()
        return {(TopicSlug(row.topic), SelectionState(row.state)): row.n for row in rows}

    def remove_topic(self, topic: TopicSlug) -> int:
        """Forget the selections of a topic that is no longer declared; its history is pruned in time."""
        with self._database.write() as connection:
            return connection.execute(delete(schema.selections).where(_T.topic == topic)).rowcount

    def rename_topic(self, former: TopicSlug, slug: TopicSlug) -> int:
        """Move a topic's selections and their history to its new slug. Selections the new slug has already are kept."""
        moved = [
            {**_row(selection), "topic": slug, "record": pack(Selection, _renamed(selection, slug))}
            for selection in self.of_topic(former)
        ]
        with self._database.write() as connection:
            if moved:
                connection.execute(self._database.insert(schema.selections).on_conflict_do_nothing(), moved)
            connection.execute(update(schema.selection_changes).where(_C.topic == former).values(topic=slug))
            self.remove_topic(former)
        return len(moved)


def _place(place: ListingPlace) -> ColumnElement[Any]:
    listed_at, rank, story_id = place
    return tuple_(literal(to_micros(listed_at), BigInteger), literal(rank, Float), literal(story_id, Text))


def _renamed(selection: Selection, slug: TopicSlug) -> Selection:
    return replace(selection, topic=slug)


def _changed(connection: Connection, selections: list[Selection]) -> list[Selection]:
    held: dict[tuple[str, str], tuple[str, str]] = {}
    ids = list({selection.story_id for selection in selections})
    for start in range(0, len(ids), _CHUNK):
        chosen = _T.story_id.in_(ids[start : start + _CHUNK])
        for row in connection.execute(select(_T.topic, _T.story_id, _T.state, _T.article_id).where(chosen)):
            held[row.topic, row.story_id] = (row.state, row.article_id)
    return [s for s in selections if held.get((s.topic, s.story_id)) != (s.state.value, s.article_id)]


def _row(selection: Selection) -> dict[str, object]:
    return {
        "topic": selection.topic,
        "story_id": selection.story_id,
        "article_id": selection.article_id,
        "state": selection.state.value,
        "listed_at": to_micros(selection.listed_at),
        "decided_at": to_micros(selection.decided_at),
        "rank": selection.rank,
        "pinned_until": to_micros(selection.pinned_until),
        "record": pack(Selection, selection),
    }


def _step(selection: Selection) -> dict[str, object]:
    return {
        "topic": selection.topic,
        "story_id": selection.story_id,
        "article_id": selection.article_id,
        "state": selection.state.value,
        "rule": selection.reason.rule,
        "sentence": selection.reason.sentence,
        "at": to_micros(selection.decided_at),
    }

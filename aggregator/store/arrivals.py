"""The order in which stories entered a topic: what programs follow without skipping or repeating any."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select

from aggregator.model.ids import StoryId, TopicSlug
from aggregator.model.topic import SelectionState
from aggregator.store import schema
from aggregator.store.database import Database
from aggregator.store.times import to_micros

_C = schema.selection_changes.c


def arrivals(
    database: Database, topic: TopicSlug, *, after: int, limit: int, since: datetime | None = None
) -> tuple[tuple[int, StoryId], ...]:
    """(place, story) of what entered a topic, each story once, at its first entering; `after` is a place.

    A later arrival always has a higher place, so that whoever goes on from the last place seen misses nothing.
    """
    earlier = schema.selection_changes.alias()
    again = exists().where(
        earlier.c.story_id == _C.story_id,
        earlier.c.topic == _C.topic,
        earlier.c.state == _C.state,
        earlier.c.id < _C.id,
    )
    entered = (_C.id > after, _C.topic == topic, _C.state == SelectionState.LISTED.value, ~again)
    statement = select(_C.id, _C.story_id).where(*entered)
    if since is not None:
        statement = statement.where(_C.at >= to_micros(since))
    with database.read() as connection:
        rows = connection.execute(statement.order_by(_C.id).limit(limit)).all()
    return tuple((row.id, StoryId(row.story_id)) for row in rows)

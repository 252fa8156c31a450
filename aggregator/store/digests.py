"""Frozen issues of digests."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.exc import IntegrityError

from aggregator.model.ids import StoryId
from aggregator.store import schema
from aggregator.store.codec import compress, decompress
from aggregator.store.database import Database
from aggregator.store.records import DigestIssue
from aggregator.store.times import to_instant, to_micros

_T = schema.digest_issues.c
_I = schema.digest_items.c


class Digests:
    """Asked by the pipeline's digest step, the command line and the web."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def freeze(self, issue: DigestIssue) -> bool:
        """Keep an issue with its stories, for good.

        False, and nothing is written, when that number exists or one of the stories is in another issue of this
        digest: no reader is mailed the same story twice.
        """
        try:
            with self._database.write() as connection, connection.begin_nested():
                _insert(connection, issue)
        except IntegrityError:
            return False
        return True

    def get(self, name: str, number: int) -> DigestIssue | None:
        with self._database.read() as connection:
            statement = select(schema.digest_issues).where(_T.name == name, _T.number == number)
            row = connection.execute(statement).one_or_none()
            return None if row is None else _issue(connection, row)

    def all(self, name: str, limit: int = 100) -> tuple[DigestIssue, ...]:
        """The issues of a digest, the newest first."""
        statement = select(schema.digest_issues).where(_T.name == name).order_by(_T.number.desc()).limit(limit)
        with self._database.read() as connection:
            return tuple(_issue(connection, row) for row in connection.execute(statement).all())

    def last_number(self, name: str) -> int:
        """The highest number of a digest; 0 before its first issue."""
        with self._database.read() as connection:
            return connection.scalar(select(func.max(_T.number)).where(_T.name == name)) or 0

    def sent_stories(self, name: str, story_ids: Iterable[StoryId]) -> dict[StoryId, int]:
        """Which of these stories are in an issue of a digest already, and in which."""
        statement = select(_I.story_id, _I.number).where(_I.name == name, _I.story_id.in_(list(story_ids)))
        with self._database.read() as connection:
            return {StoryId(row.story_id): row.number for row in connection.execute(statement)}

    def set_state(self, name: str, number: int, state: str) -> bool:
        """Note how far the sending of an issue has come. False: there is no such issue."""
        statement = update(schema.digest_issues).where(_T.name == name, _T.number == number).values(state=state)
        with self._database.write() as connection:
            return connection.execute(statement).rowcount > 0


def _insert(connection: Connection, issue: DigestIssue) -> None:
    row = {
        "name": issue.name,
        "number": issue.number,
        "frozen_at": to_micros(issue.frozen_at),
        "state": issue.state,
        "record": compress(issue.record),
    }
    connection.execute(schema.digest_issues.insert(), row)
    items = [
        {"name": issue.name, "story_id": story_id, "number": issue.number, "place": place}
        for place, story_id in enumerate(issue.stories)
    ]
    if items:
        connection.execute(schema.digest_items.insert(), items)


def _issue(connection: Connection, row: Row[tuple[object, ...]]) -> DigestIssue:
    statement = select(_I.story_id).where(_I.name == row.name, _I.number == row.number).order_by(_I.place)
    return DigestIssue(
        name=row.name,
        number=row.number,
        frozen_at=to_instant(row.frozen_at),
        stories=tuple(StoryId(story_id) for story_id in connection.scalars(statement)),
        state=row.state,
        record=decompress(row.record),
    )

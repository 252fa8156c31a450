"""Subscribers of our own WebSub hub."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, false, or_, select

from aggregator.store import schema
from aggregator.store.database import Database
from aggregator.store.records import Subscriber
from aggregator.store.times import to_instant, to_micros

_T = schema.subscribers.c


class Subscribers:
    """Asked by the hub: verification, distribution, and renewal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, subscriber: Subscriber) -> Subscriber:
        """Add a subscriber, or replace the one with the same topic and callback. Returns it with its id."""
        row = _values(subscriber)
        statement = self._database.insert(schema.subscribers)
        kept = {name: statement.excluded[name] for name in row if name not in {"topic", "callback", "created"}}
        statement = statement.on_conflict_do_update(index_elements=["topic", "callback"], set_=kept)
        with self._database.write() as connection:
            number: int = connection.execute(statement.returning(_T.id), row).scalar_one()
        return replace(subscriber, id=number)

    def get(self, topic: str, callback: str) -> Subscriber | None:
        statement = select(schema.subscribers).where(_T.topic == topic, _T.callback == callback)
        with self._database.read() as connection:
            row = connection.execute(statement).one_or_none()
        return None if row is None else _subscriber(row)

    def of_topic(self, topic: str, now: datetime) -> tuple[Subscriber, ...]:
        """The subscribers of a feed document whose lease has not ended, in the order they came."""
        statement = select(schema.subscribers).where(_T.topic == topic, _T.lease_until > to_micros(now))
        return self._all(statement.order_by(_T.id))

    def waiting(self, now: datetime, current: Sequence[tuple[str, str]], limit: int = 100) -> tuple[Subscriber, ...]:
        """Those that were not yet delivered the current body of their topic and whose next try has come.

        `current` gives (topic, hash of its body).
        """
        micros = to_micros(now)
        behind = or_(false(), *((_T.topic == topic) & (_T.delivered_hash != body) for topic, body in current))
        statement = select(schema.subscribers).where(
            _T.lease_until > micros, or_(_T.retry_at.is_(None), _T.retry_at <= micros), behind
        )
        return self._all(statement.order_by(_T.id).limit(limit))

    def remove(self, topic: str, callback: str) -> bool:
        statement = delete(schema.subscribers).where(_T.topic == topic, _T.callback == callback)
        with self._database.write() as connection:
            return connection.execute(statement).rowcount > 0

    def expire(self, now: datetime) -> int:
        """Forget those whose lease has ended."""
        statement = delete(schema.subscribers).where(_T.lease_until <= to_micros(now))
        with self._database.write() as connection:
            return connection.execute(statement).rowcount

    def _all(self, statement: Any) -> tuple[Subscriber, ...]:
        with self._database.read() as connection:
            return tuple(_subscriber(row) for row in connection.execute(statement).all())


def _values(subscriber: Subscriber) -> dict[str, Any]:
    return {
        "topic": subscriber.topic,
        "callback": subscriber.callback,
        "secret": subscriber.secret,
        "state": subscriber.state,
        "lease_until": to_micros(subscriber.lease_until),
        "failures": subscriber.failures,
        "retry_at": to_micros(subscriber.retry_at),
        "delivered_hash": subscriber.delivered_hash,
        "created": to_micros(subscriber.created),
    }


def _subscriber(row: Row[Any]) -> Subscriber:
    return Subscriber(
        id=row.id,
        topic=row.topic,
        callback=row.callback,
        secret=row.secret,
        state=row.state,
        lease_until=to_instant(row.lease_until),
        failures=row.failures,
        retry_at=to_instant(row.retry_at),
        delivered_hash=row.delivered_hash,
        created=to_instant(row.created),
    )

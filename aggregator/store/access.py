"""Who must not be polled, who may read private topics, and single facts about the instance."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import delete, select, update

from aggregator.model.ids import TopicSlug
from aggregator.store import schema
from aggregator.store.database import Database
from aggregator.store.records import OptOut, TopicToken
from aggregator.store.times import to_instant, to_micros

_O = schema.opt_outs.c
_K = schema.tokens.c
_M = schema.meta.c


class OptOuts:
    """Asked before every poll; written by the operator."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, opt_out: OptOut) -> None:
        """Stop polling a url, or every source on a host."""
        row = {"target": opt_out.target, "at": to_micros(opt_out.at), "why": opt_out.why}
        with self._database.write() as connection:
            connection.execute(self._database.upsert(schema.opt_outs), row)

    def remove(self, target: str) -> bool:
        with self._database.write() as connection:
            return connection.execute(delete(schema.opt_outs).where(_O.target == target)).rowcount > 0

    def all(self) -> tuple[OptOut, ...]:
        with self._database.read() as connection:
            rows = connection.execute(select(schema.opt_outs).order_by(_O.target)).all()
        return tuple(OptOut(target=row.target, at=to_instant(row.at), why=row.why) for row in rows)

    def covers(self, url: str) -> OptOut | None:
        """The opt-out of a url itself, of its host, or of a domain its host lies in."""
        statement = select(schema.opt_outs).where(_O.target.in_([url, *_domains(url)])).order_by(_O.target)
        with self._database.read() as connection:
            row = connection.execute(statement.limit(1)).one_or_none()
        return None if row is None else OptOut(target=row.target, at=to_instant(row.at), why=row.why)


class Tokens:
    """Paths of private topics; asked by the publisher and the web server."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, token: TopicToken) -> None:
        row = {
            "token": token.token,
            "topic": token.topic,
            "created": to_micros(token.created),
            "revoked": to_micros(token.revoked),
        }
        with self._database.write() as connection:
            connection.execute(self._database.upsert(schema.tokens), row)

    def revoke(self, token: str, at: datetime) -> bool:
        """False: there is no such token, or it is revoked already."""
        statement = update(schema.tokens).where(_K.token == token, _K.revoked.is_(None))
        with self._database.write() as connection:
            return connection.execute(statement.values(revoked=to_micros(at))).rowcount > 0

    def of_topic(self, topic: TopicSlug) -> tuple[TopicToken, ...]:
        """A topic's tokens that are not revoked, oldest first."""
        statement = select(schema.tokens).where(_K.topic == topic, _K.revoked.is_(None))
        with self._database.read() as connection:
            rows = connection.execute(statement.order_by(_K.created, _K.token)).all()
        return tuple(
            TopicToken(token=row.token, topic=TopicSlug(row.topic), created=to_instant(row.created)) for row in rows
        )

    def rename_topic(self, former: TopicSlug, slug: TopicSlug) -> int:
        """Give a topic's tokens to its new slug."""
        statement = update(schema.tokens).where(_K.topic == former).values(topic=slug)
        with self._database.write() as connection:
            return connection.execute(statement).rowcount

    def topic_of(self, token: str) -> TopicSlug | None:
        """The topic a token opens; None for an unknown or revoked one."""
        statement = select(_K.topic).where(_K.token == token, _K.revoked.is_(None))
        with self._database.read() as connection:
            topic = connection.scalar(statement)
        return None if topic is None else TopicSlug(topic)


class Facts:
    """Single named values, such as the revision of the configuration that workers agree on."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str) -> str | None:
        with self._database.read() as connection:
            return connection.scalar(select(_M.value).where(_M.key == key))

    def set(self, key: str, value: str) -> None:
        with self._database.write() as connection:
            connection.execute(self._database.upsert(schema.meta), {"key": key, "value": value})

    def remove(self, key: str) -> None:
        with self._database.write() as connection:
            connection.execute(delete(schema.meta).where(_M.key == key))


def _domains(url: str) -> list[str]:
    try:
        host = (urlsplit(url).hostname or "").lower()
    except ValueError:
        return []
    labels = host.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))] if host else []

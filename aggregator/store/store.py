"""The store as the other rooms see it: one attribute per noun."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import ColumnElement, Table, func, select, text

from aggregator.model.article import ArticleIntent
from aggregator.model.config import StorageSettings
from aggregator.model.source import Health, SourceState
from aggregator.model.topic import SelectionState
from aggregator.store import backups, opening, pruning, schema
from aggregator.store.access import Facts, OptOuts, Tokens
from aggregator.store.archives import Archives
from aggregator.store.articles import Articles
from aggregator.store.database import Database
from aggregator.store.digests import Digests
from aggregator.store.editions import Editions
from aggregator.store.hub import Subscribers
from aggregator.store.matching import Matching
from aggregator.store.mirrored import Mirrored
from aggregator.store.overrides import Overrides
from aggregator.store.pages import Pages
from aggregator.store.polls import Polls
from aggregator.store.records import Poll, PollResult, Pruned, StoreStatus
from aggregator.store.selections import Selections
from aggregator.store.sources import Sources
from aggregator.store.states import States
from aggregator.store.stories import Stories
from aggregator.store.times import to_micros


class Store:
    """Everything that is kept, on either database. Usable from several threads.

    Promises of every method: instants are aware UTC, in and out; a method that writes is one transaction, or part of
    the one that the thread has open (`transaction`); StorageError means the database cannot be used and says why.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.sources = Sources(database)
        self.states = States(database)
        self.polls = Polls(database)
        self.articles = Articles(database)
        self.stories = Stories(database)
        self.matching = Matching(database)
        self.selections = Selections(database)
        self.overrides = Overrides(database)
        self.editions = Editions(database)
        self.mirrored = Mirrored(database)
        self.pages = Pages(database)
        self.archives = Archives(database)
        self.digests = Digests(database)
        self.opt_outs = OptOuts(database)
        self.tokens = Tokens(database)
        self.subscribers = Subscribers(database)
        self.facts = Facts(database)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One write transaction of this thread for all that is called within; nested ones join it.

        Any exception rolls everything back. Keep it short: on SQLite everybody else's writes wait.
        """
        with self.database.write():
            yield

    def commit_poll(
        self, state: SourceState, intents: Iterable[ArticleIntent], *, now: datetime, owner: str | None = None
    ) -> PollResult:
        """One poll in one transaction: see `Polls.commit`."""
        return self.polls.commit(state, intents, now=now, owner=owner)

    def commit_polls(self, polls: Sequence[Poll], *, now: datetime) -> list[PollResult]:
        """Several polls in one transaction: see `Polls.commit_all`."""
        return self.polls.commit_all(polls, now=now)

    def prune(self, now: datetime, settings: StorageSettings) -> Pruned:
        """Let go of what is too old: see `aggregator.store.pruning.prune`."""
        return pruning.prune(self.database, now, settings)

    def backup(self, file: Path) -> int:
        """Copy a SQLite store to a new file while it is in use; returns the bytes written."""
        return backups.backup(self.database, file)

    def upgrade(self) -> str:
        """Bring the schema to this program's revision; returns the one before."""
        return opening.upgrade(self.database)

    def current(self) -> str:
        """The schema's revision."""
        return opening.current(self.database)

    def status(self, now: datetime) -> StoreStatus:
        """Counts for `aggregator status`, health and metrics."""
        states, articles = schema.source_states, schema.articles
        micros = to_micros(now)
        due = (states.c.due <= micros) & (states.c.health != Health.PAUSED.value)
        return StoreStatus(
            url=self.database.name,
            schema=self.current(),
            bytes=self._bytes(),
            sources=self._count(states),
            due=self._count(states, due),
            leased=self._count(states, states.c.lease_until > micros),
            by_health=self._by_health(),
            articles=self._count(articles, ~articles.c.withdrawn),
            withdrawn=self._count(articles, articles.c.withdrawn),
            stories=self.stories.count(),
            listed=self._count(schema.selections, schema.selections.c.state == SelectionState.LISTED.value),
            unmatched=self._count(articles, articles.c.sequence > self.matching.last_sequence()),
            next_due=self.states.next_due(),
        )

    def close(self) -> None:
        """Close every connection. A store that is used afterwards opens them again."""
        self.database.close()

    def _count(self, table: Table, *clauses: ColumnElement[bool]) -> int:
        with self.database.read() as connection:
            return connection.scalar(select(func.count()).select_from(table).where(*clauses)) or 0

    def _by_health(self) -> tuple[tuple[str, int], ...]:
        health = schema.source_states.c.health
        statement = select(health, func.count().label("n")).group_by(health).order_by(health)
        with self.database.read() as connection:
            return tuple((row.health, row.n) for row in connection.execute(statement))

    def _bytes(self) -> int | None:
        if self.database.is_sqlite:
            path = Path(self.database.url.database or "")
            return sum(file.stat().st_size for file in (path, Path(f"{path}-wal")) if file.exists())
        with self.database.read() as connection:
            size: int | None = connection.scalar(text("SELECT pg_database_size(current_database())"))
        return size


def open_store(settings: StorageSettings, root: Path, *, migrate: bool = False) -> Store:
    """Open the store that the settings name; relative SQLite paths start at `root`.

    SQLite migrates by itself, after a copy; PostgreSQL only with `migrate`. Raises StorageError (or MigrationNeeded,
    SchemaTooNew) with a sentence for the operator.
    """
    return Store(opening.open_database(settings, root, may_migrate=migrate))


def restore(settings: StorageSettings, root: Path, file: Path) -> Path | None:
    """Replace a SQLite store by a backup of it: see `aggregator.store.backups.restore`."""
    return backups.restore(settings, root, file)

"""Connections and transactions on either database. Contains no business logic.

SQLite: any number of readers, one writer at a time (a lock in the process, BEGIN IMMEDIATE and a busy timeout between
processes). PostgreSQL: READ COMMITTED. A thread that is inside `write` reads and writes through that one transaction.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection, Engine, Insert, Table, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError
from sqlalchemy.pool import QueuePool

from aggregator.errors import StorageError

BUSY_MILLISECONDS = 30_000
_WRITES = "aggregator_writes"


class Database:
    """An engine with the project's rules of transactions. Usable from several threads."""

    def __init__(self, url: URL, name: str) -> None:
        self.url = url
        self.name = name
        """How messages call it: the path or the url without its password."""
        self.engine: Engine = create_sqlite(url) if url.get_backend_name() == "sqlite" else create_postgresql(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._lock: AbstractContextManager[Any] = threading.RLock() if self.is_sqlite else nullcontext()
        self._local = threading.local()
        self._upserts: dict[Table, Any] = {}

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """The thread's write transaction: begun here, or joined when one is open.

        Commits at the end of the outermost block; any exception there or within rolls everything back. Raises
        StorageError when the database cannot be reached or written.
        """
        joined = self._current()
        if joined is not None:
            yield joined
            return
        with self._lock, self.explained(), self.engine.connect() as connection:
            writer = connection.execution_options(**{_WRITES: True})
            with writer.begin():
                self._local.connection = writer
                try:
                    yield writer
                finally:
                    self._local.connection = None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading: the thread's write transaction when one is open, else one of its own."""
        joined = self._current()
        if joined is not None:
            yield joined
            return
        with self.explained(), self.engine.connect() as connection:
            yield connection

    def insert(self, table: Table) -> Any:
        """An INSERT that knows ON CONFLICT: sqlite's or postgresql's, which agree in what we use of them."""
        if self.is_sqlite:
            made: Insert = sqlite.insert(table)
            return made
        from sqlalchemy.dialects import postgresql  # a tenth of a second that SQLite need not wait for

        return postgresql.insert(table)

    def upsert(self, table: Table) -> Any:
        """An INSERT that replaces every other column of a row with the same primary key."""
        made = self._upserts.get(table)
        if made is not None:
            return made
        statement = self.insert(table)
        keys = [column.name for column in table.primary_key.columns]
        values = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
        made = self._upserts[table] = statement.on_conflict_do_update(index_elements=keys, set_=values)
        return made

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turns what the driver says about an unusable database into a StorageError with a sentence."""
        try:
            yield
        except IntegrityError:
            raise
        except OperationalError as error:
            raise StorageError(sentence(self.name, str(error.orig))) from error
        except DatabaseError as error:
            if not self.is_sqlite or type(error) is not DatabaseError:
                raise
            raise StorageError(sentence(self.name, str(error.orig))) from error

    def close(self) -> None:
        self.engine.dispose()

    def _current(self) -> Connection | None:
        current: Connection | None = getattr(self._local, "connection", None)
        return current


def create_sqlite(url: URL) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=64,
        connect_args={"check_same_thread": False, "timeout": BUSY_MILLISECONDS / 1000, "isolation_level": None},
    )
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def create_postgresql(url: URL) -> Engine:
    return create_engine(
        url.set(drivername="postgresql+psycopg"), pool_size=8, max_overflow=24, pool_pre_ping=True, pool_recycle=3600
    )


def _set_pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_MILLISECONDS}",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-32768",
        "wal_autocheckpoint=8000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A deferred transaction that reads before it writes cannot wait for the writer before it: it fails at once.
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


_SENTENCES = (
    ("database is locked", "is locked by another program: stop it, or try again"),
    ("not a database", "is not a database of this program: name another file in storage.url"),
    ("malformed", "is damaged: restore a backup with `aggregator restore FILE`"),
    ("readonly database", "cannot be written: check its permissions"),
    ("unable to open", "cannot be opened: check that its folder exists and may be written"),
    ("disk is full", "cannot grow: the disk is full"),
    ("no such table", "lacks a table: it was not made by this program, or is damaged"),
    ("disk i/o error", "cannot be read: the disk reports an error"),
)


def sentence(name: str, message: str) -> str:
    """One sentence for the operator about what a driver said of a database."""
    for words, meaning in _SENTENCES:
        if words in message.lower():
            return f"The database {name} {meaning}."
    return f"The database {name} cannot be used: {message.strip().splitlines()[0] if message.strip() else 'no reason'}"

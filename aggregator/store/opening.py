"""From settings to a database that can be used, or a sentence that says why it cannot."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from aggregator.errors import MigrationNeeded, SchemaTooNew, StorageError
from aggregator.model.config import StorageSettings
from aggregator.model.source import Secret
from aggregator.store.database import Database, sentence
from aggregator.store.migrate import create, is_empty, migrate, revision
from aggregator.store.schema import REVISIONS

_BACKENDS = ("sqlite", "postgresql", "postgres")
_MAGIC = b"SQLite format 3\x00"


def open_database(settings: StorageSettings, root: Path, *, may_migrate: bool = False) -> Database:
    """Connect and see to it that the schema is this program's.

    A SQLite file is made with its folder where it is missing, and brought up to date by itself after a copy of it was
    put beside it. On PostgreSQL an empty database gets the schema, an older one only with `may_migrate`. Raises
    StorageError, MigrationNeeded or SchemaTooNew.
    """
    url = resolve(settings, root)
    name = describe(url)
    if url.get_backend_name() == "sqlite":
        _prepare_file(Path(url.database or ""))
    database = Database(url, name)
    try:
        _bring_up_to_date(database, may_migrate=may_migrate)
    except BaseException:
        database.close()
        raise
    return database


def resolve(settings: StorageSettings, root: Path) -> URL:
    """The database's full url: SQLite's path made absolute below `root`, the password filled in."""
    try:
        url = make_url(settings.url)
    except ArgumentError:
        raise StorageError(f"storage.url is no database url: {settings.url.split('@')[-1]}.") from None
    backend = url.get_backend_name()
    if backend not in _BACKENDS:
        raise StorageError(f"storage.url names {backend}: only sqlite and postgresql are supported.")
    if backend == "sqlite":
        if url.database in {None, "", ":memory:"}:
            raise StorageError("storage.url names no file: write sqlite:///data/aggregator.db or the like.")
        return url.set(drivername="sqlite+pysqlite", database=str((root / str(url.database)).absolute()))
    password = _read_secret(settings.password) if settings.password else url.password
    return url.set(drivername="postgresql+psycopg", password=password)


def describe(url: URL) -> str:
    """What messages call a database: the path, or the url without its password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    shown = URL.create("postgresql", url.username, None, url.host, url.port, url.database)
    return shown.render_as_string()


def upgrade(database: Database) -> str:
    """Bring the schema to this program's revision; returns the revision before (empty: there was nothing)."""
    with database.write() as connection:
        before = revision(connection)
        if not before and is_empty(connection):
            create(connection)
            return before
    _refuse_strangers(database, before)
    if before != REVISIONS[-1]:
        _keep_copy(database, before)
        with database.write() as connection:
            migrate(connection)
    return before


def current(database: Database) -> str:
    with database.read() as connection:
        return revision(connection)


def _bring_up_to_date(database: Database, *, may_migrate: bool) -> None:
    before = current(database)
    if before == REVISIONS[-1]:
        return
    _refuse_strangers(database, before)
    if before and not database.is_sqlite and not may_migrate:
        raise MigrationNeeded(
            f"The database {database.name} has schema {before}, this program needs {REVISIONS[-1]}: "
            "run `aggregator db upgrade`."
        )
    upgrade(database)


def _refuse_strangers(database: Database, before: str) -> None:
    if before and before not in REVISIONS:
        raise SchemaTooNew(
            f"The database {database.name} has schema {before}, which is newer than this program "
            f"({REVISIONS[-1]}): install a newer program, or restore an older backup."
        )
    if not before:
        with database.read() as connection:
            if not is_empty(connection):
                raise StorageError(f"The database {database.name} holds tables of another program.")


def _prepare_file(path: Path) -> None:
    if path.is_dir():
        raise StorageError(f"The database {path} is a folder: name a file in storage.url.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        head = b""
        if path.exists():
            with path.open("rb") as file:
                head = file.read(len(_MAGIC))
    except OSError as error:
        raise StorageError(f"The database {path} cannot be opened: {error.strerror or error}.") from error
    if head and head != _MAGIC:
        raise StorageError(sentence(str(path), "file is not a database"))


def _keep_copy(database: Database, before: str) -> None:
    if not database.is_sqlite:
        return
    path = Path(database.url.database or "")
    # The only clock of this room: it names a file and decides nothing.
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    copy = path.with_name(f"{path.name}.before-{REVISIONS[-1]}-from-{before}-{stamp}")
    try:
        copy_sqlite(path, copy)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(
            f"No copy of {path} could be made before its upgrade, so it was left alone: {error}."
        ) from error


def copy_sqlite(source: Path, target: Path) -> None:
    """A consistent copy of a database that may be in use; `target` appears whole or not at all."""
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    with closing(sqlite3.connect(source)) as reading, closing(sqlite3.connect(part)) as writing:
        reading.backup(writing)
        # A copy that is moved about must not depend on a -wal file beside it.
        writing.execute("PRAGMA journal_mode=DELETE")
    part.replace(target)


def _read_secret(secret: Secret) -> str:
    if secret.env is not None:
        value = os.environ.get(secret.env)
        if value is None:
            raise StorageError(f"storage.password: the environment variable {secret.env} is not set.")
        return value
    try:
        return Path(secret.file or "").read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise StorageError(f"storage.password: {secret.file} cannot be read: {error.strerror or error}.") from error

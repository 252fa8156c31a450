"""Backups of a SQLite store, made while it is in use."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from aggregator.errors import SchemaTooNew, StorageError
from aggregator.model.config import StorageSettings
from aggregator.store.database import Database
from aggregator.store.opening import copy_sqlite, describe, resolve
from aggregator.store.schema import REVISIONS


def backup(database: Database, file: Path) -> int:
    """Write a consistent copy of the database to a file that does not exist; returns its size in bytes.

    Raises StorageError on PostgreSQL, where the database's own tools do it, and when the file exists or cannot be
    written.
    """
    if not database.is_sqlite:
        raise StorageError(f"A PostgreSQL database is backed up by its own tools: pg_dump {database.name} > {file}")
    if file.exists():
        raise StorageError(f"{file} exists already: name another file.")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        copy_sqlite(Path(database.url.database or ""), file)
        return file.stat().st_size
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"The backup {file} cannot be written: {error}.") from error


def restore(settings: StorageSettings, root: Path, file: Path) -> Path | None:
    """Replace the database by a backup; no program may have it open.

    Returns where the replaced database was put, or None where there was none. Raises StorageError on PostgreSQL and
    when the file is no whole backup of this program; then nothing has changed.
    """
    url = resolve(settings, root)
    if url.get_backend_name() != "sqlite":
        raise StorageError(f"A PostgreSQL database is restored by its own tools: psql {describe(url)} < {file}")
    check(file)
    path = Path(url.database or "")
    kept = path.with_name(path.name + ".before-restore")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replaced = path.exists()
        if replaced:
            copy_sqlite(path, kept)
        _remove_journals(path)
        copy_sqlite(file, path)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"The backup {file} cannot be restored to {path}: {error}.") from error
    return kept if replaced else None


def check(file: Path) -> str:
    """The schema revision of a backup. Raises StorageError when it is none, is damaged, or is too new."""
    if not file.is_file():
        raise StorageError(f"There is no backup {file}.")
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            verdict = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            version: str = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    except (sqlite3.Error, TypeError) as error:
        raise StorageError(f"{file} is no backup of this program: {error}.") from error
    if verdict != "ok":
        raise StorageError(f"The backup {file} is damaged: {verdict}.")
    if version not in REVISIONS:
        raise SchemaTooNew(f"The backup {file} has schema {version}, which is newer than this program.")
    return version


def _remove_journals(path: Path) -> None:
    # A journal of the replaced database would be replayed over the restored one.
    for suffix in ("-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    if os.path.lexists(path):
        path.unlink()

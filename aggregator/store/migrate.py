"""The schema's revision: what a database has, and how it gets ours. Contains no business logic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text

from aggregator.store.schema import REVISIONS, metadata

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "alembic_version"


def revision(connection: Connection) -> str:
    """The revision a database is at; empty where it holds nothing of ours."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return ""
    return connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}")) or ""  # noqa: S608 a constant


def is_empty(connection: Connection) -> bool:
    """Whether a database holds no table at all."""
    return not inspect(connection).get_table_names()


def create(connection: Connection) -> None:
    """Make the whole schema at once; a test holds it equal to all migrations in order."""
    metadata.create_all(connection)
    connection.execute(
        text(
            f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL, "
            f"CONSTRAINT {VERSION_TABLE}_pkc PRIMARY KEY (version_num))"
        )
    )
    connection.execute(text(f"INSERT INTO {VERSION_TABLE} VALUES (:revision)"), {"revision": REVISIONS[-1]})  # noqa: S608


def migrate(connection: Connection, to: str = "head") -> None:
    """Run the migrations up to a revision on a connection that is in a transaction."""
    # Alembic takes a tenth of a second to import and is not needed where the schema is up to date.
    from alembic import command

    command.upgrade(alembic_config(connection), to)


def alembic_config(connection: Connection | None = None) -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config

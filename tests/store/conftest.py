from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from aggregator.model.config import StorageSettings
from aggregator.store import Store, open_store
from aggregator.store.schema import metadata
from tests.support.postgres import PostgresServer, postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture
def sqlite_settings() -> StorageSettings:
    return StorageSettings(url="sqlite:///data/store.db")


@pytest.fixture(scope="session")
def postgres_store(postgres_server: PostgresServer) -> Iterator[Store]:
    """One store for all tests of the contract, emptied before each."""
    postgres_server.run("CREATE DATABASE contract")
    opened = open_store(StorageSettings(url=postgres_server.url("contract")), Path("/"))
    yield opened
    opened.close()


@pytest.fixture(params=BOTH)
def store(request: pytest.FixtureRequest, tmp_path: Path, sqlite_settings: StorageSettings) -> Iterator[Store]:
    """An empty store: the same tests on both databases."""
    if request.param == "sqlite":
        opened = open_store(sqlite_settings, tmp_path)
        yield opened
        opened.close()
    else:
        shared: Store = request.getfixturevalue("postgres_store")
        with shared.database.write() as connection:
            connection.execute(text("; ".join(f"DELETE FROM {table}" for table in reversed(metadata.sorted_tables))))
        yield shared


@pytest.fixture(params=BOTH)
def settings(request: pytest.FixtureRequest, sqlite_settings: StorageSettings) -> StorageSettings:
    """Settings of a database that holds nothing yet, of either kind."""
    if request.param == "sqlite":
        return sqlite_settings
    return StorageSettings(url=request.getfixturevalue("postgres_url"))

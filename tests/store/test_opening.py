from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from aggregator.errors import SchemaTooNew, StorageError
from aggregator.model.config import StorageSettings
from aggregator.model.ids import ArticleId
from aggregator.model.source import Secret
from aggregator.store import Store, open_store, restore
from aggregator.store.database import Database
from aggregator.store.migrate import alembic_config, migrate
from aggregator.store.opening import describe, resolve
from aggregator.store.schema import REVISIONS, metadata
from tests.store.build import NOW, add, new


def reflected(connection: Connection) -> dict[str, object]:
    """Every table with its columns, keys and indexes, in an order that does not depend on how it was made."""
    seen = inspect(connection)
    tables: dict[str, object] = {}
    for name in seen.get_table_names():
        tables[name] = {
            "columns": {c["name"]: (str(c["type"]), c["nullable"], c.get("default")) for c in seen.get_columns(name)},
            "key": seen.get_pk_constraint(name)["constrained_columns"],
            "indexes": sorted((i["name"] or "", str(i["column_names"]), i["unique"]) for i in seen.get_indexes(name)),
            "unique": sorted((u["name"] or "", str(u["column_names"])) for u in seen.get_unique_constraints(name)),
            "foreign": sorted(str(sorted(f.items(), key=str)) for f in seen.get_foreign_keys(name)),
        }
    return tables


def set_revision(settings: StorageSettings, root: Path, revision: str) -> None:
    database = Database(resolve(settings, root), "test")
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    database.close()


def test_a_fresh_schema_equals_all_migrations_in_order(settings: StorageSettings, tmp_path: Path) -> None:
    store = open_store(settings, tmp_path)
    with store.database.read() as connection:
        fresh = reflected(connection)
    with store.database.write() as connection:
        metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
        migrate(connection)
    with store.database.read() as connection:
        migrated = reflected(connection)
        difference = compare_metadata(MigrationContext.configure(connection), metadata)
    store.close()
    assert migrated == fresh
    assert difference == []


def test_the_program_knows_every_migration_in_its_order() -> None:
    scripts = ScriptDirectory.from_config(alembic_config())
    assert tuple(script.revision for script in reversed(list(scripts.walk_revisions()))) == REVISIONS
    for script in scripts.walk_revisions():
        assert Path(script.path).name.startswith(f"v{script.revision}_")


def test_a_reopened_store_has_everything(settings: StorageSettings, tmp_path: Path) -> None:
    store = open_store(settings, tmp_path)
    add(store, new("a1"))
    store.close()
    store = open_store(settings, tmp_path)
    assert store.articles.get(ArticleId("moonwire-a1")) is not None
    assert store.current() == REVISIONS[-1]
    assert store.upgrade() == REVISIONS[-1]
    store.close()


def test_a_closed_store_can_be_used_again(store: Store) -> None:
    store.facts.set("key", "value")
    store.close()
    assert store.facts.get("key") == "value"


def test_a_schema_of_a_newer_program_is_refused(settings: StorageSettings, tmp_path: Path) -> None:
    open_store(settings, tmp_path).close()
    set_revision(settings, tmp_path, "9999")
    with pytest.raises(SchemaTooNew, match="schema 9999, which is newer"):
        open_store(settings, tmp_path)


def test_another_programs_tables_are_left_alone(settings: StorageSettings, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    database = Database(resolve(settings, tmp_path), "test")
    with database.write() as connection:
        connection.execute(text("CREATE TABLE theirs (id INTEGER)"))
    database.close()
    with pytest.raises(StorageError, match="another program"):
        open_store(settings, tmp_path)


def test_status_counts_what_there_is(store: Store) -> None:
    add(store, new("a1"), new("a2"))
    store.articles.withdraw(ArticleId("moonwire-a2"), "x", NOW)
    status = store.status(NOW)
    assert (status.sources, status.due, status.leased, status.by_health) == (1, 1, 0, (("healthy", 1),))
    assert (status.articles, status.withdrawn, status.unmatched, status.stories) == (1, 1, 2, 0)
    assert status.next_due == NOW
    assert status.bytes is not None
    assert status.bytes > 1000
    store.states.claim(NOW, 1, "me", 60)
    assert store.status(NOW).leased == 1


def test_readers_see_the_last_commit_while_another_writes(store: Store) -> None:
    add(store, new("a1"))
    seen: list[int] = []
    with store.transaction():
        add(store, new("a2"))
        reader = threading.Thread(target=lambda: seen.append(store.articles.last_sequence()))
        reader.start()
        reader.join()
    assert seen == [1]
    assert store.articles.last_sequence() == 2


def test_threads_that_write_together_lose_nothing(store: Store) -> None:
    barrier = threading.Barrier(5)

    def write(name: str) -> None:
        barrier.wait()
        for n in range(8):
            add(store, new(f"a{n}", name))

    threads = [threading.Thread(target=write, args=(f"source{n}",)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [s.sequence for s in store.articles.since(0, 100)] == list(range(1, 41))


@pytest.mark.postgres
def test_postgresql_is_backed_up_by_its_own_tools(postgres_url: str, tmp_path: Path) -> None:
    settings = StorageSettings(url=postgres_url)
    store = open_store(settings, tmp_path)
    with pytest.raises(StorageError, match="pg_dump"):
        store.backup(tmp_path / "x")
    store.close()
    with pytest.raises(StorageError, match="psql"):
        restore(settings, tmp_path, tmp_path / "x")


def test_a_server_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    settings = StorageSettings(url="postgresql://someone:hunter2@127.0.0.1:1/x?connect_timeout=2")
    with pytest.raises(StorageError, match=r"postgresql://someone@127\.0\.0\.1:1/x.* cannot be used") as caught:
        open_store(settings, tmp_path)
    assert "hunter2" not in str(caught.value)


def test_the_folder_of_a_new_store_is_made(tmp_path: Path) -> None:
    open_store(StorageSettings(url="sqlite:///deep/down/a.db"), tmp_path).close()
    assert (tmp_path / "deep/down/a.db").exists()


def test_an_absolute_path_stays_where_it_is(tmp_path: Path) -> None:
    open_store(StorageSettings(url=f"sqlite:///{tmp_path}/abs.db"), tmp_path / "elsewhere").close()
    assert (tmp_path / "abs.db").exists()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "no database url"),
        ("mysql://x/y", "only sqlite and postgresql"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
    ],
)
def test_a_wrong_url_is_a_sentence(tmp_path: Path, url: str, words: str) -> None:
    with pytest.raises(StorageError, match=words):
        open_store(StorageSettings(url=url), tmp_path)


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    file.write_text("not a database, but somebody's notes")
    with pytest.raises(StorageError, match="is not a database of this program"):
        open_store(StorageSettings(url="sqlite:///a.db"), tmp_path)
    assert file.read_text() == "not a database, but somebody's notes"


def test_a_folder_or_a_file_in_the_way_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="is a folder"):
        open_store(StorageSettings(url="sqlite:///."), tmp_path)
    with pytest.raises(StorageError, match="cannot be opened"):
        open_store(StorageSettings(url="sqlite:///file/a.db"), tmp_path)


def test_a_damaged_database_is_a_sentence_that_names_the_remedy(tmp_path: Path) -> None:
    settings = StorageSettings(url="sqlite:///a.db")
    store = open_store(settings, tmp_path)
    add(store, *(new(f"a{n}") for n in range(50)))
    store.close()
    file = tmp_path / "a.db"
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\x55" * (len(whole) - 4096))

    def read_everything() -> None:
        opened = open_store(settings, tmp_path)
        try:
            list(opened.articles.iterate())
        finally:
            opened.close()

    with pytest.raises(StorageError, match="is damaged: restore a backup"):
        read_everything()


def test_two_programs_on_one_file_wait_for_each_other(tmp_path: Path) -> None:
    stores = [open_store(StorageSettings(url="sqlite:///a.db"), tmp_path) for _ in range(2)]
    stores[0].facts.set("count", "0")
    barrier = threading.Barrier(2)

    def count(store: Store) -> None:
        barrier.wait()
        for _ in range(25):
            with store.transaction():
                store.facts.set("count", str(int(store.facts.get("count") or 0) + 1))

    threads = [threading.Thread(target=count, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stores[0].facts.get("count") == "50"
    for store in stores:
        store.close()


def test_a_locked_database_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aggregator.store.database.BUSY_MILLISECONDS", 20)
    settings = StorageSettings(url="sqlite:///a.db")
    store = open_store(settings, tmp_path)
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="is locked by another program"):
            store.facts.set("a", "b")
        other.execute("ROLLBACK")
    store.facts.set("a", "b")
    store.close()


def test_the_password_comes_by_reference_and_is_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "s3cret")
    (tmp_path / "password").write_text("from file\n")
    url = "postgresql://someone@db/x"
    by_name = resolve(StorageSettings(url=url, password=Secret(env="DB_PASSWORD")), tmp_path)
    by_file = resolve(StorageSettings(url=url, password=Secret(file=str(tmp_path / "password"))), tmp_path)
    assert (by_name.password, by_file.password) == ("s3cret", "from file")
    assert describe(by_name) == "postgresql://someone@db/x"
    for secret, words in ((Secret(env="UNSET_PASSWORD"), "UNSET_PASSWORD"), (Secret(file="/none"), "/none")):
        with pytest.raises(StorageError, match=words):
            resolve(StorageSettings(url=url, password=secret), tmp_path)

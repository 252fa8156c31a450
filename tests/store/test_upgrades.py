"""Upgrades, backups and crashes: nothing that was committed is lost."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from aggregator.errors import MigrationNeeded, SchemaTooNew, StorageError
from aggregator.model.config import StorageSettings
from aggregator.model.ids import ArticleId
from aggregator.store import Store, open_store, restore
from aggregator.store.migrate import MIGRATIONS
from aggregator.store.schema import REVISIONS
from tests.store.build import add, new

SETTINGS = StorageSettings(url="sqlite:///data/store.db")
NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "9000"
down_revision = {before!r}


def upgrade() -> None:
    op.create_table("added", sa.Column("id", sa.Integer(), primary_key=True))
    {more}
"""


def titles(store: Store) -> list[str]:
    return [stored.article.title for stored in store.articles.since(0, 100)]


def next_program(monkeypatch: pytest.MonkeyPatch, folder: Path, more: str = "") -> None:
    """Go on as the next version of the program, which has one migration more."""
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "v9000_next.py").write_text(NEXT.format(before=REVISIONS[-1], more=more))
    monkeypatch.setattr("aggregator.store.migrate.MIGRATIONS", folder)
    for module in ("opening", "backups"):
        monkeypatch.setattr(f"aggregator.store.{module}.REVISIONS", (*REVISIONS, "9000"))


def test_sqlite_upgrades_by_itself_and_leaves_a_copy_of_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(SETTINGS, tmp_path)
    add(store, new("a1"))
    store.close()
    next_program(monkeypatch, tmp_path / "next")
    store = open_store(SETTINGS, tmp_path)
    assert (store.current(), titles(store)) == ("9000", ["Title of a1"])
    store.close()
    [copy] = (tmp_path / "data").glob("store.db.before-9000-*")
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (REVISIONS[-1],)
        assert connection.execute("SELECT count(*) FROM articles").fetchone() == (1,)


def test_an_upgrade_that_breaks_leaves_the_database_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(SETTINGS, tmp_path)
    add(store, new("a1"))
    store.close()
    next_program(monkeypatch, tmp_path / "next", more="raise LookupError")
    with pytest.raises(LookupError):
        open_store(SETTINGS, tmp_path)
    with closing(sqlite3.connect(tmp_path / "data/store.db")) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (REVISIONS[-1],)
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'added'").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM articles").fetchone() == (1,)


@pytest.mark.postgres
def test_postgresql_upgrades_when_told_to(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = StorageSettings(url=postgres_url)
    store = open_store(settings, tmp_path)
    add(store, new("a1"))
    store.close()
    next_program(monkeypatch, tmp_path / "next")
    with pytest.raises(MigrationNeeded, match="aggregator db upgrade"):
        open_store(settings, tmp_path)
    store = open_store(settings, tmp_path, migrate=True)
    assert (store.current(), titles(store)) == ("9000", ["Title of a1"])
    store.close()


def test_a_backup_taken_in_use_restores_what_was_committed(tmp_path: Path) -> None:
    store = open_store(SETTINGS, tmp_path)
    add(store, new("a1"))
    file = tmp_path / "kept" / "backup.db"
    assert store.backup(file) == file.stat().st_size
    add(store, new("a2"))
    with pytest.raises(StorageError, match="exists already"):
        store.backup(file)
    store.close()
    kept = restore(SETTINGS, tmp_path, file)
    store = open_store(SETTINGS, tmp_path)
    assert titles(store) == ["Title of a1"]
    store.close()
    assert kept is not None
    with closing(sqlite3.connect(kept)) as connection:
        assert connection.execute("SELECT count(*) FROM articles").fetchone() == (2,)


def test_a_backup_restores_to_where_nothing_was(tmp_path: Path) -> None:
    store = open_store(SETTINGS, tmp_path)
    add(store, new("a1"))
    store.backup(tmp_path / "backup.db")
    store.close()
    elsewhere = tmp_path / "elsewhere"
    assert restore(SETTINGS, elsewhere, tmp_path / "backup.db") is None
    store = open_store(SETTINGS, elsewhere)
    assert titles(store) == ["Title of a1"]
    store.close()


def test_what_is_no_backup_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    store = open_store(SETTINGS, tmp_path)
    add(store, new("a1"))
    store.backup(tmp_path / "backup.db")
    store.close()
    (tmp_path / "notes").write_text("x" * 5000)
    (tmp_path / "empty").write_text("")
    (tmp_path / "cut.db").write_bytes((tmp_path / "backup.db").read_bytes()[:20_000])
    for name in ("missing", "notes", "empty", "cut.db"):
        with pytest.raises(StorageError):
            restore(SETTINGS, tmp_path, tmp_path / name)
    with closing(sqlite3.connect(tmp_path / "backup.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(SchemaTooNew):
        restore(SETTINGS, tmp_path, tmp_path / "backup.db")
    store = open_store(SETTINGS, tmp_path)
    assert titles(store) == ["Title of a1"]
    store.close()


WRITER = """
import sys
from pathlib import Path
from aggregator.model.config import StorageSettings
from aggregator.store import open_store
from tests.store.build import add, new

store = open_store(StorageSettings(url=sys.argv[1]), Path(sys.argv[2]))
for n in range(10):
    add(store, new(f"a{n}"))
with store.transaction():
    add(store, new("never"))
    print("in the middle", flush=True)
    sys.stdin.read()
"""


def test_a_process_killed_in_the_middle_of_a_commit_loses_and_repeats_nothing(
    settings: StorageSettings, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", WRITER, settings.url, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"in the middle\n"
        process.send_signal(signal.SIGKILL)
    store = open_store(settings, tmp_path)
    assert titles(store) == [f"Title of a{n}" for n in range(10)]
    add(store, new("a9"), new("after"))
    assert [s.sequence for s in store.articles.since(0, 100)] == list(range(1, 12))
    assert store.articles.get(ArticleId("moonwire-never")) is None
    store.close()

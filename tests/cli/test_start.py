"""What the program says when an instance is fresh, faulty or spoilt; and what it loads to say it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import Call, caller, script
from tests.support.instances import item, newsroom, rss

# typer itself asks pydantic what an option's value means, once there is a command
HEAVY = (
    "sqlalchemy",
    "numpy",
    "aggregator.config.schema",
    "lxml",
    "feedparser",
    "httpx2",
    "apscheduler",
    "uvicorn",
    "lark",
    "rich.table",
)


@pytest.fixture
def call(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    return caller(tmp_path, capsys, monkeypatch)


def site(root: Path, *, more: str = "") -> Path:
    newsroom(root, [("one", "feeds/one.xml")], more=more)
    (root / "feeds" / "one.xml").write_bytes(rss(item(1)))
    return root / "config.toml"


@pytest.mark.parametrize("arguments", [[], ["sources"], ["run"], ["articles", "list"]], ids=" ".join)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys\nfrom aggregator.cli.main import main\n"
        f"sys.argv = ['aggregator', *{arguments!r}, '--help']\n"
        "try:\n    main()\nexcept SystemExit as ended:\n    assert not ended.code\n"
        f"print('LOADED', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)
    assert ran.stdout.splitlines()[-1] == "LOADED []"
    assert "Usage" in ran.stdout


def test_the_installed_command_answers_in_a_pipe(tmp_path: Path) -> None:
    site(tmp_path)
    ran = subprocess.run(
        [script(), "run", "--once"], check=True, cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert "\x1b" not in ran.stdout + ran.stderr
    assert "1 new" in ran.stderr
    version = subprocess.run([script(), "--version"], check=True, capture_output=True, text=True, timeout=30)
    assert version.stdout.startswith("aggregator ")


def test_a_fresh_instance_is_made_checked_and_run(tmp_path: Path, call: Call) -> None:
    assert call("init", "fresh").code == 0
    assert {path.name for path in (tmp_path / "fresh").iterdir()} == {"config.toml", "feeds", "output"}
    checked = call("check", "--config", "fresh/config.toml")
    assert checked.code == 0
    assert "no faults" in checked.err
    assert call("run", "--once", "--config", "fresh/config.toml").code == 0
    assert (tmp_path / "fresh" / "output" / "all" / "feed.atom").is_file()
    again = call("init", "fresh")
    assert again.code == 2
    assert "exists already" in again.err


def test_check_tells_every_fault_at_once_with_its_place(tmp_path: Path, call: Call) -> None:
    more = (
        '[[topic]]\nslug = "all"\ntitle = "Twice"\n'
        '[[topic]]\nslug = "words"\ntitle = "Words"\nquery = "moon OR OR mars"\nlanguages = ["dutchish!"]\n'
        '[[source]]\nid = "two"\nurl = "feeds/one.xml"\nwieght = 2\nlicence = "mine"\n'
    )
    site(tmp_path, more=more)
    for command in (("check",), ("run", "--once"), ("sources", "list")):
        called = call(*command)
        assert (called.code, called.out) == (2, "")
        assert "Traceback" not in called.err
        assert "did you mean" in called.err
    lines = call("check").err.splitlines()
    assert len(lines) >= 2
    assert all(line.startswith((f"{tmp_path}/config.toml:", "config.toml:")) for line in lines)
    report = call("check", "--json")
    assert report.code == 2
    assert len(report.document["faults"]) == len(lines)


@pytest.mark.parametrize(
    ("text", "words"),
    [("[site\ntitle = 3", "config.toml:1"), ("[site]\ntitle = 3\n", "title")],
    ids=["not toml", "wrong type"],
)
def test_a_configuration_that_cannot_be_read_is_refused_in_sentences(
    tmp_path: Path, call: Call, text: str, words: str
) -> None:
    (tmp_path / "config.toml").write_text(text, "utf-8")
    called = call("check")
    assert called.code == 2
    assert words in called.err
    assert "Traceback" not in called.err


@pytest.mark.parametrize("command", [("check",), ("run", "--once"), ("status",)], ids=" ".join)
def test_a_missing_configuration_is_named(call: Call, command: tuple[str, ...]) -> None:
    called = call(*command, "--config", "nowhere.toml")
    assert called.code == 2
    assert "nowhere.toml" in called.err
    assert called.err.count("\n") == 1


def failed(call: Call, words: str) -> None:
    for command in (("run", "--once"), ("status", "--json")):
        called = call(*command)
        assert (called.code, called.out) == (1, ""), called
        assert words in called.err
        assert called.err.count("\n") == 1


def test_a_database_that_is_a_folder_is_named(tmp_path: Path, call: Call) -> None:
    site(tmp_path)
    (tmp_path / "data" / "aggregator.db").mkdir(parents=True)
    failed(call, "aggregator.db")


def test_a_file_that_is_no_database_is_named_and_left_alone(tmp_path: Path, call: Call) -> None:
    site(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "aggregator.db").write_bytes(b"This is a shopping list: eggs, flour, butter. " * 50)
    failed(call, "aggregator.db")
    assert (tmp_path / "data" / "aggregator.db").read_bytes().startswith(b"This is a shopping list")


def test_a_newer_database_is_named_and_left_alone(tmp_path: Path, call: Call) -> None:
    site(tmp_path)
    assert call("run", "--once").code == 0
    with sqlite3.connect(tmp_path / "data" / "aggregator.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    failed(call, "newer")


@pytest.mark.parametrize("what", ["file", "nested"])
def test_an_output_folder_that_cannot_be_written_is_named_and_nothing_is_lost(
    tmp_path: Path, call: Call, what: str
) -> None:
    site(tmp_path, more='[output]\nfolder = "public/site"\n' if what == "nested" else "")
    blocked = tmp_path / ("public" if what == "nested" else "output")
    blocked.write_text("in the way", "utf-8")
    called = call("run", "--once")
    assert (called.code, called.out) == (1, "")
    assert blocked.name in called.err
    assert called.err.count("\n") == 1
    blocked.unlink()
    again = call("run", "--once", "--json")
    assert again.code == 0
    assert again.document["written"] > 0
    assert "https://source.example/1" in next(tmp_path.rglob("all/feed.json")).read_text("utf-8")


def test_a_pipe_that_closes_early_is_no_fault_to_report(tmp_path: Path) -> None:
    site(tmp_path)
    read, write = os.pipe()
    os.close(read)
    ran = subprocess.run(
        [script(), "sources", "list", "--json"],
        check=False,
        cwd=tmp_path,
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    os.close(write)
    assert "Traceback" not in ran.stderr

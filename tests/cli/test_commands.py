"""Every command once, over the demo instance: exit codes, what is printed, what is said."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from aggregator.pipeline.clock import system_clock
from tests.support.commands import Call, caller
from tests.support.demo import demo
from tests.support.instances import Newsroom

RUN_KEYS = ["sources", "fetched", "not_modified", "failed", "new", "revised", "stories", "written", "unchanged"]
MOON = "https://maanblad.example/2020/de-maan-is-dichterbij"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Newsroom:
    room = Newsroom(demo(tmp_path_factory.mktemp("commands")).root, clock=system_clock)  # type: ignore[arg-type]
    room.run()
    return room


@pytest.fixture
def call(ran: Newsroom, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Commands that only look."""
    return caller(ran.root, capsys, monkeypatch)


@pytest.fixture
def change(ran: Newsroom, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Commands that change something, on a copy."""
    shutil.copytree(ran.root, tmp_path / "copy")
    return caller(tmp_path / "copy", capsys, monkeypatch)


LISTS = [
    ("sources", "list"),
    ("topics", "list"),
    ("topics", "show", "space"),
    ("articles", "list"),
    ("articles", "list", "--stories"),
    ("articles", "list", "--source", "maanblad"),
    ("curate", "log"),
    ("curate", "queue", "space"),
    ("publish",),
    ("poll",),
    ("digests", "list"),
]


@pytest.mark.parametrize("command", LISTS, ids=" ".join)
def test_a_list_is_one_json_list_of_objects_with_ids_on_stdout(call: Call, command: tuple[str, ...]) -> None:
    called = call(*command, "--json")
    assert (called.code, called.err) == (0, "")
    assert isinstance(called.document, list)
    assert all(isinstance(row["id"], str | int) for row in called.document)


@pytest.mark.parametrize("command", LISTS, ids=" ".join)
def test_a_list_is_a_table_or_a_sentence_for_people(call: Call, command: tuple[str, ...]) -> None:
    called = call(*command)
    assert called.code == 0
    assert called.out.strip() or called.err.strip().endswith(".")


def test_the_lists_hold_what_their_tables_show(call: Call) -> None:
    sources: list[dict[str, Any]] = call("sources", "list", "--json").document
    assert len(sources) == 10
    assert {row["state"] for row in sources} == {"healthy"}
    assert all(row["due"].endswith("Z") and row["url"].startswith("feeds/") for row in sources)
    articles: list[dict[str, Any]] = call("articles", "list", "--json").document
    assert len(articles) == sum(row["articles"] for row in sources)
    assert {row["state"] for row in articles} == {"stored"}
    stories: list[dict[str, Any]] = call("articles", "list", "--stories", "--json").document
    assert len({row["story"] for row in articles}) == len(stories) < len(articles)
    topics: list[dict[str, Any]] = call("topics", "list", "--json").document
    assert [row["id"] for row in topics] == ["space", "climate", "nederlands", "open"]
    assert len(call("topics", "show", "space", "--json").document) == topics[0]["items"]


RECORDS = [
    (("sources", "show", "maanblad"), "id"),
    (("articles", "show", MOON), "record"),
    (("stories", "show", MOON), "members"),
    (("status",), "sources"),
    (("topics", "preview", "space", "--since", "9000d"), "would_enter"),
    (("replay", "--topic", "space"), "topics"),
    (("check",), "topics"),
]


@pytest.mark.parametrize(("command", "key"), RECORDS, ids=lambda value: " ".join(value) if value else "")
def test_one_thing_is_one_json_object(call: Call, command: tuple[str, ...], key: str) -> None:
    called = call(*command, "--json")
    assert (called.code, called.err) == (0, "")
    assert key in called.document
    assert call(*command).code == 0


def test_why_answers_for_each_topic(call: Call) -> None:
    answers = call("why", MOON, "--json").document
    assert {answer["topic"] for answer in answers} == {"space", "climate", "nederlands", "open"}
    for command in (("why", MOON), ("topics", "why", "space", MOON), ("why", MOON, "--topic", "climate")):
        called = call(*command)
        assert called.code == 0
        assert called.out.strip()


def test_a_run_once_prints_exactly_the_keys_that_other_programs_read(call: Call) -> None:
    called = call("run", "--once", "--json")
    assert (called.code, called.err) == (0, "")
    assert list(called.document) == RUN_KEYS
    assert all(isinstance(value, int) for value in called.document.values())


def test_a_first_run_shows_each_source_and_topic(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    called = caller(demo(tmp_path).root, capsys, monkeypatch)("run", "--once")
    assert called.code == 0
    assert all(name in called.out for name in ("maanblad", "heraldo", "nederlands", "climate"))
    assert "25 new" in called.err


@pytest.mark.parametrize(
    ("command", "hint"),
    [
        (("sources", "show", "maanblat"), "did you mean 'maanblad'?"),
        (("poll", "orbit-dayly"), "did you mean 'orbit-daily'?"),
        (("publish", "spaces"), "did you mean 'space'?"),
        (("topics", "show", "zzz"), "there are 4, see `aggregator topics list`"),
        (("articles", "show", "nothing"), "no article"),
        (("stories", "show", "nothing"), "no article"),
        (("why", "nothing"), "no article"),
        (("curate", "undo", "99"), "no act 99"),
        (("replay", "--since", "soon"), "12h, 30d or 2w"),
        (("sources", "add", "ftp://a.example/feed"), "no http(s) address"),
        (("sources", "import", "nowhere.opml"), "No such file"),
        (("sources", "remove", "maanblad"), "declared in a file"),
        (("curate", "edit", "space", MOON, "--note", "x"), "--title or --summary"),
        (("init",), "exists already"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_usage_is_one_sentence_and_exit_code_2(call: Call, command: tuple[str, ...], hint: str) -> None:
    called = call(*command)
    assert called.code == 2
    assert called.out == ""
    assert hint in called.err
    assert called.err.count("\n") == 1


@pytest.mark.parametrize("command", [("frobnicate",), ("run", "--twice"), ("articles", "list", "--limit", "0")])
def test_a_command_or_option_that_does_not_exist_is_wrong_usage(call: Call, command: tuple[str, ...]) -> None:
    called = call(*command)
    assert called.code == 2
    assert "Traceback" not in called.err


def test_a_source_is_paused_and_resumed(change: Call) -> None:
    assert change("sources", "pause", "maanblad", "--reason", "too loud").code == 0
    assert change("sources", "show", "maanblad", "--json").document["state"] == "paused"
    assert change("sources", "resume", "maanblad").code == 0
    assert change("sources", "show", "maanblad", "--json").document["state"] == "healthy"


def test_an_article_is_withdrawn_from_every_output(change: Call) -> None:
    assert change("articles", "withdraw", MOON, "--reason", "the author asked").code == 0
    assert change("publish").code == 0
    assert MOON not in Path("output/nederlands/feed.json").read_text("utf-8")
    assert change("articles", "show", MOON, "--json").document["state"] == "withdrawn"


def test_editorial_acts_are_carried_out_logged_and_undone(change: Call) -> None:
    edit = ("--title", "The moon is nearer", "--note", "translated")
    assert change("curate", "pin", "climate", MOON, "--reason", "lovely").code == 0
    assert change("curate", "edit", "space", MOON, *edit).code == 0
    assert change("curate", "hide", "nederlands", MOON).code == 0
    assert change("publish").code == 0
    assert Newsroom(Path()).feed("climate")["items"][0]["url"] == MOON
    assert "The moon is nearer" in [entry["title"] for entry in Newsroom(Path()).feed("space")["items"]]
    assert MOON not in [entry["url"] for entry in Newsroom(Path()).feed("nederlands")["items"]]
    log = change("curate", "log", "--json").document
    assert [row["kind"] for row in log] == ["hide", "edit", "pin"]
    assert change("curate", "undo", str(log[0]["id"])).code == 0
    assert change("publish").code == 0
    assert MOON in [entry["url"] for entry in Newsroom(Path()).feed("nederlands")["items"]]


def test_a_wire_story_is_split_and_joined_again(change: Call) -> None:
    ferries = "https://cityledger.example/wire/88121"
    before = change("stories", "show", ferries, "--json").document
    assert len(before["members"]) == 3
    assert change("stories", "split", ferries, "--reason", "another storm").code == 0
    assert len(change("stories", "show", ferries, "--json").document["members"]) == 1
    other = next(one["id"] for one in before["members"] if one["source"] != "city-ledger")
    assert change("stories", "pin", ferries, other).code == 0
    assert len(change("stories", "show", ferries, "--json").document["members"]) == 3


def test_an_operator_chooses_which_print_of_a_story_is_shown(change: Call) -> None:
    def shown() -> list[tuple[str, str]]:
        items = Newsroom(Path()).feed("climate")["items"]
        return [(entry["id"], entry["url"]) for entry in items if "ferries" in entry["title"].lower()]

    ferries = "https://cityledger.example/wire/88121"
    assert change("publish").code == 0
    [(before, url)] = shown()
    assert url != ferries
    assert change("stories", "prefer", ferries).code == 0
    assert change("publish").code == 0
    assert shown() == [(before, ferries)]


def test_sources_are_exported_and_imported(change: Call) -> None:
    opml = change("sources", "export")
    assert opml.code == 0
    assert opml.out.startswith("<?xml")
    report = change("sources", "import", "feeds/starter/space.opml", "--json").document
    assert report["added"] >= 10
    assert change("sources", "import", "feeds/starter/space.opml", "--json").document["added"] == 0
    added = [row for row in change("sources", "list", "--json").document if row["declared"] == "command"]
    assert len(added) == report["added"]
    assert change("sources", "remove", added[0]["id"]).code == 0


def test_a_backup_is_restored(change: Call) -> None:
    assert change("backup", "copy.db").code == 0
    assert change("articles", "withdraw", MOON, "--reason", "by mistake").code == 0
    assert change("restore", "copy.db").code == 0
    assert change("articles", "show", MOON, "--json").document["state"] == "stored"
    assert change("db", "current").out.strip()
    assert change("db", "upgrade").code == 0

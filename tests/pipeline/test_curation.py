"""Editors' acts end to end: each changes the published feed as promised, undo restores it, and replays keep it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aggregator.pipeline.curation import act_log
from aggregator.pipeline.run import publish_topics
from tests.support.commands import Call, caller
from tests.support.fileserver import serving
from tests.support.instances import BASE, Newsroom, item, newsroom, rss

TOPICS = BASE.replace(
    'title = "Everything"', 'title = "Everything"\nquery = "harbour OR storm OR ferry"\nexplain = true'
)
WAITING = '[[topic]]\nslug = "desk"\ntitle = "Desk"\nmode = "approve"\nquery = "harbour OR storm"\n'
DOCUMENT = rss(
    item(1, title="Storm closes the harbour", text="Ships wait outside for the wind to drop.", day=1),
    item(2, title="Ferry late again", text="Passengers were told to come back at noon.", day=1),
    item(3, title="Bakery wins a prize", text="The rye loaf convinced every judge but one.", day=1),
)
STORM, FERRY, BAKERY = (f"https://source.example/{number}" for number in (1, 2, 3))
Desk = tuple[Newsroom, Call]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Newsroom:
    with serving({"/feed": DOCUMENT}) as site:
        room = newsroom(tmp_path_factory.mktemp("desk"), [("one", f"{site.url}/feed")], base=TOPICS, more=WAITING)
        room.run()
    return room


@pytest.fixture
def desk(ran: Newsroom, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A site of one's own that has published once."""
    room = Newsroom(tmp_path / "site")
    shutil.copytree(ran.root, room.root)
    return room, caller(room.root, capsys, monkeypatch)


def publish(room: Newsroom) -> None:
    room.clock.go_on(minutes=5)
    with room.open() as instance:
        publish_topics(instance, ())


def acted(desk: Desk, *arguments: str) -> int:
    """Run ``aggregator curate``, publish; the act's number."""
    room, call = desk
    called = call("curate", *arguments)
    assert called.code == 0, called.err
    publish(room)
    said = called.out + called.err
    return int(said.split("act ")[1].split(":")[0]) if "act " in said and ":" in said else 0


def urls(room: Newsroom, topic: str = "all") -> list[str]:
    return [entry["url"] for entry in room.feed(topic)["items"]]


def only(room: Newsroom, url: str, topic: str = "all") -> dict[str, Any]:
    found: list[dict[str, Any]] = [entry for entry in room.feed(topic)["items"] if entry["url"] == url]
    assert len(found) == 1
    return found[0]


def feeds(room: Newsroom) -> dict[str, bytes]:
    return {name: data for name, data in room.snapshot().items() if name.startswith("all/feed.")}


def undone(desk: Desk, number: int) -> None:
    acted(desk, "undo", str(number), "--reason", "second thoughts")


def test_hiding_takes_an_item_out_and_undo_puts_it_back(desk: Desk) -> None:
    room, _ = desk
    before = [entry["id"] for entry in room.feed()["items"]]
    number = acted(desk, "hide", "all", STORM, "--reason", "not ours")
    assert urls(room) == [FERRY]
    undone(desk, number)
    assert [entry["id"] for entry in room.feed()["items"]] == before


def test_a_pinned_item_stands_first_until_its_time(desk: Desk) -> None:
    room, _ = desk
    last = urls(room)[-1]
    acted(desk, "pin", "all", last, "--until", "2026-03-04")
    assert urls(room)[0] == last
    assert only(room, last)["_why"]["pinned"] is True
    room.clock.go_on(days=3)
    publish(room)
    assert urls(room)[-1] == last
    assert "pinned" not in only(room, last)["_why"]


def test_undoing_a_pin_restores_the_order(desk: Desk) -> None:
    room, _ = desk
    before = urls(room)
    number = acted(desk, "pin", "all", before[-1])
    assert urls(room) != before
    undone(desk, number)
    assert urls(room) == before


def test_an_article_that_matches_nothing_can_be_added_by_hand(desk: Desk) -> None:
    room, _ = desk
    assert BAKERY not in urls(room)
    number = acted(desk, "add", "all", BAKERY, "--reason", "our readers bake")
    assert sorted(urls(room)) == sorted([STORM, FERRY, BAKERY])
    assert "our readers bake" in only(room, BAKERY)["_why"]["sentence"]
    undone(desk, number)
    assert BAKERY not in urls(room)


def test_nothing_is_listed_before_it_is_approved(desk: Desk) -> None:
    room, call = desk
    assert urls(room, "desk") == []
    [waiting] = call("curate", "queue", "desk", "--json").document
    assert waiting["title"] == "Storm closes the harbour"
    number = acted(desk, "approve", "desk", STORM)
    assert urls(room, "desk") == [STORM]
    assert call("curate", "queue", "desk", "--json").document == []
    undone(desk, number)
    assert urls(room, "desk") == []
    assert len(call("curate", "queue", "desk", "--json").document) == 1


def test_what_is_declined_is_neither_listed_nor_waiting(desk: Desk) -> None:
    room, call = desk
    acted(desk, "decline", "desk", STORM, "--reason", "too small")
    assert urls(room, "desk") == []
    assert call("curate", "queue", "desk", "--json").document == []
    [why] = call("why", STORM, "--topic", "desk", "--json").document
    assert (why["state"], why["rule"]) == ("rejected", "override")
    assert "too small" in why["sentence"]


def test_an_edited_item_shows_its_note_and_the_title_it_had_in_every_format(desk: Desk) -> None:
    room, _ = desk
    before = feeds(room)
    arguments = ("--title", "Harbour shut by storm", "--note", "Title shortened.", "--reason", "house style")
    number = acted(desk, "edit", "all", STORM, *arguments)
    shown = only(room, STORM)
    assert shown["title"] == "Harbour shut by storm"
    assert shown["_why"]["edited"] == "Title shortened."
    assert shown["_why"]["original_title"] == "Storm closes the harbour"
    for name in ("feed.atom", "feed.rss", "feed.json", "index.html"):
        text = room.snapshot()[f"all/{name}"].decode()
        assert "Harbour shut by storm" in text, name
        assert "Edited: Title shortened." in text, name
        assert "Storm closes the harbour" in text, name
    undone(desk, number)
    titles = [entry["title"] for entry in room.feed()["items"]]
    assert "Storm closes the harbour" in titles
    assert all(b"Title shortened" not in data for data in feeds(room).values())
    assert before.keys() == feeds(room).keys()


@pytest.mark.parametrize("more", [(), ("--relist",)], ids=["replay", "relist"])
def test_acts_survive_a_replay(desk: Desk, more: tuple[str, ...]) -> None:
    room, call = desk
    acted(desk, "hide", "all", STORM)
    acted(desk, "add", "all", BAKERY)
    before = sorted(urls(room))
    assert call("replay", *more, "--json").code == 0
    publish(room)
    assert sorted(urls(room)) == before == sorted([FERRY, BAKERY])


def test_the_log_tells_who_did_what_when_and_why_and_what_was_undone(desk: Desk) -> None:
    room, call = desk
    first = acted(desk, "hide", "all", STORM, "--reason", "not ours")
    undone(desk, first)
    acted(desk, "pin", "all", FERRY, "--until", "2026-04-01", "--reason", "season")
    rows = call("curate", "log", "--json").document
    assert [(row["kind"], row["why"]) for row in rows] == [
        ("pin", "season"),
        ("undo", "second thoughts"),
        ("hide", "not ours"),
    ]
    assert all(row["who"] and row["at"] and row["topic"] == "all" for row in rows)
    assert rows[2]["undone_by"] == rows[1]["id"]
    with room.open() as instance:
        assert len(act_log(instance, "desk", 10)) == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("hide", "none", STORM), "no topic"),
        (("hide", "all", "https://source.example/unknown"), "no article"),
        (("undo", "77"), "no act 77"),
        (("edit", "all", STORM, "--note", "x"), "--title or --summary"),
    ],
    ids=["topic", "article", "act", "empty edit"],
)
def test_an_act_that_cannot_be_done_says_why(desk: Desk, arguments: tuple[str, ...], words: str) -> None:
    _, call = desk
    called = call("curate", *arguments)
    assert called.code == 2
    assert words in called.err


def explained(call: Callable[..., Any], name: str, topic: str = "all") -> dict[str, Any]:
    found: list[dict[str, Any]] = call("why", name, "--topic", topic, "--json").document
    return found[0]


def test_the_feeds_carry_why_where_the_topic_asks_for_it(desk: Desk) -> None:
    room, _ = desk
    published = room.snapshot()
    atom, data = published["all/feed.atom"].decode(), published["all/feed.rss"].decode()
    assert atom.count("<why:why ") == data.count("<why:why ") == 2
    assert "<why:word>harbour</why:word>" in atom
    assert only(room, STORM)["_why"]["words"] == ["harbour", "Storm"]
    assert "<why:" not in published["desk/feed.atom"].decode()


def test_the_article_page_says_why_it_is_listed(desk: Desk) -> None:
    room, _ = desk
    [page] = [data for name, data in room.snapshot().items() if name.startswith("articles/") and b"Storm clo" in data]
    assert b"Why it is listed" in page
    assert b"<mark>harbour</mark>" in page


def test_why_answers_for_what_is_listed_and_for_what_never_matched(desk: Desk) -> None:
    _, call = desk
    listed, never = explained(call, STORM), explained(call, BAKERY)
    assert (listed["present"], listed["state"], listed["rule"]) == (True, "listed", "query")
    assert (never["present"], never["state"], never["rule"]) == (False, "held-back", "query")
    assert "harbour OR storm OR ferry" in never["query"]
    assert not any(clause["matched"] for clause in never["clauses"])
    assert explained(call, STORM, "desk")["state"] == "pending"


def test_why_answers_for_what_was_withdrawn(desk: Desk) -> None:
    room, call = desk
    assert call("articles", "withdraw", STORM, "--reason", "asked by the author").code == 0
    publish(room)
    told = explained(call, STORM)
    assert (told["present"], told["state"]) == (False, "withdrawn")

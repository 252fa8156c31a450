"""What has left a topic's live documents is found in its archives."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from aggregator.pipeline.articles import withdraw_article
from aggregator.publish.archives import SIZE
from aggregator.publish.document import ATOM, Document
from aggregator.publish.validate import check_document
from tests.support.documents import find, tree
from tests.support.fileserver import serving
from tests.support.instances import START, Newsroom, item, newsroom, rss

NARROW = '[[topic]]\nslug = "narrow"\ntitle = "Narrow"\nwindow = "2d"\nmin_items = 1\n'


def dated(*days: int) -> bytes:
    return rss(*(item(day, day=day) for day in days))


def archive(room: Newsroom, number: int, topic: str = "narrow") -> bytes:
    return (room.output / topic / f"archive/{number:05d}.atom").read_bytes()


def ids(body: bytes) -> list[str]:
    return [str(one) for one in find(tree(body), "a:entry/a:id/text()")]


def links(body: bytes) -> dict[str, str]:
    return {str(link.get("rel")): str(link.get("href")) for link in find(tree(body), "a:link")}


def live(room: Newsroom, topic: str = "narrow") -> bytes:
    return (room.output / topic / "feed.atom").read_bytes()


def walk(room: Newsroom, topic: str = "narrow") -> list[str]:
    """The ids of a whole history as a reader of RFC 5005 collects them, newest document first."""
    body, found = live(room, topic), []
    while True:
        found += [one for one in ids(body) if one not in found]
        before = links(body).get("prev-archive")
        if before is None:
            return found
        body = (room.output / before.removeprefix("https://feeds.example.org/")).read_bytes()


@pytest.mark.case("B-17", "B-18")
def test_nothing_a_topic_ever_listed_is_lost(tmp_path: Path) -> None:
    seen: set[str] = set()
    with serving({"/feed": dated(1, 2)}) as site:
        room = newsroom(tmp_path, [("one", f"{site.url}/feed")], more=NARROW)
        for day in range(3, 12):
            room.run()
            seen |= set(ids(live(room)))
            assert set(walk(room)) == seen
            room.clock.go_on(days=1)
            site.documents["/feed"] = dated(day - 1, day)
    assert len(seen) == 10
    assert "prev-archive" in links(live(room))
    for path in sorted((room.output / "narrow/archive").glob("*.atom")):
        document = Document(
            path=str(path.relative_to(room.output)), media_type=ATOM, body=path.read_bytes(), updated=START
        )
        assert check_document(document, now=room.clock()) == ()


def grown_room(tmp_path: Path, url: str) -> Newsroom:
    return newsroom(tmp_path, [("one", url)], more=NARROW)


@pytest.mark.case("B-18")
def test_new_items_leave_closed_archives_alone(tmp_path: Path) -> None:
    with serving({"/feed": dated(1, 2)}) as site:
        room = grown_room(tmp_path, f"{site.url}/feed")
        room.run()
        for day in (5, 8, 11):
            room.clock.go_on(days=3)
            site.documents["/feed"] = dated(day)
            room.run()
        first = archive(room, 1)
        changed = (room.output / "narrow/archive/00001.atom").stat().st_mtime_ns
        for day in (14, 17):
            room.clock.go_on(days=3)
            site.documents["/feed"] = dated(day)
            room.run()
    assert archive(room, 1) == first
    assert (room.output / "narrow/archive/00001.atom").stat().st_mtime_ns == changed


@pytest.mark.case("B-18")
def test_a_takedown_and_a_correction_reach_the_archive(tmp_path: Path) -> None:
    with serving({"/feed": rss(item(1, day=1, text="A libel about a duchess."), item(2, day=2))}) as site:
        room = grown_room(tmp_path, f"{site.url}/feed")
        room.run()
        room.clock.go_on(days=4)
        site.documents["/feed"] = rss(item(2, day=2), item(6, day=6))
        room.run()
        room.clock.go_on(hours=1)
        room.run()
        everything = archive(room, 1) + archive(room, 2)
        assert b"a libel about a duchess" in everything.lower()
        with room.open() as instance:
            withdraw_article(instance, "https://source.example/1", "a court's order")
        site.documents["/feed"] = rss(item(2, day=2, text="The corrected text of the second article."), item(6, day=6))
        room.clock.go_on(days=2)
        room.run()
        assert not [name for name, data in room.snapshot().items() if b"duchess" in data]
        print(
            [n for n, data in room.snapshot().items() if b"corrected text" in data],
            ids(archive(room, 1)),
            ids(archive(room, 2)),
        )
        assert b"The corrected text of the second" in archive(room, 1) + archive(room, 2)


@pytest.mark.case("B-17", "B-18")
def test_archives_that_were_lost_are_written_again_the_same_and_strange_ones_removed(tmp_path: Path) -> None:
    with serving({"/feed": dated(1, 2)}) as site:
        room = grown_room(tmp_path, f"{site.url}/feed")
        room.run()
        room.clock.go_on(days=4)
        site.documents["/feed"] = dated(6)
        room.run()
        room.clock.go_on(hours=1)
        room.run()
        before = room.snapshot()
        assert "narrow/archive/00001.atom" in before
        shutil.rmtree(room.output / "narrow/archive")
        (room.output / "narrow/archive").mkdir()
        (room.output / "narrow/archive/00099.atom").write_text("stale")
        room.clock.go_on(hours=1)
        room.run()
    assert room.snapshot() == before


@pytest.mark.case("B-19")
def test_a_topic_that_has_let_nothing_go_is_complete(tmp_path: Path) -> None:
    with serving({"/feed": dated(1, 2)}) as site:
        room = grown_room(tmp_path, f"{site.url}/feed")
        room.run()
        assert find(tree(live(room)), "fh:complete")
        assert not (room.output / "narrow/archive").exists()
        room.clock.go_on(days=4)
        site.documents["/feed"] = dated(6)
        room.run()
    assert not find(tree(live(room)), "fh:complete")


@pytest.mark.case("B-19")
def test_the_json_pages_hold_everything_once(tmp_path: Path) -> None:
    count = 2 * SIZE + 7
    with serving({"/feed": rss(*(item(n, day=1) for n in range(count)))}) as site:
        room = newsroom(tmp_path, [("one", f"{site.url}/feed")])
        room.run()
        room.clock.go_on(hours=1)
        room.run()
    page = json.loads((room.output / "all/feed.json").read_bytes())
    archived: list[str] = []
    while url := page.get("next_url"):
        page = json.loads((room.output / str(url).removeprefix("https://feeds.example.org/")).read_bytes())
        archived += [one["id"] for one in page["items"]]
    assert len(archived) == len(set(archived)) == 2 * SIZE
    assert set(archived) <= set(walk(room, "all"))


def test_a_format_that_is_no_longer_asked_for_is_taken_away(tmp_path: Path) -> None:
    with serving({"/feed": dated(1, 2)}) as site:
        room = grown_room(tmp_path, f"{site.url}/feed")
        room.run()
        text = room.config.read_text("utf-8")
        room.config.write_text(
            text.replace('title = "Narrow"', 'title = "Narrow"\nformats = ["atom", "html"]'), "utf-8"
        )
        room.clock.go_on(hours=1)
        room.run()
    assert {path.name for path in (room.output / "narrow").iterdir() if path.suffix in {".atom", ".rss", ".json"}} == {
        "feed.atom"
    }


@pytest.mark.case("B-03")
def test_last_modified_is_the_same_after_the_output_was_lost(tmp_path: Path) -> None:
    with serving({"/feed": dated(1, 2)}) as site:
        room = grown_room(tmp_path, f"{site.url}/feed")
        room.run()
        room.clock.go_on(hours=2)
        room.config.write_text(room.config.read_text("utf-8").replace("Narrow", "Narrower"), "utf-8")
        room.run()
        feed = room.output / "narrow/feed.atom"
        since = feed.stat().st_mtime
        shutil.rmtree(room.output)
        room.clock.go_on(hours=2)
        room.run()
    assert feed.stat().st_mtime == since

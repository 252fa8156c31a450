"""The archives of a source are walked back through, once each and never at the cost of the subscription (RFC 5005)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.model.article import Article
from aggregator.pipeline import history
from aggregator.pipeline.articles import find_article
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.sources import show_source
from tests.support.fileserver import Reply, Site, serving
from tests.support.instances import Newsroom, newsroom

pytestmark = pytest.mark.case("P-56")
SPACE = 'xmlns="http://www.w3.org/2005/Atom" xmlns:fh="http://purl.org/syndication/history/1.0"'


def entry(number: int, *, text: str = "", updated: str = "2020-01-01T00:00:00Z") -> str:
    words = text or f"What was told of subject {number * 37} long ago."
    return (
        f"<entry><id>urn:x:{number}</id><title>Entry {number}</title><updated>{updated}</updated>"
        f"<published>2020-01-01T00:00:00Z</published><author><name>Ann Roe</name></author>"
        f'<link href="https://source.example/{number}"/><summary>{words}</summary></entry>'
    )


def atom(*entries: str, before: str = "") -> bytes:
    link = f'<link rel="prev-archive" href="{before}"/>' if before else ""
    head = "<id>urn:x</id><title>Annals</title><updated>2026-03-01T00:00:00Z</updated>"
    return f"<feed {SPACE}>{head}{link}{''.join(entries)}</feed>".encode()


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as made:
        yield made


def annals(site: Site, count: int) -> None:
    """A feed document with one entry, and so many archives of one entry each."""
    for number in range(1, count + 1):
        before = f"{site.url}/a{number - 1}" if number > 1 else ""
        site.documents[f"/a{number}"] = atom(entry(number), before=before)
    site.documents["/feed"] = atom(entry(100 + count), before=f"{site.url}/a{count}")


def room(root: Path, site: Site) -> Newsroom:
    made = newsroom(root, [])
    source = f'[[source]]\nid = "annals"\nurl = "{site.url}/feed"\nhistory = true\n'
    made.config.write_text(f"{made.config.read_text('utf-8')}\n{source}\n", "utf-8")
    return made


def turn(desk: Newsroom, times: int = 1) -> None:
    """So many turns of the walk, each as another process would make it."""
    for _ in range(times):
        with desk.open() as instance:
            asyncio.run(history.walk(instance))


def told(desk: Newsroom) -> dict[str, object]:
    with desk.open() as instance:
        found: dict[str, object] = show_source(instance, "annals")["history"]
    return found


def stored(instance: Instance) -> int:
    return sum(instance.store.articles.counts().values())


def article(desk: Newsroom, number: int) -> Article:
    with desk.open() as instance:
        return find_article(instance, f"urn:x:{number}").article


def test_all_archives_are_read_once_each_across_restarts(tmp_path: Path, site: Site) -> None:
    annals(site, 12)
    desk = room(tmp_path, site)
    desk.run()
    turn(desk, 14)
    assert [site.statuses(f"/a{number}") for number in range(1, 13)] == [[200]] * 12
    assert told(desk) == {"state": "complete", "archives_read": 12, "articles": 12, "reason": ""}
    with desk.open() as instance:
        assert stored(instance) == 13


def test_a_later_archive_is_read_and_the_walk_stops_at_the_first_known_one(tmp_path: Path, site: Site) -> None:
    annals(site, 3)
    desk = room(tmp_path, site)
    desk.run()
    turn(desk, 4)
    site.documents["/a4"] = atom(entry(103), entry(4), before=f"{site.url}/a3")
    site.documents["/feed"] = atom(entry(200), before=f"{site.url}/a4")
    desk.clock.go_on(days=2)
    desk.run()
    turn(desk, 3)
    assert [site.statuses(f"/a{number}") for number in range(1, 5)] == [[200]] * 4
    assert told(desk)["state"] == "complete"


def test_one_turn_reads_one_archive_and_leaves_the_rest_to_later_ones(tmp_path: Path, site: Site) -> None:
    annals(site, 5)
    desk = room(tmp_path, site)
    desk.run()
    assert told(desk) == {"state": "under way", "archives_read": 1, "articles": 1, "reason": ""}
    turn(desk)
    assert told(desk)["archives_read"] == 2


def test_what_an_archive_tells_is_no_news(tmp_path: Path, site: Site) -> None:
    annals(site, 2)
    desk = room(tmp_path, site)
    desk.run()
    turn(desk, 3)
    assert [article(desk, number).backfill for number in (1, 2)] == [True, True]


def test_of_two_texts_the_one_updated_last_counts(tmp_path: Path, site: Site) -> None:
    site.documents["/a1"] = atom(
        entry(1, text="As it was written first.", updated="2020-01-01T00:00:00Z"),
        entry(2, text="As it was corrected in the archive.", updated="2021-01-01T00:00:00Z"),
        entry(3, text="Another text of the same day.", updated="2020-06-01T00:00:00Z"),
    )
    site.documents["/feed"] = atom(
        entry(1, text="As it was corrected in the feed.", updated="2021-01-01T00:00:00Z"),
        entry(2, text="As it was written first.", updated="2020-01-01T00:00:00Z"),
        entry(3, text="The text of the feed.", updated="2020-06-01T00:00:00Z"),
        before=f"{site.url}/a1",
    )
    desk = room(tmp_path, site)
    desk.run()
    turn(desk)
    assert [article(desk, number).text for number in (1, 2, 3)] == [
        "As it was corrected in the feed.",
        "As it was corrected in the archive.",
        "The text of the feed.",
    ]


@pytest.mark.case("P-57")
def test_a_circle_of_archives_ends(tmp_path: Path, site: Site) -> None:
    site.documents["/a1"] = atom(entry(1), before=f"{site.url}/a2")
    site.documents["/a2"] = atom(entry(2), before=f"{site.url}/a1")
    site.documents["/feed"] = atom(entry(3), before=f"{site.url}/a1")
    desk = room(tmp_path, site)
    desk.run()
    turn(desk, 5)
    assert [site.statuses(f"/a{number}") for number in (1, 2)] == [[200], [200]]


@pytest.mark.case("P-57")
@pytest.mark.parametrize(
    ("before", "reason"),
    [("{url}/feed", "It is the feed itself."), ("http://localhost:1/a1", "It lies on another host.")],
)
def test_what_may_not_be_followed_is_named(tmp_path: Path, site: Site, before: str, reason: str) -> None:
    site.documents["/feed"] = atom(entry(1), before=before.format(url=site.url))
    desk = room(tmp_path, site)
    desk.run()
    turn(desk)
    assert told(desk)["state"] == "incomplete"
    assert str(told(desk)["reason"]).endswith(reason)
    assert len(site.statuses("/feed")) == 1


@pytest.mark.case("P-57")
@pytest.mark.parametrize("status", [403, 404, 410])
def test_an_archive_that_is_not_there_ends_the_walk_and_not_the_subscription(
    tmp_path: Path, site: Site, status: int
) -> None:
    annals(site, 4)
    site.replies["/a2"] = Reply(status=status)
    desk = room(tmp_path, site)
    desk.run()
    turn(desk, 6)
    assert (told(desk)["state"], told(desk)["archives_read"]) == ("incomplete", 2)
    assert (site.statuses("/a2"), site.statuses("/a1")) == ([status], [])
    desk.clock.go_on(days=2)
    desk.run()
    assert len(site.statuses("/feed")) == 2
    with desk.open() as instance:
        assert show_source(instance, "annals")["state"] == "healthy"


@pytest.mark.case("P-57")
def test_a_site_that_is_down_for_a_while_is_asked_again_and_the_walk_goes_on(tmp_path: Path, site: Site) -> None:
    annals(site, 3)
    site.replies["/a2"] = Reply(status=503)
    desk = room(tmp_path, site)
    desk.run()
    turn(desk, 2)
    assert site.statuses("/a2") == [503]
    del site.replies["/a2"]
    desk.clock.go_on(hours=5)
    turn(desk, 3)
    assert told(desk)["state"] == "complete"


@pytest.mark.case("P-57")
def test_what_is_no_feed_ends_the_walk(tmp_path: Path, site: Site) -> None:
    annals(site, 2)
    site.documents["/a2"] = b"<html><body>Our archive has moved.</body></html>"
    desk = room(tmp_path, site)
    desk.run()
    turn(desk, 2)
    assert told(desk)["state"] == "incomplete"


@pytest.mark.case("P-57")
def test_there_is_an_end_to_the_longest_history(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MOST", 3)
    annals(site, 6)
    desk = room(tmp_path, site)
    desk.run()
    turn(desk, 6)
    assert (told(desk)["archives_read"], told(desk)["state"]) == (3, "incomplete")
    assert str(told(desk)["reason"]).endswith("3 archives are enough.")


def test_no_archive_is_read_where_nobody_asked_for_history(tmp_path: Path, site: Site) -> None:
    annals(site, 2)
    desk = newsroom(tmp_path, [("annals", f"{site.url}/feed")])
    desk.run()
    turn(desk, 2)
    assert site.statuses("/a2") == []
    assert told(desk) is None


def test_the_pages_of_a_json_feed_are_read_too(tmp_path: Path, site: Site) -> None:
    head = '"version": "https://jsonfeed.org/version/1.1", "title": "Annals"'
    items = '"items": [{{"id": "urn:x:{0}", "url": "https://source.example/{0}", "content_text": "Text {0}."}}]'
    site.documents["/feed"] = f'{{{head}, "next_url": "{site.url}/p2", {items.format(1)}}}'.encode()
    site.documents["/p2"] = f'{{{head}, "next_url": "{site.url}/p2", {items.format(2)}}}'.encode()
    desk = room(tmp_path, site)
    desk.run()
    turn(desk, 2)
    assert article(desk, 2).text == "Text 2."
    assert site.statuses("/p2") == [200]

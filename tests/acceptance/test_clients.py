"""Real readers subscribe to a served topic, come back after a change, and come back when nothing has changed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import feedparser
import pytest

from aggregator.web.app import make_application
from tests.support.fileserver import Site, serving
from tests.support.instances import Newsroom, item, newsroom, rss
from tests.support.readers import READERS, Seen
from tests.support.webserver import Served, served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

TEXT = "The text of the first article, <em>with</em> an umlaut ü, an ampersand &amp;amp; and all that it takes."


def authored(number: int, author: str, **values: str) -> str:
    return item(number, day=1, **values).replace(
        "</item>", f'<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">{author}</dc:creator></item>'
    )


FIRST = authored(1, "Ada Lovelace", title="Hands &amp; feet", text=f"<![CDATA[<p>{TEXT}</p>]]>")
SECOND = authored(2, "Grace Hopper")
THIRD = authored(3, "Mary Somerville")


@dataclass
class Subscribed:
    """A newsroom, its source and its readers' way to it."""

    room: Newsroom
    source: Site
    server: Served
    folder: Path

    def url(self, name: str) -> str:
        return f"{self.server.url}/all/{name}"

    def change(self) -> None:
        """A third article comes, and the second is corrected."""
        corrected = SECOND.replace("is about subject", "is, as was corrected, about subject")
        self.source.documents["/feed"] = rss(THIRD, corrected, FIRST)
        self.room.clock.go_on(days=1)
        self.room.run()


@pytest.fixture
def subscribed(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Subscribed]:
    with serving({"/feed": rss(SECOND, FIRST)}) as source:
        room = newsroom(tmp_path / "room", [("one", f"{source.url}/feed")], more=getattr(request, "param", ""))
        room.run()
        with room.open() as instance, served(make_application(instance)) as server:
            yield Subscribed(room, source, server, tmp_path)


def right(items: list[Seen], numbers: set[int]) -> None:
    """Every item once, with what it takes to show it."""
    by_url = {one.url: one for one in items}
    assert set(by_url) == {f"https://source.example/{number}" for number in numbers}
    assert len(items) == len(numbers)
    assert len({one.id for one in items}) == len(items)
    first = by_url["https://source.example/1"]
    assert first.title == "Hands & feet"
    assert "Ada Lovelace" in first.author
    assert "with" in first.content
    assert "umlaut ü" in first.content
    assert {one.when for one in items} == {int(datetime(2026, 3, 1, 8, tzinfo=UTC).timestamp())}


ANSWERS = {
    "newsboat": [200, 200, 304],  # it sends validators from its second look on
    "sfeed": [200, 200, 200],  # curl as its manual calls it sends none
    "rss2email": [200, 200, 304],
    "reader": [200, 200, 304],
    "rss-parser": [200, 200, 200],  # a parser keeps nothing
    "liferea": [200, 304, 200, 304, 200, 304],  # it looks twice each time; its validators end with the process
}
"""What each is answered at first, after a change, and when nothing has changed."""


@pytest.mark.case("C-03", "C-08", "B-03", "B-04", "B-21", "B-26", "B-30")
@pytest.mark.parametrize("name", ["feed.atom", "feed.rss"])
@pytest.mark.parametrize("program", READERS)
def test_a_reader_shows_every_item_once(subscribed: Subscribed, program: str, name: str) -> None:
    folder = subscribed.folder / program
    folder.mkdir()
    reader = READERS[program](folder, subscribed.url(name))
    right(reader.reload(), {1, 2})
    subscribed.change()
    right(reader.reload(), {1, 2, 3})
    right(reader.reload(), {1, 2, 3})
    assert subscribed.server.statuses(f"/all/{name}") == ANSWERS[program]


@pytest.mark.case("B-16", "C-03")
@pytest.mark.parametrize("subscribed", ["[serve]\ndelta = true\n"], indirect=True)
@pytest.mark.parametrize("name", ["feed.atom", "feed.rss"])
def test_newsboat_keeps_what_a_part_does_not_bring(subscribed: Subscribed, name: str) -> None:
    """It asks for parts of its own accord as soon as it has validators: from its third look on."""
    reader = READERS["newsboat"](subscribed.folder, subscribed.url(name))
    reader.reload()
    right(reader.reload(), {1, 2})
    subscribed.change()
    right(reader.reload(), {1, 2, 3})
    right(reader.reload(), {1, 2, 3})
    assert subscribed.server.statuses(f"/all/{name}") == [200, 200, 226, 304]


@pytest.mark.case("C-08", "B-04", "B-05")
@pytest.mark.parametrize("name", ["feed.atom", "feed.rss"])
def test_feedparser_reads_every_item_and_is_told_when_nothing_is_new(subscribed: Subscribed, name: str) -> None:
    first = feedparser.parse(subscribed.url(name))
    right(parsed(first), {1, 2})
    subscribed.change()
    second = feedparser.parse(subscribed.url(name), etag=first.etag, modified=first.modified)
    right(parsed(second), {1, 2, 3})
    third = feedparser.parse(subscribed.url(name), etag=second.etag, modified=second.modified)
    assert third.status == 304
    assert not second.bozo


def parsed(document: feedparser.FeedParserDict) -> list[Seen]:
    return [
        Seen(
            id=entry.id,
            title=entry.title,
            url=entry.link,
            author=entry.author,
            when=int(time.mktime((*entry.published_parsed[:8], 0))) - time.timezone,
            content=entry.content[0].value if entry.get("content") else entry.summary,
        )
        for entry in document.entries
    ]

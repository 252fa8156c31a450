"""Real readers subscribe to a served topic and come back after a change; stubs of mailing tools do so for a month."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import feedparser
import pytest

from aggregator.web.app import make_application
from tests.support.fileserver import Site, serving
from tests.support.instances import Newsroom, item, newsroom, rss
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
class Seen:
    """An item as a reader has kept it."""

    id: str
    title: str
    url: str
    author: str
    when: int
    content: str


@dataclass
class Subscribed:
    """A newsroom, its source and its readers' way to it."""

    room: Newsroom
    source: Site
    server: Served
    folder: Path = field(default_factory=Path)

    def url(self, name: str) -> str:
        return f"{self.server.url}/all/{name}"

    def change(self) -> None:
        """A third article comes, and the second is corrected."""
        corrected = SECOND.replace("is about subject", "is, as was corrected, about subject")
        self.source.documents["/feed"] = rss(THIRD, corrected, FIRST)
        self.room.clock.go_on(days=1)
        self.room.run()


@pytest.fixture
def subscribed(tmp_path: Path) -> Iterator[Subscribed]:
    with serving({"/feed": rss(SECOND, FIRST)}) as source:
        room = newsroom(tmp_path / "room", [("one", f"{source.url}/feed")])
        room.run()
        with room.open() as instance, served(make_application(instance)) as server:
            yield Subscribed(room, source, server, tmp_path)


def installed(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed")
    return found


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


class Newsboat:
    """newsboat with a folder of its own."""

    def __init__(self, folder: Path, url: str) -> None:
        self.program = installed("newsboat")
        self.folder = folder / "newsboat"
        self.folder.mkdir()
        (self.folder / "urls").write_text(f"{url}\n", "utf-8")
        (self.folder / "config").write_text("show-read-feeds yes\n", "utf-8")

    def reload(self) -> list[Seen]:
        names = {"u": "urls", "c": "cache.db", "C": "config"}
        options = [part for letter, name in names.items() for part in (f"-{letter}", str(self.folder / name))]
        environment = {"HOME": str(self.folder), "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"}
        subprocess.run(
            [self.program, *options, "-x", "reload"], env=environment, check=True, timeout=60, capture_output=True
        )
        with sqlite3.connect(self.folder / "cache.db") as cache:
            rows = cache.execute("select guid, title, url, author, pubDate, content from rss_item where deleted = 0")
            return [Seen(*row) for row in rows.fetchall()]


@pytest.mark.case("C-03", "B-03", "B-26")
@pytest.mark.parametrize("name", ["feed.atom", "feed.rss"])
def test_newsboat_shows_every_item_once(subscribed: Subscribed, name: str) -> None:
    reader = Newsboat(subscribed.folder, subscribed.url(name))
    right(reader.reload(), {1, 2})
    subscribed.change()
    right(reader.reload(), {1, 2, 3})
    right(reader.reload(), {1, 2, 3})
    assert subscribed.server.statuses(f"/all/{name}") == [200, 200, 304]


class Sfeed:
    """sfeed_update with curl, as its manual has it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.program = installed("sfeed_update")
        installed("curl")
        self.folder = folder / "sfeed"
        self.folder.mkdir()
        text = f'sfeedpath="{self.folder}/feeds"\nfeeds() {{\n\tfeed "all" "{url}"\n}}\n'
        (self.folder / "sfeedrc").write_text(text, "utf-8")

    def reload(self) -> list[Seen]:
        subprocess.run([self.program, str(self.folder / "sfeedrc")], check=True, timeout=60, capture_output=True)
        lines = (self.folder / "feeds/all").read_text("utf-8").splitlines()
        return [self._seen(line.split("\t")) for line in lines]

    @staticmethod
    def _seen(fields: list[str]) -> Seen:
        when, title, link, content, _kind, identifier, author, *_ = fields
        return Seen(identifier, title, link, author, int(when), content)


@pytest.mark.case("C-08", "B-26")
@pytest.mark.parametrize("name", ["feed.atom", "feed.rss"])
def test_sfeed_shows_every_item_once(subscribed: Subscribed, name: str) -> None:
    reader = Sfeed(subscribed.folder, subscribed.url(name))
    right(reader.reload(), {1, 2})
    subscribed.change()
    latest = {one.id: one for one in reader.reload()}
    right(list(latest.values()), {1, 2, 3})


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
            entry.id,
            entry.title,
            entry.link,
            entry.author,
            int(time.mktime((*entry.published_parsed[:8], 0))) - time.timezone,
            entry.content[0].value if entry.get("content") else entry.summary,
        )
        for entry in document.entries
    ]

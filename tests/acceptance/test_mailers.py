"""A month of a topic as tools read it that make mails of feeds: every item is mailed once, none twice, none is lost.

The tools are stubs of what their makers document. The month has late arrivals, items added by hand, corrections,
withdrawals and scores that move.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Protocol

import pytest

from aggregator.pipeline.articles import withdraw_article
from aggregator.pipeline.curation import act
from tests.support.documents import find, tree
from tests.support.fileserver import Site, serving
from tests.support.instances import Newsroom, item, newsroom, rss

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

BUSY = range(2, 29)
QUIET = range(29, 32)
"""Days of March; in the last ones nothing happens any more, so that every tool can send what it has."""
STEP = 8
"""Hours between two looks at the feed."""
LATE, WITHDRAWN, BY_HAND = 7, 11, 5
"""Each such day an article comes that is five days old, one is taken down, one is added that the query does not find."""


@dataclass(frozen=True)
class Post:
    """An item of a feed as a mailing tool reads it."""

    guid: str
    link: str
    title: str
    when: datetime | None
    updated: str = ""


def posts(room: Newsroom, topic: str) -> list[Post]:
    """The RSS document, in its order."""
    root = tree((room.output / topic / "feed.rss").read_bytes())
    return [_post(one) for one in find(root, "channel/item")]


def _post(one: object) -> Post:
    def text(name: str) -> str:
        return str(next(iter(find(one, f"{name}/text()")), ""))

    date = text("pubDate")
    return Post(text("guid"), text("link"), text("title"), parsedate_to_datetime(date) if date else None)


class Tool(Protocol):
    """Something that looks at a feed and mails."""

    mailed: list[str]

    def look(self, feed: list[Post], now: datetime) -> None: ...


@dataclass
class Mailchimp:
    """Sends once a day what is dated after the last campaign; the first one takes the last 24 hours."""

    mailed: list[str] = field(default_factory=list)
    last: datetime | None = None

    def look(self, feed: list[Post], now: datetime) -> None:
        since = self.last or now - timedelta(days=1)
        if self.last and now - self.last < timedelta(days=1):
            return
        self.mailed += [post.guid for post in feed if post.when and since < post.when <= now]
        self.last = now


@dataclass
class Buttondown:
    """Mails each new guid, but nothing undated, dated before the connection or more than a day old."""

    mailed: list[str] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    connected: datetime | None = None

    def look(self, feed: list[Post], now: datetime) -> None:
        self.connected = self.connected or now
        for post in feed:
            key = post.guid or post.link
            if key not in self.known:
                self.known.add(key)
                if post.when and post.when > self.connected and now - post.when <= timedelta(days=1):
                    self.mailed.append(key)


@dataclass
class MailerLite:
    """Sends each post once, whatever becomes of it; what it finds at first is not news."""

    mailed: list[str] = field(default_factory=list)
    known: set[str] | None = None

    def look(self, feed: list[Post], now: datetime) -> None:
        del now
        new = [post.guid for post in feed if post.guid not in (self.known or set())]
        if self.known is not None:
            self.mailed += new
        self.known = (self.known or set()) | set(new)


@dataclass
class Thunderbird:
    """A message for each id it does not know; ids that were not in the feed for a day are forgotten."""

    mailed: list[str] = field(default_factory=list)
    seen: dict[str, datetime] = field(default_factory=dict)
    connected: bool = False

    def look(self, feed: list[Post], now: datetime) -> None:
        if self.connected:
            self.mailed += [post.guid for post in feed if post.guid not in self.seen]
        self.connected = True
        self.seen |= {post.guid: now for post in feed}
        self.seen = {guid: when for guid, when in self.seen.items() if now - when <= timedelta(days=1)}


@dataclass
class Month:
    """What the source says each day, and what editors do."""

    room: Newsroom
    source: Site
    entries: dict[int, str] = field(default_factory=dict)
    withdrawn: set[str] = field(default_factory=set)

    def day(self, number: int) -> None:
        """What happens in the morning of a day of March."""
        self.entries[number] = item(number, day=number, title=f"Moon story {number}")
        self.entries[100 + number] = item(100 + number, day=number, title=f"Elsewhere {number}")
        if number % LATE == 0:
            self.entries[200 + number] = item(200 + number, day=number - 5, title=f"Late moon story {number}")
        corrected = number - 2
        if corrected in self.entries:
            text = f"The corrected text of story {corrected} tells of subject {corrected * 37} in other words."
            self.entries[corrected] = item(corrected, day=corrected, title=f"Moon story {corrected}", text=text)
        self.source.documents["/feed"] = rss(*list(self.entries.values())[-25:])

    def editors(self, number: int) -> None:
        """What editors do at noon."""
        with self.room.open() as instance:
            if number % WITHDRAWN == 0:
                self.withdrawn.add(str(number - 1))
                withdraw_article(instance, f"https://source.example/{number - 1}", "the publisher asked")
            if number % BY_HAND == 0:
                for topic in ("moon", "best"):
                    link = f"https://source.example/{100 + number - 3}"
                    act(instance, "add", topic, link, "our readers asked", values={})


TOPICS = """
[[topic]]
slug = "moon"
title = "Moon"
query = "title:moon"
profile = "newsletter"
window = "6d"
min_items = 5
[[topic]]
slug = "best"
title = "Best of the moon"
query = "title:moon"
profile = "newsletter"
order = "score"
limit = 12
"""


def number_of(guid: str) -> str:
    return guid.rpartition("id-")[2]


@pytest.mark.case("C-01", "C-07", "B-24", "B-25", "B-27", "B-28")
def test_every_item_is_mailed_exactly_once(tmp_path: Path) -> None:
    tools: dict[tuple[str, str], Tool] = {
        (topic, made.__name__): made()
        for topic in ("moon", "best")
        for made in (Mailchimp, Buttondown, MailerLite, Thunderbird)
    }
    with serving() as source:
        room = newsroom(tmp_path, [("one", f"{source.url}/feed")], more=TOPICS)
        month = Month(room, source)
        month.day(1)
        for number in (*BUSY, *QUIET):
            if number in BUSY:
                month.day(number)
            for step in range(24 // STEP):
                if step == 1 and number > 4 and number in BUSY:
                    month.editors(number)
                room.run()
                for (topic, _), tool in tools.items():
                    tool.look(posts(room, topic), room.clock())
                room.clock.go_on(hours=STEP)
    wanted = expected(month)
    for (topic, name), tool in tools.items():
        counts = Counter(number_of(guid) for guid in tool.mailed)
        assert [guid for guid, count in counts.items() if count > 1] == [], (topic, name)
        assert set(counts) | month.withdrawn >= wanted, (topic, name)
        assert set(counts) <= wanted | month.withdrawn | {"2"}, (topic, name)


def expected(month: Month) -> set[str]:
    """The numbers of what was to be mailed: what matched after the connection, and what was added by hand."""
    matching = {str(n) for n in month.entries if 2 < n < 100 or n > 200}
    by_hand = {str(100 + day - 3) for day in BUSY if day > 4 and day % BY_HAND == 0}
    return (matching | by_hand) - month.withdrawn

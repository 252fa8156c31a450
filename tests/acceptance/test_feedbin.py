"""A topic as Feedbin reads it (PROTOCOL C-05): its rules of identity, of size, of what is an update, and of redirects."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha1
from pathlib import Path

import pytest

from aggregator.web.app import make_application
from tests.support.asgi import Reply, call
from tests.support.documents import find, tree
from tests.support.fileserver import Site, serving
from tests.support.instances import Newsroom, item, newsroom, rss

pytestmark = pytest.mark.case("C-05", "B-20", "B-25")

LOOKS_AT = 300
LARGEST = 10_000_000
TELLS = 50
"""Characters by which the words have to grow before readers are told of an update."""
TRUSTS = 576
"""Permanent redirects that it has to see before it takes the new address."""


@dataclass
class Feedbin:
    """What it keeps of one subscription."""

    url: str
    created: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    redirected: int = 0

    def look(self, body: bytes) -> None:
        """Take a document in: the first entries of it, each known by a hash of the feed's address and its id."""
        assert len(body) < LARGEST
        for entry in find(tree(body), "a:entry")[:LOOKS_AT]:
            (name,) = find(entry, "a:id/text()")
            key = sha1(f"{self.url}{name}".encode(), usedforsecurity=False).hexdigest()
            words = " ".join(re.sub(r"<[^>]+>", " ", "".join(find(entry, "a:content//text()"))).split())
            before = self.texts.get(key)
            if before is None:
                self.created.append(key)
            elif before != words:
                self.changed.append(key)
                if len(words) - len(before) > TELLS:
                    self.told.append(key)
            self.texts[key] = words


@dataclass
class Subscribed:
    """A topic, the source it is made from, and Feedbin's subscription to it."""

    room: Newsroom
    source: Site
    reader: Feedbin

    def publish(self, *items: str) -> None:
        self.source.documents["/feed"] = rss(*items)
        self.room.clock.go_on(hours=12)
        self.room.run()

    def look(self, slug: str = "all") -> Reply:
        """As it does twice a day, from the served document; it follows a redirect and remembers it."""
        with self.room.open() as instance:
            application = make_application(instance)
            reply = call(application, f"/{slug}/feed.atom")
            if reply.status in {301, 308}:
                self.reader.redirected += 1
                reply = call(application, re.sub("^https?://[^/]+", "", reply["location"]))
        assert reply.status == 200
        self.reader.look(reply.body)
        return reply


@pytest.fixture
def subscribed(tmp_path: Path) -> Iterator[Subscribed]:
    with serving() as source:
        room = newsroom(tmp_path, [("one", f"{source.url}/feed")])
        yield Subscribed(room, source, Feedbin(url="https://feeds.example.org/all/feed.atom"))


@pytest.mark.slow
def test_every_article_is_created_once_though_there_are_more_than_it_looks_at(subscribed: Subscribed) -> None:
    subscribed.publish(item(1), item(2))
    subscribed.look()
    for first in range(3, 403, 40):  # ten bursts in five days: the topic holds more than the window of any one poll
        subscribed.publish(*(item(number) for number in range(first, first + 40)))
        subscribed.look()
    assert len(subscribed.reader.created) == 402
    assert max(Counter(subscribed.reader.created).values()) == 1


def test_churn_is_no_update_and_a_longer_text_is_told_once(subscribed: Subscribed) -> None:
    text = "A harbour, a crane and a gull stand in the rain of this morning."
    subscribed.publish(item(1, text=text), item(2))
    subscribed.look()
    wrapped = f"<![CDATA[<div class='x'><p>{text.replace(' ', '  ')}</p></div>]]>"
    tagged = item(2).replace("</item>", "<category>Harbours</category></item>")
    subscribed.publish(item(1, text=wrapped), tagged)
    subscribed.look()
    assert (subscribed.reader.changed, subscribed.reader.told) == ([], [])
    longer = f"{text} At noon the gull flew off, and the crane was left to its work with nobody to watch it."
    subscribed.publish(item(1, text=longer), tagged)
    for _ in range(3):
        subscribed.look()
    assert len(subscribed.reader.changed) == len(subscribed.reader.told) == 1


@pytest.mark.slow
def test_a_topic_that_moved_answers_at_its_old_address_for_as_long_as_it_takes_to_be_believed(
    subscribed: Subscribed,
) -> None:
    subscribed.publish(item(1), item(2))
    subscribed.look()
    config = subscribed.room.config.read_text("utf-8")
    moved = config.replace('slug = "all"', 'slug = "everything"\nformer_slugs = ["all"]')
    subscribed.room.config.write_text(moved, "utf-8")
    subscribed.publish(item(3), item(2), item(1))
    days = 0
    while subscribed.reader.redirected < TRUSTS:
        if days % 96 == 0:
            subscribed.room.run()
        subscribed.look()
        subscribed.room.clock.now += timedelta(hours=12)
        days += 1
    assert Counter(subscribed.reader.created) == dict.fromkeys(subscribed.reader.texts, 1)
    assert len(subscribed.reader.created) == 3

"""Only what is new, for readers that ask for it (RFC 3229; PROTOCOL B-16)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser
import pytest
from lxml import etree

from aggregator.publish.document import ATOM, RSS, Document
from aggregator.publish.sink import FolderSink
from aggregator.web.delta import asks_for_feed
from aggregator.web.feeds import FeedApp, Serving
from tests.support.asgi import Reply, call

pytestmark = pytest.mark.case("B-16", "C-03")

WHEN = datetime(2026, 3, 1, 12, tzinfo=UTC)
PADDING = "<!-- " + "a feed is long " * 60 + "-->"


def atom(**texts: str) -> bytes:
    entries = "".join(
        f"<entry><id>urn:x:{name}</id><title>{text}</title><updated>2026-03-01T12:00:00Z</updated></entry>"
        for name, text in texts.items()
    )
    head = '<id>urn:x</id><title>Moon</title><updated>2026-03-01T12:00:00Z</updated><fh:complete/><link rel="self" href="s"/>'
    spaces = 'xmlns="http://www.w3.org/2005/Atom" xmlns:fh="http://purl.org/syndication/history/1.0"'
    return f'<?xml version="1.0" encoding="utf-8"?><feed {spaces}>{PADDING}{head}{entries}</feed>'.encode()


def rss(**texts: str) -> bytes:
    items = "".join(
        f'<item><guid isPermaLink="false">{name}</guid><title>{text}</title></item>' for name, text in texts.items()
    )
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{PADDING}<title>Moon</title>{items}</channel></rss>'.encode()


class Site:
    """An output folder that is published again and again, and its server."""

    def __init__(self, root: Path, *, delta: bool = True) -> None:
        self._root = root
        self._turn = 0
        self.app = FeedApp(Serving(root=root, limits=None, base_url="https://feeds.example.org", delta=delta))

    def publish(self, **texts: str) -> None:
        self._turn += 1
        when = WHEN + timedelta(minutes=self._turn)
        FolderSink(self._root, flush=False).write(
            [
                Document(path="space/feed.atom", media_type=ATOM, body=atom(**texts), updated=when),
                Document(path="space/feed.rss", media_type=RSS, body=rss(**texts), updated=when),
            ]
        )

    def get(self, name: str = "feed.atom", **headers: str) -> Reply:
        return call(self.app, f"/space/{name}", **headers)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    made.publish(one="One", two="Two")
    return made


def titles(body: bytes) -> list[str]:
    return [str(entry.title) for entry in feedparser.parse(body).entries]


@pytest.mark.parametrize("name", ["feed.atom", "feed.rss"])
@pytest.mark.parametrize("coding", ["", "gzip", "br", "zstd"])
def test_who_asks_gets_what_is_new_or_changed_in_a_whole_document(site: Site, name: str, coding: str) -> None:
    before = site.get(name, accept_encoding=coding)
    site.publish(three="Three", one="One, corrected", two="Two")
    now = site.get(name)
    part = site.get(name, a_im="feed", if_none_match=before["etag"], accept_encoding=coding)
    assert part.status == 226
    assert titles(part.body) == ["Three", "One, corrected"]
    assert (part["im"], part["etag"], part["last-modified"]) == ("feed", now["etag"], now["last-modified"])
    assert part["cache-control"] == "no-store, im"
    assert part["vary"] == "A-IM, If-None-Match, Accept-Encoding"
    assert part["content-type"] == now["content-type"]
    assert "content-encoding" not in part
    assert int(part["content-length"]) == len(part.body)
    assert etree.fromstring(part.body).tag == etree.fromstring(now.body).tag


def test_a_part_does_not_say_that_it_is_all(site: Site) -> None:
    before = site.get()
    assert b"fh:complete" in before.body
    site.publish(three="Three", two="Two")
    part = site.get(a_im="feed", if_none_match=before["etag"])
    assert b"complete" not in part.body
    assert b'rel="self"' in part.body


def test_the_tag_of_a_part_is_good_for_the_next_one(site: Site) -> None:
    tag = site.get()["etag"]
    for number in ("three", "four"):
        site.publish(**{number: number}, one="One", two="Two")
        part = site.get(a_im="feed", if_none_match=tag)
        assert titles(part.body) == [number]
        tag = part["etag"]
    assert site.get(a_im="feed", if_none_match=tag).status == 304


def test_one_of_several_tags_is_enough_and_a_weak_one_counts(site: Site) -> None:
    tag = site.get()["etag"]
    site.publish(three="Three", one="One")
    assert site.get(a_im="vcdiff, feed", if_none_match=f'"x", W/{tag}').status == 226


@pytest.mark.parametrize(
    "headers",
    [
        {"a_im": "feed"},
        {"a_im": "feed", "if_none_match": '"unknown"'},
        {"a_im": "feed", "if_none_match": "*x*"},
        {"a_im": "feed", "if_modified_since": "Sat, 01 Jan 2000 00:00:00 GMT"},
    ],
)
def test_who_names_no_known_version_gets_the_whole(site: Site, headers: dict[str, str]) -> None:
    site.get()
    site.publish(three="Three", one="One", two="Two")
    reply = site.get(**headers)
    assert reply.status == 200
    assert "im" not in reply
    assert len(titles(reply.body)) == 3


@pytest.mark.parametrize("a_im", [None, "vcdiff", "feed;q=0", "feedback", "feed;q=x"])
def test_who_does_not_ask_never_gets_a_part(site: Site, a_im: str | None) -> None:
    tag = site.get()["etag"]
    site.publish(three="Three", one="One", two="Two")
    reply = site.get(if_none_match=tag, **({} if a_im is None else {"a_im": a_im}))
    assert reply.status == 200
    assert reply["vary"] == "A-IM, If-None-Match, Accept-Encoding"


def test_nothing_new_is_a_304(site: Site) -> None:
    assert site.get(a_im="feed", if_none_match=site.get()["etag"]).status == 304


def test_a_head_is_answered_as_for_the_whole(site: Site) -> None:
    tag = site.get()["etag"]
    site.publish(three="Three", one="One", two="Two")
    reply = call(site.app, "/space/feed.atom", method="HEAD", a_im="feed", if_none_match=tag)
    assert (reply.status, reply.body) == (200, b"")


def test_it_is_off_unless_it_is_switched_on(tmp_path: Path) -> None:
    site = Site(tmp_path, delta=False)
    site.publish(one="One")
    tag = site.get()["etag"]
    site.publish(two="Two", one="One")
    reply = site.get(a_im="feed", if_none_match=tag)
    assert (reply.status, reply["vary"]) == (200, "Accept-Encoding")


@pytest.mark.parametrize(
    ("a_im", "expected"), [("feed", True), ("FEED ; q=0.5", True), ("gzip,feed", True), ("", False)]
)
def test_the_manipulation_is_read_as_a_list_of_tokens(a_im: str, expected: object) -> None:
    assert asks_for_feed(a_im) is expected

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from aggregator.model.entry import FeedFormat, ParsedEntry, ParsedFeed, Quirk
from aggregator.parse import feedparser_bridge
from aggregator.parse.charset import decode
from aggregator.parse.document import parse
from aggregator.parse.opml import read_opml
from tests.support.realfeeds import corpus, rows

pytestmark = pytest.mark.corpus
EXPLAINS = {Quirk.SKIPPED_ENTRIES, Quirk.TRUNCATED, Quirk.NESTED_ENTRIES, Quirk.ILL_FORMED}
FORMATS = {
    "rss092": FeedFormat.RSS_09,
    "rss10": FeedFormat.RSS_10,
    "rss20": FeedFormat.RSS_20,
    "atom10": FeedFormat.ATOM_10,
    "jsonfeed-1": FeedFormat.JSON_FEED,
    "jsonfeed-1.1": FeedFormat.JSON_FEED,
}


def read(path: Path, host: str) -> ParsedFeed:
    outcome = parse(path.read_bytes(), url=f"http://{host}/feed")
    assert isinstance(outcome, ParsedFeed), f"{path.name}: {outcome}"
    return outcome


def words(entry: ParsedEntry) -> str:
    found = max((text.value for text in (entry.summary, entry.content) if text), key=len, default="")
    return " ".join(re.sub(r"<[^>]*>|&[#\w]+;|['\"<>&]", " ", found).split())


def first_link(entry: ParsedEntry) -> str:
    return next((link.href for link in entry.links if link.rel == "alternate"), "")


@pytest.mark.slow
def test_every_real_feed_gives_the_entries_that_its_manifest_counts() -> None:
    folder = corpus() / "feeds"
    listed = rows(folder / "manifest.tsv")
    unequal = 0
    for row in listed:
        feed = read(folder / row["file"], row["main_host"])
        assert feed.format is FORMATS[row["format"]], row["file"]
        if len(feed.entries) != int(row["entries"]):
            unequal += 1
            assert EXPLAINS & set(feed.quirks), row["file"]
    assert unequal <= 0.02 * len(listed)


@pytest.mark.slow
def test_two_formats_of_one_feed_give_the_same_links_and_titles() -> None:
    folder = corpus()
    hosts = {row["file"]: row["main_host"] for row in rows(folder / "feeds" / "manifest.tsv")}
    shared = same = 0
    for row in rows(folder / "same-entries-pairs.tsv"):
        found = [
            {first_link(entry): entry for entry in read(folder / "feeds" / row[key], hosts[row[key]]).entries}
            for key in ("file_a", "file_b")
        ]
        for link in found[0].keys() & found[1].keys():
            shared += 1
            titles = [entry[link].title for entry in found]
            same += len({" ".join(title.value.split()) if title else "" for title in titles}) == 1
    assert shared
    assert same >= 0.95 * shared


@pytest.mark.slow
def test_our_reader_and_feedparser_agree_on_well_formed_feeds() -> None:
    folder = corpus() / "feeds"
    compared: Counter[str] = Counter()
    unequal: Counter[str] = Counter()
    for row in rows(folder / "manifest.tsv"):
        ours = read(folder / row["file"], row["main_host"])
        if ours.format is FeedFormat.JSON_FEED or ours.quirks or row["feedparser_wellformed"] != "ok":
            continue
        body = decode((folder / row["file"]).read_bytes(), content_type=None, trust_charset=True).body
        theirs = feedparser_bridge.read(body, url=ours.url)
        if theirs is None:
            assert ours.entries == () or len(body) > feedparser_bridge.LIMIT
            continue
        assert len(ours.entries) == len(theirs.entries)
        for own, other in zip(ours.entries, theirs.entries, strict=True):
            for name, pair in facts(own, other).items():
                compared[name] += 1
                unequal[name] += pair[0] != pair[1]
    assert compared["title"] > 3000
    shares = {name: unequal[name] / compared[name] for name in compared}
    assert all(share < 0.01 for share in shares.values()), shares


def facts(own: ParsedEntry, other: ParsedEntry) -> dict[str, tuple[object, object]]:
    """Pairs that must be equal; feedparser resolves ids that are paths, and writes void elements with end tags."""
    return {
        "id": (own.id[own.id.startswith("/") :].rpartition("/")[2], other.id.rpartition("/")[2]),
        "title": (own.title and " ".join(own.title.value.split()), other.title and " ".join(other.title.value.split())),
        "link": (urlsplit(first_link(own)), urlsplit(first_link(other))),
        "dates": ({date.value for date in other.dates} - {date.value for date in own.dates}, set()),
        "authors": (bool(other.people) and not own.people, False),
        "enclosures": (
            [media.url for media in own.media if "enclosure" in media.element],
            [media.url for media in other.media],
        ),
        "words": (words(own), words(other)),
    }


@pytest.mark.slow
def test_no_readable_subscription_of_a_real_list_is_lost() -> None:
    folder = corpus() / "opml"
    ill_formed = 0
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        body = path.read_bytes()
        document = read_opml(body)
        written = {url.strip() for url in re.findall(rb"xmlurl\s*=\s*[\"']([^\"']+)", body, re.IGNORECASE)}
        assert len(document.feeds) + len(document.skipped) >= len(written), path.name
        ill_formed += Quirk.ILL_FORMED in document.quirks
    assert ill_formed > 40

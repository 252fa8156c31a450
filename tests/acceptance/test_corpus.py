"""The main job over a corpus of real feeds, served by a real HTTP server. Slow; needs AGGREGATOR_CORPUS."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.model.article import Article
from aggregator.model.ids import SourceId
from aggregator.pipeline.reports import RunReport, SweepReport
from aggregator.pipeline.run import poll_sources
from tests.support.corpus import CorpusFeed, corpus, feeds
from tests.support.fileserver import serving
from tests.support.instances import Newsroom, newsroom

pytestmark = [pytest.mark.slow, pytest.mark.corpus, pytest.mark.timeout(900)]


class Served:
    """Two runs over the whole corpus, made once for all the tests of this file."""

    def __init__(self, room: Newsroom, corpus_feeds: list[CorpusFeed]) -> None:
        self.room = room
        self.feeds = corpus_feeds
        self.first: RunReport = room.run()
        self.published = room.snapshot()
        room.clock.go_on(minutes=20)
        with room.open() as instance:
            self.again: SweepReport = poll_sources(instance, (), everything=True, force=True)
        self.second: RunReport = room.run()


def source_id(feed: CorpusFeed, number: int) -> SourceId:
    return SourceId(f"feed-{number:03d}")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    found = feeds()
    with serving({f"/{number:03d}": feed.file.read_bytes() for number, feed in enumerate(found)}) as site:
        for number, feed in enumerate(found):
            site.types[f"/{number:03d}"] = media_type(feed)
        room = newsroom(
            tmp_path_factory.mktemp("corpus"),
            [(source_id(feed, number), f"{site.url}/{number:03d}") for number, feed in enumerate(found)],
        )
        yield Served(room, found)


def media_type(feed: CorpusFeed) -> str:
    if feed.format.startswith("jsonfeed"):
        return "application/feed+json"
    return "application/atom+xml" if feed.format.startswith("atom") else "application/rss+xml"


def test_every_file_with_entries_yields_articles_or_a_named_reason(served: Served) -> None:
    rows = {row["id"]: row for row in served.first.sources}
    silent = [
        feed.file.name
        for number, feed in enumerate(served.feeds)
        if feed.entries and not rows[source_id(feed, number)]["new"] and not rows[source_id(feed, number)]["message"]
    ]
    assert len(rows) == len(served.feeds)
    assert silent == []


def test_the_numbers_of_entries_are_those_of_the_manifest_or_the_program_says_why(served: Served) -> None:
    rows = {row["id"]: row for row in served.first.sources}
    different = {
        feed.file.name: (feed.entries, rows[source_id(feed, number)])
        for number, feed in enumerate(served.feeds)
        if rows[source_id(feed, number)]["entries"] != feed.entries
    }
    unexplained = [name for name, (_, row) in different.items() if not row["quirks"] and not row["message"]]
    print({name: (count, row["entries"], row["quirks"]) for name, (count, row) in different.items()})
    assert unexplained == []
    assert len(different) <= 0.02 * len(served.feeds)


def test_polling_again_changes_nothing(served: Served) -> None:
    assert len(served.again.sources) == len(served.feeds)
    assert (served.again.total("new"), served.again.total("revised")) == (0, 0)
    assert served.second.summary["written"] == 0
    assert served.room.snapshot() == served.published


def test_nothing_invalid_is_published_and_nothing_is_left_out_silently(served: Served) -> None:
    assert [row["message"] for row in served.first.topics if row["message"]] == []
    assert served.first.published.problems == ()


def test_two_formats_of_one_feed_give_equal_articles(served: Served) -> None:
    numbers = {feed.file.name: number for number, feed in enumerate(served.feeds)}
    with (corpus() / "same-entries-pairs.tsv").open(encoding="utf-8", newline="") as table:
        pairs = [row for row in csv.DictReader(table, delimiter="\t") if {row["file_a"], row["file_b"]} <= set(numbers)]
    equal = shared = 0
    faults: list[str] = []
    with served.room.open() as instance:
        for row in pairs:
            one, other = (
                {
                    stored.article.identity.canonical_url: stored.article
                    for stored in instance.store.articles.page(
                        source_ids=[source_id(served.feeds[numbers[row[name]]], numbers[row[name]])], limit=1000
                    )
                }
                for name in ("file_a", "file_b")
            )
            for url in one.keys() & other.keys() - {""}:
                shared += 1
                if same(one[url], other[url]):
                    equal += 1
                else:
                    faults.append(f"{row['file_a']} {row['file_b']} {url}: {difference(one[url], other[url])}")
    print("\n".join(faults))
    assert len(pairs) >= 20
    assert equal >= 0.95 * shared > 0


def same(one: Article, other: Article) -> bool:
    return not difference(one, other)


def difference(one: Article, other: Article) -> str:
    found = []
    if one.title != other.title:
        found.append("title")
    if one.published and other.published and one.published.instant.date() != other.published.instant.date():
        found.append("day")
    shorter, longer = sorted((words(one), words(other)), key=len)
    if " ".join(shorter[:60]) not in " ".join(longer) and " ".join(longer[:60]) not in " ".join(shorter):
        found.append("text")
    return ", ".join(found)


def words(article: Article) -> list[str]:
    return (article.text or article.summary).split()


def histories() -> list[str]:
    return ["inforno-rss20", "joylau-atom", "leolaporte-jsonfeed", "mix3-rdf"]


@pytest.mark.parametrize("name", histories())
def test_a_history_replayed_gives_one_article_per_id_and_loses_nothing(name: str, tmp_path: Path) -> None:
    folder = corpus() / "histories" / name
    versions = sorted(path for path in folder.iterdir() if path.stem.isdigit())
    with serving() as site:
        site.types["/feed"] = "application/feed+json" if versions[0].suffix == ".json" else "application/xml"
        room = newsroom(tmp_path, [("history", f"{site.url}/feed")])
        seen_urls: set[str] = set()
        with room.open() as instance:
            for version in versions:
                site.documents["/feed"] = version.read_bytes()
                room.clock.go_on(hours=2)
                poll_sources(instance, ("history",), everything=True, force=True)
                stored = {s.article.id: s.article for s in instance.store.articles.page(limit=100_000)}
                assert seen_urls <= set(stored), f"{version.name} lost articles"
                seen_urls = set(stored)
        guids = [article.identity.guid for article in stored.values() if article.identity.guid]
        assert len(guids) == len(set(guids))

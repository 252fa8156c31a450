"""What real publishers write, read whole; needs the private corpus."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aggregator.model.article import Article, KnownArticle, NewArticle, RevisedArticle, TouchedArticle
from aggregator.model.entry import ParsedFeed
from aggregator.model.ids import ArticleId
from aggregator.normalise.canon import canonical_url
from aggregator.normalise.document import Reading, read_document
from aggregator.normalise.identity import permalink
from aggregator.normalise.revisions import decide
from aggregator.parse.document import parse
from aggregator.text.html import clean
from tests.support.corpus import corpus, feeds
from tests.support.normalising import a_source, stored

pytestmark = [pytest.mark.corpus, pytest.mark.slow]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _parsed(file: Path) -> ParsedFeed:
    outcome = parse(file.read_bytes(), url=f"https://feeds.example/{file.name}")
    assert isinstance(outcome, ParsedFeed), file.name
    return outcome


def _read(file: Path) -> Reading:
    return read_document(_parsed(file), a_source(), window=(), rung=0, now=NOW)


def test_every_entry_becomes_an_article_or_is_counted_and_reading_again_finds_nothing_new() -> None:
    for feed in feeds():
        parsed = _parsed(feed.file)
        first = read_document(parsed, a_source(), window=(), rung=0, now=NOW)
        second = read_document(parsed, a_source(), window=first.window, rung=first.rung, now=NOW)
        assert second.drafts == (), feed.file.name
        assert len({draft.id for draft in first.drafts}) == len(first.drafts), feed.file.name
        assert all(draft.title for draft in first.drafts), feed.file.name
        missing = len(parsed.entries) - len(first.drafts) - len(first.skipped)
        assert missing == 0 or "duplicate-ids" in first.quirks, feed.file.name


def test_all_content_is_clean_already() -> None:
    dirty = [
        (feed.file.name, draft.title)
        for feed in feeds()
        for draft in _read(feed.file).drafts
        if clean(draft.content, "https://elsewhere.example/") != draft.content
    ]
    assert dirty == []


def _by_link(file: Path) -> dict[str, Article]:
    return {one.identity.canonical_url: one for one in _read(file).drafts if one.identity.canonical_url}


def _day(article: Article) -> str:
    return article.published.instant.date().isoformat() if article.published else ""


def test_two_formats_of_one_feed_give_equal_articles() -> None:
    folder = corpus()
    with (folder / "same-entries-pairs.tsv").open(encoding="utf-8") as table:
        pairs = list(csv.DictReader(table, delimiter="\t"))
    shared = equal = 0
    for pair in pairs:
        one, other = (_by_link(folder / "feeds" / pair[side]) for side in ("file_a", "file_b"))
        for link in one.keys() & other.keys():
            first, second = one[link], other[link]
            shared += 1
            equal += (first.title, _day(first), first.text) == (second.title, _day(second), second.text)
    assert shared >= 150
    assert equal / shared >= 0.95


@pytest.mark.case("P-48", "P-50")
@pytest.mark.parametrize("name", ["inforno-rss20", "joylau-atom", "leolaporte-jsonfeed", "mix3-rdf"])
def test_a_feed_through_time_gives_one_article_for_each_id(name: str) -> None:
    folder = corpus() / "histories" / name
    known: dict[ArticleId, KnownArticle] = {}
    ids: set[str] = set()
    new = revised = 0
    reading: Reading | None = None
    for row in csv.DictReader((folder / "versions.tsv").read_text("utf-8").splitlines(), delimiter="\t"):
        parsed = _parsed(folder / row["file"])
        now = datetime.fromtimestamp(int(row["commit_unixtime"]), UTC)
        window, rung = (reading.window, reading.rung) if reading else ((), 0)
        reading = read_document(parsed, a_source(), window=window, rung=rung, now=now)
        ids |= {entry.id or canonical_url(permalink(entry)) for entry in parsed.entries}
        for intent in decide(reading.drafts, [*known.values()], now=now, raws=reading.raws, live=reading.live):
            match intent:
                case NewArticle(article=article):
                    new += 1
                    known[article.id] = stored(article)
                case RevisedArticle(article=article):
                    revised += 1
                    known[article.id] = stored(article)
                case TouchedArticle():
                    known[intent.article_id] = replace(known[intent.article_id], raw_hash=intent.raw_hash)
    assert new == len(known) == len(ids)
    assert revised > 0

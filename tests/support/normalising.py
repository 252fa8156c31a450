"""Parsed feeds and entries with boring defaults, for tests of normalising."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from aggregator.model.article import Article, KnownArticle
from aggregator.model.attribution import Link
from aggregator.model.entry import FeedFormat, ParsedEntry, ParsedFeed, RawDate, Text, TextKind
from aggregator.model.ids import SourceId
from aggregator.model.source import Source
from aggregator.normalise.document import Reading, read_document

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def a_source(**settings: object) -> Source:
    return Source(**({"id": SourceId("paper"), "url": "https://paper.example/feed.xml"} | settings))  # type: ignore[arg-type]


def html(value: str) -> Text:
    return Text(value=value, kind=TextKind.HTML)


def an_entry(
    number: int = 1,
    *,
    guid: str | None = None,
    link: str | None = None,
    title: str | None = None,
    content: str | None = None,
    date: str | None = None,
    **more: object,
) -> ParsedEntry:
    address = f"https://paper.example/2026/story-{number}" if link is None else link
    given = f"Mon, {number % 28 + 1:02} Feb 2026 10:00:00 GMT" if date is None else date
    return ParsedEntry(
        id=f"tag:paper.example,2026:{number}" if guid is None else guid,
        title=Text(value=f"Story {number}: {_WORDS[number % len(_WORDS)]}") if title is None else Text(value=title),
        links=(Link(href=address),) if address else (),
        content=html(f"<p>What happened in story {number}.</p>" if content is None else content),
        dates=(RawDate(element="pubDate", value=given),) if given else (),
        position=number,
        **more,  # type: ignore[arg-type]
    )


_WORDS = ("a bridge opens", "rain in the north", "cats counted", "new trains", "the harbour freezes", "prices fall")


def a_feed(entries: Sequence[ParsedEntry] = (), **more: object) -> ParsedFeed:
    settings: dict[str, object] = {
        "format": FeedFormat.RSS_20,
        "url": "https://paper.example/feed.xml",
        "title": Text(value="The Paper"),
        "home_url": "https://paper.example/",
        "language": "en",
        "entries": tuple(entries),
    }
    return ParsedFeed(**(settings | more))  # type: ignore[arg-type]


def read(*entries: ParsedEntry, source: Source | None = None, **more: object) -> Reading:
    """What a first poll of a document with these entries gives."""
    return read_document(a_feed(entries, **more), source or a_source(), window=(), rung=0, now=NOW)


def an_article(number: int = 1, **more: object) -> Article:
    return read(an_entry(number, **more)).drafts[0]  # type: ignore[arg-type]


def stored(article: Article, *, withdrawn: bool = False) -> KnownArticle:
    """`article` as the store would know it."""
    return KnownArticle(
        id=article.id,
        key=article.identity.key,
        guid=article.identity.guid,
        canonical_url=article.identity.canonical_url,
        url=article.url,
        title=article.title,
        content_hash=article.content_hash,
        raw_hash=article.raw_hash,
        revision=article.revision,
        published=article.published.instant if article.published else None,
        first_seen=article.first_seen,
        withdrawn=withdrawn,
    )

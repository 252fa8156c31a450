"""Short ways to attribute a hand-made entry."""

from __future__ import annotations

from aggregator.model.attribution import Publisher
from aggregator.model.entry import FeedFormat, ParsedEntry, ParsedFeed, RawPerson, RawRights
from aggregator.model.ids import SourceId
from aggregator.model.source import Source
from aggregator.normalise.attribution import Attributed, attribute
from aggregator.text.html import plain

BASE = "https://news.example.org/a/1"


def feed(*, rights: tuple[RawRights, ...] = (), people: tuple[RawPerson, ...] = ()) -> ParsedFeed:
    return ParsedFeed(
        format=FeedFormat.RSS_20,
        url="https://news.example.org/feed",
        home_url="https://news.example.org/",
        rights=rights,
        people=people,
    )


def attributed(
    entry: ParsedEntry,
    parent: ParsedFeed | None = None,
    *,
    html: str = "",
    language: str = "en",
    source: Source | None = None,
    publisher: str = "Example Times",
) -> Attributed:
    return attribute(
        parent or feed(),
        entry,
        source or Source(id=SourceId("example"), url="https://news.example.org/feed"),
        html=html,
        text=plain(html),
        base=BASE,
        language=language,
        publisher=Publisher(title=publisher),
    )

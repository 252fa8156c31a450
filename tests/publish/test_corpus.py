"""Every real feed, published in every format, passes the gate whole."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from aggregator.model.article import Article
from aggregator.model.attribution import Person
from aggregator.model.edition import Edition, EditionItem
from aggregator.model.entry import ParsedFeed
from aggregator.model.ids import PublishedId, SourceId, StoryId
from aggregator.model.moment import Moment
from aggregator.model.source import Republish, Source
from aggregator.model.topic import PolicyVerdict, Reason
from aggregator.normalise.article import normalise
from aggregator.normalise.hashes import raw_hash
from aggregator.normalise.identity import choose_rung, identities
from aggregator.normalise.legible import legible
from aggregator.parse.document import parse
from aggregator.publish.addresses import identifier
from aggregator.publish.problems import Problem
from aggregator.publish.validate import render_checked
from tests.support.corpus import feeds
from tests.support.editions import edition

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def shown(article: Article) -> EditionItem:
    """The article in full, as a topic with every permission would list it."""
    guid = article.identity.guid
    return EditionItem(
        id=PublishedId(guid if identifier(guid) else f"tag:feeds.example.org,2026-01-01:{article.id}"),
        article_id=article.id,
        story_id=StoryId(f"s-{article.id}"),
        source_id=article.source_id,
        guid=guid,
        url=article.url,
        title=article.title,
        summary=article.summary,
        content=article.content,
        language=article.language.tag,
        published=article.published or Moment(instant=article.first_seen),
        updated=article.updated.instant if article.updated else article.when,
        listed=NOW,
        attribution=article.attribution,
        authors=article.attribution.authors or (Person(name=article.attribution.publisher.title),),
        licence=article.attribution.licence,
        rights=article.attribution.rights,
        categories=article.categories,
        enclosures=article.enclosures,
        images=article.images,
        comments_url=article.comments_url,
        verdict=PolicyVerdict(policy=Republish.FULL, rule="permission", reason="Everything is permitted here."),
        reason=Reason(rule="sources", sentence="Everything is listed."),
    )


def published(place: Path) -> Edition | None:
    source = Source(id=SourceId("real"), url="https://source.example.net/feed")
    feed = parse(place.read_bytes(), url=source.url)
    if not isinstance(feed, ParsedFeed):
        return None
    keys = identities(feed, source, choose_rung(feed, 0))
    items: dict[str, EditionItem] = {}
    for entry, key in zip(feed.entries, keys, strict=True):
        made = shown(normalise(legible(feed), legible(entry), key, source, now=NOW, raw_hash=raw_hash(entry)))
        items.setdefault(made.id, made)
    return edition(*items.values()) if items else None


@pytest.mark.slow
@pytest.mark.corpus
@pytest.mark.case("B-37")
def test_what_real_feeds_become_has_no_errors_and_no_warnings() -> None:
    faults: list[tuple[str, str, Problem]] = []
    count = 0
    for place in [feed.file for feed in feeds()]:
        made = published(place)
        if made is None:
            continue
        checked = render_checked(made, now=NOW)
        count += len(checked.edition.items) if checked.edition else 0
        faults += [(place.name, q.id, problem) for q in checked.quarantined for problem in q.problems]
        faults += [(place.name, refused.path, problem) for refused in checked.refused for problem in refused.problems]
        faults += [(place.name, "", problem) for problem in checked.warnings]
    assert faults == []
    assert count > 5000

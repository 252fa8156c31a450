"""Editions for tests: boring defaults, and one that carries every fact there is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from aggregator.model.article import Category, Enclosure
from aggregator.model.attribution import Attribution, Image, ImagePlace, Link, Person, PersonKind, Publisher
from aggregator.model.edition import AlsoAt, Edition, EditionItem, Site
from aggregator.model.ids import ArticleId, PublishedId, SourceId, StoryId, TopicSlug
from aggregator.model.licence import Evidence, Licence, Origin, Term
from aggregator.model.moment import Moment, Precision
from aggregator.model.source import Republish
from aggregator.model.story import Tie
from aggregator.model.topic import ClauseResult, PolicyVerdict, Reason, ScorePart, Topic

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def site(**changes: Any) -> Site:
    return replace(
        Site(
            title="Moon & Mars",
            base_url="https://feeds.example.org",
            description="News from space",
            owner="Space Desk",
            contact="desk@feeds.example.org",
            tag_authority="feeds.example.org,2026-01-01",
        ),
        **changes,
    )


def topic(**changes: Any) -> Topic:
    made = Topic(slug=TopicSlug("space"), title="Space", description="Moon, Mars and beyond", query="moon")
    return replace(made, **changes)


def evidence(fact: str, origin: Origin = Origin.FEED_ENTRY, confidence: float = 1.0, text: str = "") -> Evidence:
    return Evidence(fact=fact, origin=origin, locator=f"the {fact} element", text=text or fact, confidence=confidence)


def licence(identifier: str = "CC-BY-4.0", confidence: float = 1.0, **changes: Any) -> Licence:
    family, _, version = identifier.removeprefix("CC-").lower().rpartition("-")
    made = Licence(
        id=identifier,
        url=f"https://creativecommons.org/licenses/{family}/{version}/",
        name=identifier.replace("CC-", "CC ").replace(f"-{version}", f" {version}"),
        raw=identifier,
        terms=frozenset({Term.ATTRIBUTION}),
        evidence=evidence("licence", confidence=confidence),
    )
    return replace(made, **changes)


def publisher(name: str = "Moonwire", **changes: Any) -> Publisher:
    host = f"https://{name.lower()}.example.com"
    made = Publisher(
        title=name,
        feed_url=f"{host}/feed.xml",
        home_url=f"{host}/",
        feed_id=f"tag:{name.lower()}.example.com,2020:feed",
        language="en",
        updated="2026-03-01T11:00:00+00:00",
    )
    return replace(made, **changes)


def moment(when: datetime = NOON, **changes: Any) -> Moment:
    return replace(Moment(instant=when, raw=when.isoformat()), **changes)


def item(number: int = 1, **changes: Any) -> EditionItem:
    when = NOON - timedelta(hours=number)
    url = f"https://moonwire.example.com/{number}"
    made = EditionItem(
        id=PublishedId(url),
        article_id=ArticleId(f"a{number}"),
        story_id=StoryId(f"s{number}"),
        source_id=SourceId("moonwire"),
        guid=url,
        url=url,
        title=f"Article {number}",
        summary=f"The summary of article {number}.",
        content=f"<p>The content of article {number}.</p>",
        language="en",
        published=moment(when),
        updated=when + timedelta(minutes=number),
        listed=when + timedelta(minutes=90),
        attribution=Attribution(publisher=publisher()),
        authors=(Person(name="Ann Writer"),),
        verdict=PolicyVerdict(policy=Republish.FULL, rule="default", reason="The site's default."),
        reason=Reason(rule="query", sentence="The word “moon” is in the title."),
    )
    return replace(made, **changes)


def edition(*items: EditionItem, **changes: Any) -> Edition:
    shown = items or (item(1), item(2))
    made = Edition(
        site=site(),
        topic=topic(),
        feed_id="tag:feeds.example.org,2026-01-01:space",
        updated=max(i.updated for i in shown),
        items=shown,
        cadence=900,
    )
    return replace(made, **changes)


def credited_images() -> tuple[Image, ...]:
    """Two images with two licences, and one of which nothing is known."""
    return (
        Image(
            url="https://img.example.com/moon.jpg",
            place=ImagePlace.LEAD,
            media_type="image/jpeg",
            width=1200,
            height=800,
            length=204800,
            alt="The moon over the dunes",
            title="The Moon tonight",
            creator="Alice Lens",
            creator_url="https://photos.example.com/alice",
            source_name="Flickr",
            source_url="https://photos.example.com/alice/1",
            copyright="© 2020 Alice Lens",
            licence=licence("CC-BY-2.0"),
            credit_line="The Moon tonight by Alice Lens is licensed under CC BY 2.0",
            evidence=(evidence("creator", Origin.MARKUP),),
        ),
        Image(
            url="https://img.example.com/mars.png",
            title="Mars at dawn",
            creator="Bob Shutter",
            licence=licence("CC-BY-NC-4.0"),
        ),
        Image(url="https://img.example.com/plain.gif"),
    )


def full_item() -> EditionItem:
    """An item that carries every fact there is: Dutch, a bare day, two licensed images, a story of three."""
    day = moment(datetime(2020, 12, 23, 23, 0, tzinfo=UTC), precision=Precision.DAY, offset=60, raw="24-12-2020")
    source = publisher(
        "Maanpost",
        subtitle="Nieuws van de maan",
        language="nl",
        icon="https://maanpost.example.com/icon.png",
        logo="https://maanpost.example.com/logo.png",
        rights="© Maanpost",
        licence=licence("CC-BY-SA-4.0"),
        authors=(Person(name="De redactie", uri="https://maanpost.example.com/over"),),
        categories=("ruimte",),
    )
    return item(
        7,
        id=PublishedId("tag:feeds.example.org,2026-01-01:maanpost:1234"),
        guid="1234",
        source_id=SourceId("maanpost"),
        url="https://maanpost.example.com/1234?a=1&b=2",
        title="Maan & Mars: 5 < 6 in één nacht",
        summary="De maan stond vannacht naast Mars.",
        content="<p>De maan stond <b>vannacht</b> naast Mars &amp; Venus.</p>",
        language="nl",
        published=day,
        attribution=Attribution(
            publisher=source,
            contributors=(Person(name="Cas Kijker"),),
            agencies=("ANP",),
            original=Link(href="https://origineel.example.net/maan"),
            via=(Link(href="https://via.example.net/maan", rel="via"),),
            evidence=(evidence("authors", text="door Jan de Vries"), evidence("licence", text="CC BY 4.0")),
        ),
        authors=(
            Person(name="Jan de Vries", uri="https://maanpost.example.com/jan", email="jan@maanpost.example.com"),
            Person(name="ANP", kind=PersonKind.ORGANISATION),
        ),
        licence=licence(),
        rights="© 2020 Jan de Vries",
        categories=(Category(term="maan", label="De maan", scheme="https://maanpost.example.com/tags"),),
        enclosures=(
            Enclosure(url="https://maanpost.example.com/1.mp3", media_type="audio/mpeg", length=12345, duration=61),
        ),
        images=credited_images(),
        comments_url="https://maanpost.example.com/1234#reacties",
        also=(
            AlsoAt(
                article_id=ArticleId("b1"),
                source_id=SourceId("moonwire"),
                publisher=publisher(),
                url="https://moonwire.example.com/copy",
                title="Moon and Mars",
                tie=Tie.NEAR_COPY,
                published=moment(),
            ),
        ),
        first_seen_at="Maanpost",
        original_known=True,
        related=(Link(href="https://forum.example.net/maan", rel="related"),),
        reason=Reason(
            rule="query",
            sentence="The word “maan” is in the title.",
            clauses=(ClauseResult(clause="maan", matched=True, words=("maan",), field="title"),),
            score=1.5,
            parts=(ScorePart(name="fresh", value=0.5),),
            query_version="abc",
        ),
    )

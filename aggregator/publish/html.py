"""The pages for people: a twin page for each topic, an index, a page about each article, and one about our robot.

Everything stands in the page itself (no script, no second request but the publishers' images), so that it can be read
anywhere; microdata says the same to machines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup

from aggregator.model.attribution import Image, ImagePlace, Person, PersonKind
from aggregator.model.edition import AlsoAt, Edition, EditionItem, Site
from aggregator.model.ids import SourceId
from aggregator.model.licence import Evidence
from aggregator.model.source import Source, SourceState
from aggregator.model.topic import FeedKind
from aggregator.publish import credit, facts, places
from aggregator.publish.explanation import matched_words
from aggregator.publish.labels import labels
from aggregator.text.urls import is_http

_RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"})
_NAMES = {FeedKind.ATOM: "Atom", FeedKind.RSS: "RSS", FeedKind.JSON: "JSON Feed"}
_LATEST = 5
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r"))


def direction(language: str) -> str:
    """``rtl`` or ``ltr`` by a BCP 47 tag."""
    return "rtl" if language.partition("-")[0].lower() in _RIGHT_TO_LEFT else "ltr"


@cache
def environment() -> jinja2.Environment:
    """The templates of this room; whatever is filled in is escaped."""
    loader = jinja2.PackageLoader("aggregator.publish", "templates")
    made = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=False)
    made.globals["direction"] = direction
    return made


@cache
def _style() -> Markup:
    return Markup(files("aggregator.publish").joinpath("templates/style.css").read_text("utf-8"))  # noqa: S704  ours


def page(template: str, site: Site, language: str, **values: Any) -> bytes:
    """A whole page from a template, with what every page says."""
    base = {"feeds": (), "hubs": (), "description": "", "canonical": "", "noindex": False}
    shown = {**base, **values, "site": site, "language": language, "style": _style()}
    text = environment().get_template(template).render(shown)
    return text.encode("utf-8", "replace").translate(None, delete=_CONTROLS)


def write_topic(edition: Edition) -> bytes:
    """The topic's twin page: everything its feeds say, for people."""
    topic = edition.topic
    return page(
        "topic.html",
        edition.site,
        facts.language(edition),
        title=topic.title,
        description=topic.description,
        canonical=places.topic_url(edition),
        noindex=topic.private or not topic.indexing,
        feeds=_feeds(edition),
        hubs=facts.hubs(edition),
        items=[view(edition, item) for item in edition.items],
    )


def _feeds(edition: Edition) -> list[dict[str, str]]:
    return [
        {
            "name": _NAMES[kind],
            "title": f"{edition.topic.title} ({_NAMES[kind]})",
            "media_type": places.FILES[kind][1],
            "url": places.feed_url(edition, kind),
        }
        for kind in edition.topic.formats
        if kind is not FeedKind.HTML
    ]


def view(edition: Edition, item: EditionItem) -> dict[str, Any]:
    """One item as the templates show it."""
    publisher = facts.source(item)
    shown = facts.people(item)
    licence = item.licence
    certain = facts.stated(licence)
    return {
        "anchor": f"a-{item.article_id}",
        "url": places.item_url(edition, item),
        "page": facts.page(edition, item),
        "title": item.title or places.item_url(edition, item),
        "summary": item.summary,
        "content": Markup(item.content),  # noqa: S704  sanitised when it was normalised
        "language": facts.item_language(item) or facts.language(edition),
        "people": [_person(person) for person in shown],
        "publisher": publisher.title,
        "publisher_shown": publisher.title not in {person.name for person in shown},
        "published": facts.seconds(facts.local(item.published)).isoformat(),
        "day": facts.local(item.published).date().isoformat(),
        "licence": _licence_words(edition, item),
        "licence_url": certain.url if certain else None,
        "lead": _lead(edition, item),
        "carriers": item.carriers,
        "credit": Markup(credit.edit_note(edition, item) + credit.line(edition, item)),  # noqa: S704  built escaped
        "why": facts.why(item),
    }


def _licence_words(edition: Edition, item: EditionItem) -> str:
    if item.licence is None:
        return ""
    name = facts.licence_name(item.licence)
    return name if item.licence.verified else f"{name} ({labels(facts.language(edition)).unverified})"


def _person(person: Person) -> dict[str, str | None]:
    kind = "Organization" if person.kind is PersonKind.ORGANISATION else "Person"
    return {"name": person.name, "url": person.uri if person.uri and is_http(person.uri) else None, "type": kind}


def _lead(edition: Edition, item: EditionItem) -> dict[str, Any] | None:
    found = next((i for i in facts.images(edition, item) if i.place is not ImagePlace.CONTENT), None)
    return _image(edition, found) if found else None


def _image(edition: Edition, image: Image) -> dict[str, Any]:
    certain = facts.stated(image.licence)
    words = labels(facts.language(edition))
    return {
        "url": image.url,
        "name": image.title or image.url.rpartition("/")[2] or image.url,
        "alt": image.alt,
        "width": image.width,
        "height": image.height,
        "creator": image.creator,
        "licence_url": certain.url if certain else None,
        "credit": Markup(credit.image_credit(image, words)),  # noqa: S704  built escaped
    }


def write_index(
    site: Site, editions: Sequence[Edition], sources: Sequence[Source], states: Mapping[SourceId, SourceState]
) -> bytes:
    """The front page: every public topic with its newest items and feeds, and the sources with their health."""
    topics = [_topic_card(edition) for edition in editions if not edition.topic.private]
    return page(
        "index.html",
        site,
        site.language,
        title=site.title,
        description=site.description,
        canonical=f"{site.base_url}/",
        feeds=[feed for topic in topics for feed in topic["feeds"]],
        topics=topics,
        sources=[_source_row(source, states.get(source.id)) for source in sources if not source.private],
    )


def _topic_card(edition: Edition) -> dict[str, Any]:
    return {
        "title": edition.topic.title,
        "description": edition.topic.description,
        "url": places.topic_url(edition),
        "feeds": _feeds(edition),
        "latest": [_latest(edition, item) for item in edition.items[:_LATEST]],
    }


def _latest(edition: Edition, item: EditionItem) -> dict[str, str]:
    return {
        "title": item.title,
        "url": places.item_url(edition, item),
        "publisher": facts.source(item).title,
        "language": facts.item_language(item) or facts.language(edition),
    }


def _source_row(source: Source, state: SourceState | None) -> dict[str, str]:
    home = source.home_url or (state.feed_home_url if state else "")
    return {
        "title": source.title or (state.feed_title if state else "") or source.id,
        "url": home if is_http(home) else "",
        "health": state.health.value if state else "",
        "why": state.why if state else "",
    }


def write_article(edition: Edition, item: EditionItem, listed: Iterable[tuple[Edition, EditionItem]]) -> bytes:
    """The page about one article: attribution with its evidence, the story, and why each topic lists it.

    It points to the original as the canonical page, and asks not to be indexed unless the licence is an open one.
    """
    certain = facts.stated(item.licence)
    return page(
        "article.html",
        edition.site,
        edition.site.language,
        title=item.title or places.item_url(edition, item),
        canonical=item.url,
        noindex=not (certain and certain.open),
        view={**view(edition, item), "content": "", "summary": item.summary},
        attribution=_attribution_rows(edition, item),
        images=[_image(edition, image) for image in facts.images(edition, item)],
        first=_first_sentence(item),
        also=[_also(other) for other in item.also],
        related=[other for other in item.related if other.title],
        reasons=[_reason(*pair) for pair in listed],
    )


def _attribution_rows(edition: Edition, item: EditionItem) -> list[dict[str, Any]]:
    publisher, attribution = facts.source(item), item.attribution
    values = (
        ("authors", "Written by", ", ".join(person.name for person in facts.people(item))),
        ("publisher", "Published by", Markup(credit.link(publisher.home_url, publisher.title))),  # noqa: S704
        ("published", "Published", item.published.raw or facts.local(item.published).isoformat()),
        ("licence", "Licence", _licence_words(edition, item) or "none stated"),
        ("rights", "Rights", facts.rights(item) or ""),
        ("agencies", "Agencies", ", ".join(attribution.agencies)),
        ("language", "Language", item.language),
        ("guid", "The publisher's id", item.guid),
    )
    kept = [*attribution.evidence, *((item.licence.evidence,) if item.licence and item.licence.evidence else ())]
    return [{"name": n, "value": v, "evidence": _evidence(kept, fact)} for fact, n, v in values if v]


def _evidence(kept: Iterable[Evidence], fact: str) -> str:
    found = (e for e in kept if e.fact == fact)
    return "; ".join(f"from {e.locator}: “{e.text}” ({e.confidence:.0%} sure)" for e in found)


def _first_sentence(item: EditionItem) -> str:
    name = item.first_seen_at or facts.source(item).title
    return f"The original is at {name}." if item.original_known else f"First seen at {name}."


def _also(other: AlsoAt) -> dict[str, Any]:
    return {
        "title": other.title or other.url,
        "url": other.url,
        "publisher": other.publisher.title,
        "tie": other.tie.value.replace("-", " "),
        "original": other.original,
    }


def _reason(edition: Edition, item: EditionItem) -> dict[str, Any]:
    return {
        "topic": edition.topic.title,
        "url": places.topic_url(edition),
        "sentence": item.reason.sentence,
        "words": matched_words(item),
        "policy": f"Shown: {item.verdict.policy.value}. {item.verdict.reason}",
    }


def write_bot(site: Site) -> bytes:
    """Who polls, why, and how to opt out: the page that our User-Agent points to."""
    title = f"About our robot · {site.title}"
    return page("bot.html", site, "en", title=title, canonical=f"{site.base_url}/about/bot/")

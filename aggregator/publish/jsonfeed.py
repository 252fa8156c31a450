"""JSON Feed 1.1, with the extensions ``_attribution``, ``_story``, ``_why`` and ``_source`` on every item.

The extensions are described by the JSON Schemas in docs/reference/json-feed-extensions.schema.json.
"""

from __future__ import annotations

import json
from typing import Any

from aggregator.model.article import Enclosure
from aggregator.model.attribution import Image, Person, Publisher
from aggregator.model.edition import AlsoAt, Edition, EditionItem
from aggregator.model.licence import Evidence, Licence
from aggregator.model.topic import FeedKind
from aggregator.publish import facts, places
from aggregator.publish.credit import with_credit
from aggregator.publish.explanation import matched_words
from aggregator.publish.history import previous_archive
from aggregator.publish.images import image_type
from aggregator.publish.node import clean

VERSION = "https://jsonfeed.org/version/1.1"
ABOUT = "https://feed-aggregator.dev/ns/json"

Json = dict[str, Any]


def write_jsonfeed(edition: Edition, next_url: str | None = None, own_path: str | None = None) -> bytes:
    """The topic's JSON Feed document: pure, and equal bytes for equal editions.

    `next_url` is that of the page with older items (by default the newest archive's), `own_path` that of an archive.
    """
    previous = previous_archive(edition, FeedKind.JSON)
    if own_path is None and previous:
        next_url = f"{edition.site.base_url}/{previous}"
    head = json.dumps(bare(_top(edition, next_url, own_path)), ensure_ascii=False)
    items = ",\n".join(json.dumps(bare(item_object(edition, item)), ensure_ascii=False) for item in edition.items)
    return clean(f'{head[:-1]}, "items": [\n{items}\n]}}\n').encode()


def _top(edition: Edition, next_url: str | None, own_path: str | None) -> Json:
    site, topic = edition.site, edition.topic
    own = f"{site.base_url}/{own_path or places.feed_path(edition, FeedKind.JSON)}"
    return {
        "version": VERSION,
        "title": topic.title,
        "home_page_url": places.topic_url(edition),
        "feed_url": None if topic.private else own,
        "description": topic.description,
        "next_url": next_url,
        "icon": site.logo,
        "favicon": site.icon,
        "authors": [{"name": site.owner or site.title, "url": f"{site.base_url}/"}],
        "language": facts.language(edition),
        "hubs": [{"type": "WebSub", "url": hub} for hub in facts.hubs(edition)],
        "_feed": {
            "about": ABOUT,
            "id": edition.feed_id,
            "updated": facts.seconds(edition.updated).isoformat(),
            "licence": topic.licence,
        },
    }


def item_object(edition: Edition, item: EditionItem) -> Json:
    """One item as JSON Feed 1.1 has it, with our extensions; `bare` takes away what says nothing."""
    content = with_credit(edition, item)
    return {
        "id": item.id,
        "url": places.item_url(edition, item),
        "title": item.title,
        **({"content_html": content} if content else {"content_text": item.summary or item.title}),
        "summary": facts.summary(edition, item),
        "image": _lead(edition, item),
        "date_published": facts.published(edition, item).isoformat(),
        "date_modified": facts.updated(edition, item).isoformat(),
        "authors": [_author(person) for person in facts.people(item)],
        "tags": list(dict.fromkeys(category.label or category.term for category in item.categories)),
        "language": facts.item_language(item),
        "attachments": [_attachment(enclosure) for enclosure in facts.enclosures(item)],
        "_source": _publisher(facts.source(item)),
        "_attribution": _attribution(edition, item),
        "_story": _story(edition, item),
        "_why": _why(item),
    }


def _lead(edition: Edition, item: EditionItem) -> str | None:
    return next((image.url for image in facts.media(edition, item)), None)


def _author(person: Person) -> Json:
    return {"name": person.name, "url": person.uri}


def _attachment(enclosure: Enclosure) -> Json:
    return {
        "url": enclosure.url,
        "mime_type": enclosure.media_type,
        "title": enclosure.title,
        "size_in_bytes": enclosure.length,
        "duration_in_seconds": enclosure.duration,
    }


def _publisher(publisher: Publisher) -> Json:
    return {
        "title": publisher.title,
        "url": publisher.home_url,
        "feed_url": publisher.feed_url,
        "id": publisher.feed_id,
        "icon": publisher.icon,
        "rights": publisher.rights,
        "licence": _licence(publisher.licence),
        "updated": publisher.updated,
    }


def _attribution(edition: Edition, item: EditionItem) -> Json:
    attribution = item.attribution
    return {
        "about": ABOUT,
        "guid": item.guid,
        "published": facts.local(item.published).isoformat(),
        "published_precision": item.published.precision.value,
        "published_known": item.published_known,
        "authors": [_person(person) for person in item.authors],
        "contributors": [_person(person) for person in attribution.contributors],
        "licence": _licence(item.licence),
        "rights": facts.rights(item),
        "agencies": list(attribution.agencies),
        "original": attribution.original.href if attribution.original else None,
        "via": [{"url": link.href, "title": link.title} for link in attribution.via],
        "images": [_image(image) for image in facts.images(edition, item)],
        "evidence": [_evidence(evidence) for evidence in attribution.evidence],
    }


def _person(person: Person) -> Json:
    return {
        "name": person.name,
        "url": person.uri,
        "kind": person.kind.value,
        "role": person.role,
        "affiliation": person.affiliation,
    }


def _licence(licence: Licence | None) -> Json | None:
    if licence is None:
        return None
    return {
        "id": licence.id,
        "url": licence.url,
        "name": licence.name,
        "raw": licence.raw,
        "holder": licence.holder,
        "terms": sorted(term.value for term in licence.terms),
        "verified": licence.verified,
        "evidence": _evidence(licence.evidence) if licence.evidence else None,
    }


def _image(image: Image) -> Json:
    return {
        "url": image.url,
        "place": image.place.value,
        "type": image_type(image),
        "width": image.width,
        "height": image.height,
        "alt": image.alt,
        "title": image.title,
        "description": image.description,
        "creator": image.creator,
        "creator_url": image.creator_url,
        "source_name": image.source_name,
        "source_url": image.source_url,
        "copyright": image.copyright,
        "licence": _licence(image.licence),
        "rights_managed": image.rights_managed or None,
        "credit_line": image.credit_line,
        "evidence": [_evidence(evidence) for evidence in image.evidence],
    }


def _evidence(evidence: Evidence) -> Json:
    return {
        "fact": evidence.fact,
        "origin": evidence.origin.value,
        "locator": evidence.locator,
        "text": evidence.text,
        "confidence": evidence.confidence,
    }


def _story(edition: Edition, item: EditionItem) -> Json:
    return {
        "about": ABOUT,
        "id": item.story_id,
        "url": places.article_url(edition.site, item.article_id),
        "first_seen_at": item.first_seen_at,
        "original_known": item.original_known,
        "also": [_also(other) for other in item.also],
        "related": [{"url": other.href, "source": other.title} for other in item.related if other.title],
    }


def _also(other: AlsoAt) -> Json:
    return {
        "title": other.title,
        "url": other.url,
        "source": other.publisher.title,
        "tie": other.tie.value,
        "original": other.original,
        "published": facts.local(other.published).isoformat() if other.published else None,
    }


def _why(item: EditionItem) -> Json:
    reason, verdict = item.reason, item.verdict
    return {
        "about": ABOUT,
        "rule": reason.rule,
        "sentence": reason.sentence,
        "score": reason.score,
        "parts": [{"name": p.name, "value": p.value, "detail": p.detail} for p in reason.parts],
        "words": list(matched_words(item)),
        "version": reason.query_version,
        "listed": facts.seconds(item.listed).isoformat(),
        "pinned": item.pinned or None,
        "edited": item.edited,
        "original_title": item.original_title,
        "policy": {"policy": verdict.policy.value, "rule": verdict.rule, "reason": verdict.reason},
    }


def bare(value: Any) -> Any:
    """Without what says nothing: absent, empty. False and 0 are words and stay."""
    if isinstance(value, dict):
        kept = ((key, bare(inner)) for key, inner in value.items())
        return {key: inner for key, inner in kept if inner or isinstance(inner, int | float)}
    return [bare(inner) for inner in value] if isinstance(value, list) else value

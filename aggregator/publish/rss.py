"""RSS 2.0 with Dublin Core, the content module, Media RSS, the Creative Commons module and RFC 5005."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import format_datetime

from aggregator.model.edition import Edition, EditionItem
from aggregator.model.topic import FeedKind
from aggregator.publish import document, facts, places
from aggregator.publish.addresses import uri
from aggregator.publish.credit import edit_note, line, with_credit
from aggregator.publish.explanation import why_node
from aggregator.publish.feedgen_bridge import Entry, Frame, rss_bytes
from aggregator.publish.history import LIVE, History, rss_history
from aggregator.publish.images import media_nodes
from aggregator.publish.inert import inert
from aggregator.publish.namespaces import (
    ATOM,
    CONTENT,
    CREATIVE_COMMONS,
    DC,
    DCTERMS,
    FOR_READERS_OF_WHY,
    FOR_RSS,
)
from aggregator.publish.node import Node, optional


def write_rss(edition: Edition, history: History = LIVE) -> bytes:
    """The topic's RSS 2.0 document: pure, and equal bytes for equal editions (PROTOCOL B-06)."""
    return rss_bytes(_frame(edition, history), (_entry(edition, item) for item in edition.items))


def _frame(edition: Edition, history: History) -> Frame:
    topic, site = edition.topic, edition.site
    return Frame(
        id=edition.feed_id,
        title=inert(topic.title),
        subtitle=inert(topic.description),
        home_url=places.topic_url(edition),
        language=facts.language(edition),
        updated=facts.seconds(edition.updated),
        stylesheet=f"{site.base_url}/{places.STYLESHEET}",
        namespaces={**FOR_RSS, **(FOR_READERS_OF_WHY if topic.explain else {})},
        nodes=tuple(_channel_nodes(edition, history)),
    )


def _channel_nodes(edition: Edition, history: History) -> Iterator[Node | None]:
    own = history.own_path or places.feed_path(edition, FeedKind.RSS)
    if not edition.topic.private:
        yield _link("self", f"{edition.site.base_url}/{own}", document.RSS)
    for hub in facts.hubs(edition):
        yield _link("hub", hub)
    yield from rss_history(edition, history)
    yield Node("lastBuildDate", format_datetime(facts.seconds(edition.updated)))
    yield Node("ttl", str(max(1, edition.cadence // 60)))
    yield optional("copyright", _rights_of_selection(edition))
    if edition.site.icon:
        yield _image(edition, edition.site.icon)


def _rights_of_selection(edition: Edition) -> str | None:
    """In words only: a licence element here would be inherited by items whose sources state none (B-31)."""
    if not edition.topic.licence:
        return None
    return f"The selection: {edition.topic.licence}. Each item keeps its own terms."


def _image(edition: Edition, url: str) -> Node:
    title, home = Node("title", inert(edition.topic.title)), Node("link", places.topic_url(edition))
    return Node("image", None, (), (Node("url", url), title, home))


def _link(rel: str, href: str, media_type: str | None = None, title: str | None = None) -> Node:
    attributes = (("href", href), ("rel", rel), ("type", media_type), ("title", title or None))
    return Node(f"{{{ATOM}}}link", None, attributes)


def _entry(edition: Edition, item: EditionItem) -> Entry:
    return Entry(
        id=item.id,
        title=inert(item.title or item.url or edition.topic.title),
        updated=facts.updated(edition, item),
        nodes=tuple(_item_nodes(edition, item)),
    )


def _item_nodes(edition: Edition, item: EditionItem) -> Iterator[Node | None]:
    yield Node("link", places.item_url(edition, item))
    yield from _texts(edition, item)
    yield Node("pubDate", format_datetime(facts.published(edition, item)))
    if facts.newsletter(edition):
        yield Node(f"{{{DCTERMS}}}issued", facts.seconds(facts.local(item.published)).isoformat())
    yield Node(f"{{{ATOM}}}updated", facts.updated(edition, item).isoformat())
    yield from (Node(f"{{{DC}}}creator", inert(person.name)) for person in facts.people(item))
    yield from (Node(f"{{{DC}}}contributor", inert(person.name)) for person in item.attribution.contributors)
    yield from (Node("category", inert(c.label or c.term), (("domain", c.scheme),)) for c in item.categories)
    yield optional("comments", facts.comments_url(item))
    yield _enclosure(item)
    yield _source(item)
    yield from _terms(item)
    yield optional(f"{{{DC}}}language", facts.item_language(item))
    yield from (_link(other.rel, other.href, title=other.title) for other in facts.links(item))
    yield from media_nodes(facts.media(edition, item), licence_element=edition.topic.explain)
    if edition.topic.explain:
        yield why_node(item)


def _texts(edition: Edition, item: EditionItem) -> Iterator[Node]:
    """``description`` always and first, the full content beside it, and never the same twice (PROTOCOL B-34)."""
    credit = line(edition, item) if edition.topic.attribution_line else ""
    summary = facts.summary_html(facts.summary(edition, item))
    content = with_credit(edition, item) if item.content else ""
    if not content:
        yield Node("description", summary + edit_note(edition, item) + credit)
        return
    yield Node("description", summary or facts.summary_html(item.title))
    yield Node(f"{{{CONTENT}}}encoded", content)


def _enclosure(item: EditionItem) -> Node | None:
    """One at most: readers differ in which of several they take (PROTOCOL B-35)."""
    for enclosure in facts.enclosures(item)[:1]:
        length = str(enclosure.length or 0)
        return Node("enclosure", None, (("url", enclosure.url), ("length", length), ("type", enclosure.media_type)))
    return None


def _source(item: EditionItem) -> Node | None:
    publisher = facts.source(item)
    url = publisher.feed_url or publisher.home_url
    return Node("source", inert(publisher.title), (("url", uri(url)),)) if url else None


def _terms(item: EditionItem) -> Iterator[Node | None]:
    rights = facts.rights(item)
    yield optional(f"{{{DC}}}rights", inert(rights) if rights else None)
    licence = facts.stated(item.licence)
    yield optional(f"{{{CREATIVE_COMMONS}}}license", licence.url if licence else None)

"""Atom 1.0 (RFC 4287), with the licence links of RFC 4946, Media RSS for images and RFC 5005 for archives."""

from __future__ import annotations

from collections.abc import Iterator

from aggregator.model.article import Enclosure
from aggregator.model.attribution import Person, Publisher
from aggregator.model.edition import Edition, EditionItem
from aggregator.model.topic import FeedKind
from aggregator.publish import document, facts, places
from aggregator.publish.addresses import uri
from aggregator.publish.credit import with_credit
from aggregator.publish.explanation import why_node
from aggregator.publish.feedgen_bridge import Entry, Frame, atom_bytes
from aggregator.publish.history import LIVE, History, atom_history
from aggregator.publish.images import media_nodes
from aggregator.publish.inert import inert
from aggregator.publish.namespaces import DCTERMS, FOR_ATOM, FOR_READERS_OF_WHY
from aggregator.publish.node import Node, optional


def write_atom(edition: Edition, history: History = LIVE) -> bytes:
    """The topic's Atom document: pure, and equal bytes for equal editions (PROTOCOL B-06)."""
    return atom_bytes(_frame(edition, history), (_entry(edition, item) for item in edition.items))


def _frame(edition: Edition, history: History) -> Frame:
    topic, site = edition.topic, edition.site
    return Frame(
        id=edition.feed_id,
        title=topic.title,
        subtitle=topic.description,
        home_url=places.topic_url(edition),
        language=facts.language(edition),
        updated=facts.seconds(edition.updated),
        stylesheet=f"{site.base_url}/{places.STYLESHEET}",
        namespaces={**FOR_ATOM, **(FOR_READERS_OF_WHY if topic.explain else {})},
        nodes=tuple(_feed_nodes(edition, history)),
    )


def _feed_nodes(edition: Edition, history: History) -> Iterator[Node | None]:
    site = edition.site
    yield _person("author", Person(name=site.owner or site.title, uri=f"{site.base_url}/"))
    own = history.own_path or places.feed_path(edition, FeedKind.ATOM)
    if not edition.topic.private:
        yield link("self", f"{site.base_url}/{own}", document.ATOM)
    # the other formats stand on that page: readers take the last alternate of a feed for its home
    yield link("alternate", places.topic_url(edition), document.HTML)
    for hub in facts.hubs(edition):
        yield link("hub", hub)
    yield from _licence_of_selection(edition)
    yield from atom_history(edition, history)
    yield optional("icon", site.icon)
    yield optional("logo", site.logo)


def _licence_of_selection(edition: Edition) -> Iterator[Node | None]:
    url = facts.licence_url(edition.topic.licence)
    if url:
        yield link("license", url, title=edition.topic.licence)


def link(rel: str, href: str, media_type: str | None = None, title: str | None = None) -> Node:
    """An ``atom:link`` without a length; its href is what it was given."""
    return Node("link", None, (("href", href), ("rel", rel), ("type", media_type), ("title", title or None)))


def _entry(edition: Edition, item: EditionItem) -> Entry:
    return Entry(
        id=item.id,
        title=_title(edition, item),
        updated=facts.unique_updated(edition, item),
        language=facts.item_language(item),
        nodes=tuple(_entry_nodes(edition, item)),
    )


def _title(edition: Edition, item: EditionItem) -> str:
    return item.title or item.url or edition.topic.title


def _entry_nodes(edition: Edition, item: EditionItem) -> Iterator[Node | None]:
    yield Node("published", facts.published(edition, item).isoformat())
    if facts.newsletter(edition):
        yield Node(f"{{{DCTERMS}}}issued", facts.seconds(facts.local(item.published)).isoformat())
    yield from (_person("author", person) for person in facts.people(item))
    yield from (_person("contributor", person) for person in item.attribution.contributors)
    yield from _links(edition, item)
    yield from _categories(item)
    content = with_credit(edition, item)
    yield _summary(item.summary or ("" if content else _title(edition, item)))
    yield optional("content", content, type="html")
    yield optional("rights", facts.rights(item))
    yield _source(edition, item)
    yield from media_nodes(facts.media(edition, item), licence_element=edition.topic.explain)
    if edition.topic.explain:
        yield why_node(item)


def _summary(text: str) -> Node | None:
    """Plain; as HTML where a reader could take it for that."""
    if inert(text) == text:
        return optional("summary", text, type="text")
    return optional("summary", facts.summary_html(text), type="html")


def _links(edition: Edition, item: EditionItem) -> Iterator[Node | None]:
    yield link("alternate", places.item_url(edition, item), document.HTML)
    yield _licence(item)
    yield from (link(other.rel, other.href, title=other.title) for other in facts.links(item))
    comments = facts.comments_url(item)
    if comments:
        yield link("replies", comments, document.HTML)
    yield from (_enclosure(enclosure) for enclosure in facts.enclosures(item))


def _licence(item: EditionItem) -> Node:
    """Every entry says its own, or that nothing is said: else it would inherit that of our selection (B-31)."""
    licence = facts.stated(item.licence)
    if licence is None or not licence.url:
        return link("license", facts.UNSPECIFIED)
    return link("license", licence.url, title=facts.licence_name(licence))


def _enclosure(enclosure: Enclosure) -> Node:
    length = None if enclosure.length is None else str(enclosure.length)
    attributes = (("href", enclosure.url), ("rel", "enclosure"), ("type", enclosure.media_type))
    return Node("link", None, (*attributes, ("length", length), ("title", enclosure.title)))


def _categories(item: EditionItem) -> Iterator[Node]:
    for category in item.categories:
        attributes = (("term", category.term), ("scheme", category.scheme or None), ("label", category.label or None))
        yield Node("category", None, attributes)


def _person(name: str, person: Person) -> Node:
    """Without the e-mail address, which is never published by default."""
    return Node(name, None, (), (Node("name", person.name), optional("uri", person.uri)))


def _source(edition: Edition, item: EditionItem) -> Node:
    """The whole element (RFC 4287 section 4.2.11), so that the entry can stand outside of our feed (B-29)."""
    publisher = facts.source(item)
    updated = publisher.updated or facts.seconds(facts.local(item.published)).isoformat()
    return Node(
        "source",
        None,
        (),
        (
            Node("id", facts.source_id(edition, item)),
            Node("title", facts.words(publisher.title)),
            optional("subtitle", facts.words(publisher.subtitle)),
            Node("updated", updated),
            *(_person("author", person) for person in publisher.authors),
            *_source_links(publisher),
            *(Node("category", None, (("term", term),)) for term in publisher.categories),
            optional("generator", publisher.generator),
            optional("icon", publisher.icon),
            optional("logo", publisher.logo),
            optional("rights", facts.words(publisher.rights)),
        ),
    )


def _source_links(publisher: Publisher) -> Iterator[Node]:
    if publisher.feed_url:
        yield link("self", uri(publisher.feed_url))
    if publisher.home_url:
        yield link("alternate", uri(publisher.home_url), document.HTML)
    licence = facts.stated(publisher.licence)
    if licence is not None and licence.url:
        yield link("license", licence.url, title=facts.licence_name(licence))

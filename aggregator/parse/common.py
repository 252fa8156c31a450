"""Elements that stand in entries and in feeds alike: links, dates, people, rights, categories."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from aggregator.model.attribution import Link
from aggregator.model.entry import RawCategory, RawDate
from aggregator.parse import people, rights
from aggregator.parse.draft import Draft
from aggregator.parse.names import RDF
from aggregator.parse.nodes import attribute, children, text_of

DATES = {
    "pubdate": "pubDate",
    "lastbuilddate": "lastBuildDate",
    "expirationdate": "expirationDate",
    "atom:published": "published",
    "atom:updated": "updated",
    "atom:issued": "issued",
    "atom:modified": "modified",
    "atom:created": "created",
    "published": "published",
    "updated": "updated",
    "dc:date": "dc:date",
    "dc:created": "dc:created",
    "dc:modified": "dc:modified",
    "dcterms:date": "dcterms:date",
    "dcterms:issued": "dcterms:issued",
    "dcterms:created": "dcterms:created",
    "dcterms:modified": "dcterms:modified",
    "dcterms:valid": "dcterms:valid",
}
"""Canonical element: name as its specification spells it."""
_IANA = "http://www.iana.org/assignments/relation/"


def date(draft: Draft, element: etree._Element, name: str) -> None:
    value = text_of(element)
    if value:
        draft.dates.append(RawDate(element=DATES[name], value=value))


def person(draft: Draft, element: etree._Element, name: str) -> None:
    found = people.person(name, element, draft.context)
    if found:
        draft.people.append(found)


def statement(draft: Draft, element: etree._Element, name: str) -> None:
    found = rights.rights(name, element, draft.context)
    if found:
        draft.rights.append(found)


def category(draft: Draft, element: etree._Element, _name: str) -> None:
    """RSS ``category`` (scheme in ``domain``), Atom ``category``, ``dc:subject``, ``itunes:category``, ``media:*``."""
    term = attribute(element, "term", "text") or text_of(element)
    if not term:
        return
    scheme = attribute(element, "scheme", "domain", f"{RDF}resource")
    draft.categories.append(RawCategory(term=term, label=attribute(element, "label"), scheme=scheme))


def categories(draft: Draft, element: etree._Element, _name: str) -> None:
    """Some put their ``category`` elements into one more element."""
    for name, child in children(element):
        if name == "category":
            category(draft, child, name)


def keywords(draft: Draft, element: etree._Element, _name: str) -> None:
    """A list separated by commas: ``media:keywords``, ``itunes:keywords``."""
    draft.categories.extend(RawCategory(term=term) for part in text_of(element).split(",") if (term := part.strip()))


def language(draft: Draft, element: etree._Element, _name: str) -> None:
    draft.language = draft.language or text_of(element)


def plain_link(draft: Draft, element: etree._Element, name: str) -> None:
    """RSS ``link``: the address is the text; some write Atom's attributes instead."""
    if element.get("href"):
        atom_link(draft, element, name)
        return
    href = draft.context.link(element, text_of(element))
    if href:
        draft.links.append(Link(href=href))


def atom_link(draft: Draft, element: etree._Element, _name: str) -> None:
    """RFC 4287 section 4.2.7; a licence link (RFC 4946) is a statement about rights as well."""
    href = draft.context.link(element, attribute(element, "href") or text_of(element))
    if not href:
        return
    relations = (attribute(element, "rel") or "alternate").removeprefix(_IANA)
    title = attribute(element, "title")
    for relation in relations.lower().split() or ["alternate"]:
        draft.links.append(
            Link(
                href=href,
                rel=relation,
                media_type=attribute(element, "type") or None,
                title=title or None,
                hreflang=attribute(element, "hreflang") or None,
                length=_number(attribute(element, "length")),
            ),
        )
        if relation in {"license", "licence"}:
            draft.rights.append(rights.of_link(href, title))


def _number(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 16 else None


Handler = Callable[[Draft, etree._Element, str], None]  # noqa: SLF001 - lxml has no other name for it

HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(DATES, date),
    **dict.fromkeys(people.PLAIN, person),
    "atom:author": person,
    "atom:contributor": person,
    **dict.fromkeys([name for name in rights.SPELLINGS if not name.startswith("media:")], statement),
    "category": category,
    "atom:category": category,
    "categories": categories,
    "tags": keywords,
    "atom:tags": keywords,
    "dc:subject": category,
    "dcterms:subject": category,
    "media:category": category,
    "itunes:category": category,
    "media:keywords": keywords,
    "itunes:keywords": keywords,
    "dc:language": language,
    "dcterms:language": language,
    "language": language,
    "link": plain_link,
    "atom:link": atom_link,
}

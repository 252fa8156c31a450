"""Persons as written: Atom person constructs, Dublin Core names, RSS addresses, Media RSS credits."""

from __future__ import annotations

from lxml import etree

from aggregator.model.entry import RawPerson
from aggregator.parse.nodes import Context, attribute, children, text_of

PLAIN = {
    "author": ("author", "author"),
    "dc:creator": ("author", "dc:creator"),
    "dcterms:creator": ("author", "dcterms:creator"),
    "dc:author": ("author", "dc:author"),
    "dc:contributor": ("contributor", "dc:contributor"),
    "dcterms:contributor": ("contributor", "dcterms:contributor"),
    "dc:publisher": ("publisher", "dc:publisher"),
    "dcterms:publisher": ("publisher", "dcterms:publisher"),
    "managingeditor": ("editor", "managingEditor"),
    "webmaster": ("webmaster", "webMaster"),
    "itunes:author": ("author", "itunes:author"),
}
"""Canonical element: role and name of the element as its specification spells it."""


def person(name: str, element: etree._Element, context: Context) -> RawPerson | None:
    """The person in an element with this canonical name; None where it is empty."""
    if name in {"atom:author", "atom:contributor"}:
        return _construct(element, context, name, name.partition(":")[2])
    role, spelling = PLAIN[name]
    if len(element):
        return _construct(element, context, spelling, role)
    written = (element.text or "").strip()
    return RawPerson(name=written, role=role, element=spelling) if written else None


def credit(element: etree._Element) -> RawPerson | None:
    """A ``media:credit``: who contributed, in which role (Media RSS, European Broadcasting Union roles)."""
    written = text_of(element)
    return RawPerson(name=written, role=attribute(element, "role"), element="media:credit") if written else None


def _construct(element: etree._Element, context: Context, spelling: str, role: str) -> RawPerson | None:
    """RFC 4287 section 3.2; Atom 0.3 called the address ``url``, FOAF and others nest names deeper."""
    found = {"name": "", "email": "", "uri": ""}
    for name, child in children(element):
        key = name.rpartition(":")[2]
        key = "uri" if key in {"url", "homepage"} else key
        if key in found and not found[key]:
            found[key] = text_of(child)
    uri = context.link(element, found["uri"])
    name = found["name"] or ("" if found["email"] or uri else text_of(element))
    if not (name or found["email"] or uri):
        return None
    return RawPerson(name=name, email=found["email"], uri=uri, role=role, element=spelling)

"""Facts that content states in a vocabulary: schema.org in JSON-LD and microdata, ccREL in RDFa.

Sources: schema.org ImageObject and CreativeWork; the ccREL note of Creative Commons.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from aggregator.model.entry import RawPerson
from aggregator.model.licence import Evidence, Licence, Origin
from aggregator.normalise import licences
from aggregator.normalise.credits import Credit, CreditContext, parse_credit
from aggregator.text.urls import absolute, is_http

SCRIPT = re.compile(r"<script[^>]+ld\+json[^>]*>(?P<json>.*?)</script>", re.IGNORECASE | re.DOTALL)
ARTICLES = frozenset(
    {"Article", "NewsArticle", "BlogPosting", "ReportageNewsArticle", "TechArticle", "ScholarlyArticle", "WebPage"}
)
MARKED = ("itemprop", "property=", 'rel="cc:', "rel='cc:")
LINKING = ("href", "src", "content", "resource", "data")
DEEPEST = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What a vocabulary says of one image."""

    credit: Credit
    copyright: str | None = None
    locator: str = ""


@dataclass(slots=True)
class Structured:
    """What JSON-LD says of the images (by url) and of the article."""

    images: dict[str, Stated] = field(default_factory=dict)
    licence: Licence | None = None
    authors: list[RawPerson] = field(default_factory=list)


def json_ld(source: str, base: str) -> Structured:
    """The facts in the JSON-LD of `source`; a script that is no JSON says nothing."""
    facts = Structured()
    if "ld+json" not in source:
        return facts
    for found in SCRIPT.finditer(source):
        try:
            value = json.loads(found["json"])
        except ValueError:
            continue
        for thing in _things(value, 0):
            _take(thing, facts, base)
    return facts


def _things(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > DEEPEST:
        return
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _things(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _things(inner, depth + 1)


def _kinds(thing: dict[str, Any]) -> set[str]:
    kind = thing.get("@type")
    return (
        {kind}
        if isinstance(kind, str)
        else {one for one in kind if isinstance(one, str)}
        if isinstance(kind, list)
        else set()
    )


def _take(thing: dict[str, Any], facts: Structured, base: str) -> None:
    kinds = _kinds(thing)
    if kinds & {"ImageObject", "Photograph"}:
        stated = _image(thing, base)
        for name in ("contentUrl", "url", "@id"):
            url = absolute(_word(thing.get(name)), base)
            if is_http(url) and stated:
                facts.images.setdefault(url, stated)
    elif kinds & ARTICLES:
        facts.licence = facts.licence or _licence(thing.get("license"), "json-ld license")
        facts.authors.extend(_people(thing.get("author")))


def _word(value: Any) -> str:
    """The text of a value: a string, the first of a list, or the name or address of an object."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("name") or value.get("url") or value.get("@id") or value.get("@value") or ""
    return " ".join(value.split()) if isinstance(value, str) else ""


def _people(value: Any) -> Iterator[RawPerson]:
    for one in value if isinstance(value, list) else [value]:
        name = _word(one)
        uri = one.get("url") if isinstance(one, dict) else ""
        if name:
            yield RawPerson(name=name, uri=uri if isinstance(uri, str) else "", element="json-ld author")


def _licence(value: Any, locator: str) -> Licence | None:
    text = value.get("@id") or value.get("url") or "" if isinstance(value, dict) else _word(value)
    licence = licences.from_url(text) or licences.from_text(text) if isinstance(text, str) and text else None
    if licence is None or not licence.known:
        return None
    evidence = Evidence(fact="licence", origin=Origin.STRUCTURED, locator=locator, text=text)
    return replace(licence, evidence=evidence)


def _image(thing: dict[str, Any], base: str) -> Stated | None:
    creators = [person.name for person in _people(thing.get("creator") or thing.get("author"))]
    maker = thing.get("creator") or thing.get("author")
    address = maker.get("url") if isinstance(maker, dict) else None
    return stated(
        title=_word(thing.get("name")),
        creator=", ".join(creators),
        creator_url=absolute(address, base) if isinstance(address, str) else "",
        credit=_word(thing.get("creditText")),
        licence=_licence(thing.get("license"), "json-ld license"),
        copyright_=_word(thing.get("copyrightNotice")) or _word(thing.get("copyrightHolder")),
        locator="json-ld ImageObject",
    )


def stated(
    *, title: str, creator: str, creator_url: str, credit: str, licence: Licence | None, copyright_: str, locator: str
) -> Stated | None:
    """The facts of one image together; None where there are none. A credit text completes what has no field."""
    read = parse_credit(credit, (), context=CreditContext.FIELD) if credit else None
    if not (creator or licence or read or copyright_ or credit):
        return None
    found = Credit(
        raw=credit,
        title=title or (read.title if read else None) or None,
        creator=creator or (read.creator if read else None) or None,
        creator_url=creator_url or None,
        source_name=read.source_name if read else None,
        source_url=read.source_url if read else None,
        agency=read.agency if read else None,
        licence=licence or (read.licence if read else None),
        rights_managed=read.rights_managed if read else False,
    )
    return Stated(credit=found, copyright=copyright_ or None, locator=locator)


def is_marked(source: str) -> bool:
    """Whether `source` holds microdata or RDFa at all."""
    return any(sign in source for sign in MARKED)


def scoped(image: Any, base: str) -> Stated | None:
    """What microdata or RDFa says of one image element: the properties of the nearest scope that holds it alone."""
    scope = _scope(image)
    if scope is None:
        return None
    properties: dict[str, tuple[str, str]] = {}
    for element in scope.iter():
        if _inner(element, scope):
            continue
        names = f"{element.get('itemprop') or ''} {element.get('property') or ''} {element.get('rel') or ''}"
        for name in names.split():
            properties.setdefault(name.rpartition(":")[2].lower(), _value(element))
    return _from_properties(properties, base)


def _scope(image: Any) -> Any:
    for element in image.iterancestors():
        kind = element.get("itemtype") or element.get("typeof") or ""
        if element.get("about") or "ImageObject" in kind or "Photograph" in kind or "StillImage" in kind:
            return element if _alone(element) else None
        if element.tag == "figure" and _alone(element) and element.xpath(".//*[@property or contains(@rel, ':')]"):
            return element
    return None


def _alone(element: Any) -> bool:
    return len(element.findall(".//img")) == 1


def _inner(element: Any, scope: Any) -> bool:
    """Whether an element belongs to a thing inside the scope, such as the creator with a name of its own."""
    for parent in element.iterancestors():
        if parent is scope:
            return False
        if parent.get("itemscope") is not None:
            return True
    return False


def _value(element: Any) -> tuple[str, str]:
    text = element.get("content") or " ".join(" ".join(element.itertext()).split())
    link = next((value for name in LINKING if (value := element.get(name))), "")
    return text, link


def _from_properties(properties: dict[str, tuple[str, str]], base: str) -> Stated | None:
    def text(*names: str) -> str:
        return next((properties[name][0] for name in names if name in properties and properties[name][0]), "")

    def link(*names: str) -> str:
        links: Iterable[str] = (properties[name][1] for name in names if name in properties)
        return next((absolute(one, base) for one in links if one), "")

    terms = link("license", "licence") or text("license", "licence")
    creator_url = link("attributionurl") or link("creator", "author", "attributionname")
    return stated(
        title=text("title", "name"),
        creator=text("creator", "author", "attributionname"),
        creator_url=creator_url if is_http(creator_url) else "",
        credit=text("credittext"),
        licence=_licence(terms, "license property"),
        copyright_=text("copyrightnotice", "copyrightholder"),
        locator="microdata" if "credittext" in properties or "copyrightnotice" in properties else "property",
    )

"""Atom 1.0: the grammar of RFC 4287 by RELAX NG, and the rules that a grammar cannot say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from lxml import etree

from aggregator.publish.check_html import check_html
from aggregator.publish.check_values import (
    check_iri,
    check_language,
    check_media_type,
    check_plain,
    check_rfc3339,
    check_source_id,
    check_url,
)
from aggregator.publish.check_xml import check_element, child_text, parse
from aggregator.publish.document import Document
from aggregator.publish.facts import UNSPECIFIED
from aggregator.publish.namespaces import ATOM, HISTORY, XML
from aggregator.publish.problems import Problem, error, warning

_A = f"{{{ATOM}}}"
_FH = f"{{{HISTORY}}}"
_LANG = f"{{{XML}}}lang"
_ENTRY = f"{_A}entry"
_RELATIONS = frozenset(
    [
        "alternate",
        "current",
        "describedby",
        "edit",
        "edit-media",
        "enclosure",
        "first",
        "hub",
        "last",
        "license",
        "next",
        "next-archive",
        "payment",
        "prev-archive",
        "previous",
        "related",
        "replies",
        "search",
        "self",
        "service",
        "up",
        "via",
    ]
)


@cache
def _grammar() -> etree.RelaxNG:
    text = files("aggregator.publish").joinpath("schema/atom.rng").read_bytes()
    return etree.RelaxNG(etree.fromstring(text))


def check_atom(document: Document, now: datetime | None) -> Iterator[Problem]:
    root, problems = parse(document.body)
    yield from problems
    if root is None:
        return
    entries = root.findall(_ENTRY)
    places = {entry: place for place, entry in enumerate(entries)}
    yield from _by_grammar(root, places)
    yield from _frame(root, document)
    yield from _uniqueness(entries)
    for place, entry in enumerate(entries):
        yield from _entry(entry, root, place, now)


def _by_grammar(root: Any, places: dict[Any, int]) -> Iterator[Problem]:
    """The whole first, which is fast; where it fails each entry by itself, to find those at fault."""
    grammar = _grammar()
    if grammar.validate(root):
        return
    sentence = str(grammar.error_log.last_error.message) if len(grammar.error_log) else "It does not fit."
    at_fault = [place for entry, place in places.items() if not grammar.validate(_alone(root, entry))]
    for place in at_fault:
        yield error("UndefinedElement", f"The entry does not fit the grammar of RFC 4287: {sentence}", place)
    if not at_fault:
        yield error("UndefinedElement", f"The feed does not fit the grammar of RFC 4287: {sentence}")


def _alone(root: Any, entry: Any) -> Any:
    feed = etree.Element(root.tag, nsmap=root.nsmap)
    for name in ("id", "title", "updated"):
        etree.SubElement(feed, f"{_A}{name}").text = child_text(root, f"{_A}{name}") or "urn:x"
    feed.append(etree.fromstring(etree.tostring(entry)))
    return feed


def _frame(root: Any, document: Document) -> Iterator[Problem]:
    own = [link.get("href", "") for link in root.findall(f"{_A}link") if link.get("rel") == "self"]
    if not own:
        yield warning("MissingSelf", "The feed has no self link.")
    elif not own[0].endswith(f"/{document.path}"):
        yield warning("SelfDoesntMatchLocation", f"{own[0]} is not where the document is served.")
    yield from check_iri(child_text(root, f"{_A}id"), None)
    yield from check_language(root.get(_LANG), None)
    yield from _history(root)
    for child in root:
        if child.tag != _ENTRY and isinstance(child.tag, str):
            yield from check_element(child, None)
    yield from _links(root, None)


def _history(root: Any) -> Iterator[Problem]:
    relations = {link.get("rel") for link in root.findall(f"{_A}link")}
    if root.find(f"{_FH}complete") is not None and relations & {"prev-archive", "next-archive", "previous", "next"}:
        yield error("FeedRelInCompleteFeed", "A complete feed has no other parts.")
    if root.find(f"{_FH}archive") is not None and "current" not in relations:
        yield warning("MissingCurrentInArchive", "An archive names the current feed.")
    if root.find(f"{_FH}archive") is not None and not relations & {"prev-archive", "next-archive"}:
        yield warning("ArchiveIncomplete", "An archive names its neighbours.")


def _uniqueness(entries: list[Any]) -> Iterator[Problem]:
    for name, code, make in (("id", "DuplicateIds", error), ("updated", "DuplicateUpdated", warning)):
        seen: Counter[str] = Counter()
        for place, entry in enumerate(entries):
            text = child_text(entry, f"{_A}{name}")
            seen[text] += 1
            if seen[text] > 1:
                yield make(code, f"Another entry has the same {name}: {text[:80]}", place)


def _entry(entry: Any, root: Any, place: int, now: datetime | None) -> Iterator[Problem]:
    yield from check_iri(child_text(entry, f"{_A}id"), place)
    if entry.find(f"{_A}source/{_A}id") is not None:
        yield from check_source_id(child_text(entry, f"{_A}source/{_A}id"), place)
    yield from check_language(entry.get(_LANG), place)
    for name in ("updated", "published"):
        if entry.find(f"{_A}{name}") is not None:
            yield from check_rfc3339(child_text(entry, f"{_A}{name}"), place, now)
    if entry.find(f"{_A}author") is None and root.find(f"{_A}author") is None:
        yield error("MissingElement", "The entry has no author.", place)
    yield from _texts(entry, place)
    yield from _links(entry, place)
    for element in entry.iterdescendants(tag=etree.Element):
        yield from check_element(element, place)


def _texts(entry: Any, place: int) -> Iterator[Problem]:
    if not child_text(entry, f"{_A}title").strip():
        yield warning("NotBlank", "The entry has no title.", place)
    for name in ("title", "summary", "content", "rights"):
        element = entry.find(f"{_A}{name}")
        if element is None:
            continue
        if element.get("type") == "html":
            yield from check_html(element.text or "", place)
        elif name != "summary":
            yield from check_plain(element.text or "", place, name)


def _links(parent: Any, place: int | None) -> Iterator[Problem]:
    alternates: Counter[tuple[str | None, str | None]] = Counter()
    licences = []
    for link in parent.findall(f"{_A}link"):
        relation, href = link.get("rel", "alternate"), link.get("href", "")
        yield from check_media_type(link.get("type"), place)
        if relation not in _RELATIONS and ":" not in relation:
            yield warning("UnregisteredAtomLinkRel", f"{relation!r} is no registered relation.", place)
        if relation == "alternate":
            alternates[link.get("type"), link.get("hreflang")] += 1
        if relation == "license":
            licences.append(href)
        elif relation == "enclosure" and link.get("type") is None:
            yield warning("MissingTypeAttr", "An enclosure has a type.", place)
        yield from check_url(href, place, f"{relation} link")
    yield from _link_rules(parent, place, alternates, licences)


def _link_rules(
    parent: Any, place: int | None, alternates: Counter[tuple[str | None, str | None]], licences: list[str]
) -> Iterator[Problem]:
    if any(count > 1 for count in alternates.values()):
        yield error("DuplicateAtomLink", "Two alternate links have one type and language.", place)
    if place is not None and parent.find(f"{_A}content") is None and parent.find(f"{_A}summary") is None:
        yield warning("MissingTextualContent", "The entry has neither content nor a summary.", place)
    if place is not None and not alternates and parent.find(f"{_A}content") is None:
        yield error("MissingContentOrAlternate", "The entry has neither content nor an alternate link.", place)
    if place is not None and not licences:
        yield error("InheritedLicence", "The entry says nothing of its licence and would inherit the feed's.", place)
    if UNSPECIFIED in licences and len(licences) > 1:
        yield error("InheritedLicence", "An entry with a licence cannot say that it has none.", place)

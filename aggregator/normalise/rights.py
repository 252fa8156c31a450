"""Under which terms an entry is published: its own statements, then its content's, its source's, its feed's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aggregator.model.entry import ParsedEntry, ParsedFeed, RawRights
from aggregator.model.licence import VERIFIED, Evidence, Licence, Origin
from aggregator.model.source import Source
from aggregator.normalise import licences
from aggregator.text.html import collapse, plain

INHERITED = frozenset({Origin.FEED, Origin.OPERATOR, Origin.MARKUP, Origin.TEXT, Origin.STRUCTURED})
DOUBTED = 0.5
_MARKED_UP = re.compile(r"<[a-zA-Z/]|&(?:#\d+|[a-zA-Z]+);")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The publisher's sentence about rights, the licence, and the evidence of both."""

    rights: str | None = None
    licence: Licence | None = None
    evidence: tuple[Evidence, ...] = ()


def unspecified(rights: Sequence[RawRights]) -> bool:
    """Whether a set of statements says that no licence is stated nor inherited (RFC 4946 section 2.4)."""
    return any(licences.UNSPECIFIED in (one.url.strip(), one.text.strip()) for one in rights)


def terms(feed: ParsedFeed, entry: ParsedEntry, source: Source, *, content: Licence | None, wire: bool) -> Terms:
    """The terms of an entry: its own over its content's over the operator's over its feed's.

    A feed's licence is inherited unless the entry says ``unspecified`` or comes from somewhere else (it carries another
    feed's ``source``). Where an agency's byline shows that the text is not the publisher's (`wire`), a licence that was
    not stated for this very entry is doubted: it is kept, unverified.
    """
    carried = entry.source.rights if entry.source else ()
    foreign = _foreign(feed, entry)
    inherited = not unspecified((*entry.rights, *carried)) and not foreign
    candidates = [
        licences.from_rights(entry.rights, Origin.FEED_ENTRY),
        content,
        licences.from_rights(carried, Origin.FEED_ENTRY),
        _declared(source) if inherited else None,
        licences.from_rights(feed.rights, Origin.FEED) if inherited else None,
    ]
    stated = [one for one in candidates if one]
    licence = next((one for one in stated if one.known), stated[0] if stated else None)
    if licence and wire:
        licence = _doubted(licence)
    rights, found = _sentence(entry.rights, carried, () if foreign else feed.rights)
    evidence = [*((licence.evidence,) if licence and licence.evidence else ()), *((found,) if found else ())]
    return Terms(rights=rights, licence=licence, evidence=tuple(evidence))


def _foreign(feed: ParsedFeed, entry: ParsedEntry) -> bool:
    source = entry.source
    if source is None or not (source.id or source.url or source.home_url):
        return False
    own = {feed.id, feed.url, feed.home_url, *(link.href for link in feed.links)} - {""}
    return not ({source.id, source.url, source.home_url} & own)


def _declared(source: Source) -> Licence | None:
    if not source.licence:
        return None
    licence = licences.from_url(source.licence) or licences.from_text(source.licence)
    evidence = Evidence(fact="licence", origin=Origin.OPERATOR, locator="source.licence", text=source.licence)
    return replace(licence, evidence=evidence) if licence else None


def _doubted(licence: Licence) -> Licence:
    evidence = licence.evidence
    if evidence is None or evidence.origin not in INHERITED or not licence.open or evidence.confidence < VERIFIED:
        return licence
    return replace(licence, evidence=replace(evidence, confidence=DOUBTED))


def _sentence(*levels: Sequence[RawRights]) -> tuple[str | None, Evidence | None]:
    origins = (Origin.FEED_ENTRY, Origin.FEED_ENTRY, Origin.FEED)
    for rights, origin in zip(levels, origins, strict=True):
        for one in rights:
            text = collapse(plain(one.text)) if _MARKED_UP.search(one.text) else " ".join(one.text.split())
            if text and not any(word in one.element.lower() for word in licences.DEDICATED):
                return text, Evidence(fact="rights", origin=origin, locator=one.element, text=text)
    return None, None

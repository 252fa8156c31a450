"""Everything a reader is owed about where an entry comes from, with the evidence of each fact."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aggregator.model.attribution import Attribution, Image, Link, Person, PersonKind, Publisher
from aggregator.model.entry import ParsedEntry, ParsedFeed, RawRights
from aggregator.model.licence import Evidence, Licence, Origin
from aggregator.model.source import Source
from aggregator.normalise import agencies, binding, bylines, images, licences, markup, origins, rights, structured
from aggregator.normalise.markup import Content
from aggregator.normalise.structured import Structured
from aggregator.text.urls import is_http


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributed:
    """The attribution of one entry, its images, and the spans of its text that are credit lines of images."""

    attribution: Attribution
    images: tuple[Image, ...] = ()
    credit_spans: tuple[tuple[int, int], ...] = ()


def attribute(
    feed: ParsedFeed,
    entry: ParsedEntry,
    source: Source,
    *,
    html: str,
    text: str,
    base: str,
    language: str,
    publisher: Publisher,
) -> Attributed:
    """The attribution of `entry`.

    `html` is its content before it is cleaned, `text` the plain text of it, `base` what relative references are
    resolved against, `language` a BCP 47 tag, `publisher` the feed it came from.
    """
    content = markup.read(html, base)
    facts = structured.json_ld(html, base)
    bound = binding.bind(content, facts, base, marked=bool(content.marks) and structured.is_marked(html))
    people = _authors(feed, entry, source, language, publisher, facts)
    wires = _agencies(people, text, publisher)
    terms = rights.terms(feed, entry, source, content=_stated(content, facts), wire=bool(wires))
    origin = origins.original(html, text, content, own=_own(feed, entry, source, publisher), base=base)
    attribution = Attribution(
        publisher=publisher,
        authors=people,
        contributors=bylines.people(bylines.contributors(entry.people), language=language, publisher=publisher.title),
        rights=terms.rights,
        licence=terms.licence,
        agencies=tuple(wires),
        original=origin.link,
        via=_via(entry, content),
        carried=_carried(entry, language),
        evidence=(
            *terms.evidence,
            *(one.evidence for one in people if one.evidence),
            *wires.values(),
            *(_relocated(one, text) for one in origin.evidence),
        ),
    )
    shown = images.collect(entry, bound.images, base)
    return Attributed(
        attribution=attribution,
        images=tuple(_located(one, text) for one in shown),
        credit_spans=_spans(text, bound.used),
    )


def _own(feed: ParsedFeed, entry: ParsedEntry, source: Source, publisher: Publisher) -> tuple[str, ...]:
    """Places that are the publisher's own."""
    permalinks = (link.href for link in entry.links if link.rel == "alternate")
    return (feed.url, feed.home_url, source.home_url or "", publisher.home_url or "", *permalinks)


def _stated(content: Content, facts: Structured) -> Licence | None:
    """The licence that the content states for the whole entry."""
    if facts.licence:
        return facts.licence
    stated = [
        RawRights(element="a[rel=license]", text=one.text, url=one.href) for one in binding.page_licences(content)
    ]
    return licences.from_rights(stated, Origin.MARKUP) if stated else None


def _relocated(evidence: Evidence, text: str) -> Evidence:
    """The evidence with its span in `text`; without one where its words were joined from several places."""
    if evidence.start is None:
        return evidence
    start = text.find(evidence.text)
    return replace(
        evidence, start=start if start >= 0 else None, end=start + len(evidence.text) if start >= 0 else None
    )


def _located(image: Image, text: str) -> Image:
    if all(one.start is None for one in image.evidence):
        return image
    return replace(image, evidence=tuple(_relocated(one, text) for one in image.evidence))


def _spans(text: str, used: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """The spans of credit lines in `text`, in order and apart."""
    found: list[tuple[int, int]] = []
    for raw in dict.fromkeys(used):
        match = re.search(r"\s+".join(re.escape(word) for word in raw.split()), text) if raw.strip() else None
        if match and not any(start < match.end() and match.start() < end for start, end in found):
            found.append(match.span())
    return tuple(sorted(found))


def _authors(
    feed: ParsedFeed, entry: ParsedEntry, source: Source, language: str, publisher: Publisher, facts: Structured
) -> tuple[Person, ...]:
    """The authors by Atom's inheritance (RFC 4287 section 4.2.1): the entry's, else its source's, else its feed's."""
    if not source.trust.authors:
        return ()
    carried = entry.source.authors if entry.source else ()
    levels = (
        (entry.people, Origin.FEED_ENTRY),
        (facts.authors, Origin.STRUCTURED),
        (carried, Origin.FEED_ENTRY),
        (feed.people, Origin.FEED),
    )
    for raw, origin in levels:
        people = bylines.people(bylines.authors(raw), language=language, publisher=publisher.title, origin=origin)
        if people:
            return people
    return ()


def _agencies(people: tuple[Person, ...], text: str, publisher: Publisher) -> dict[str, Evidence]:
    """Wire agencies by the bylines and the datelines, other than the publisher itself."""
    found: dict[str, Evidence] = {}
    for person in people:
        for words in filter(
            None, (person.affiliation, person.name if person.kind == PersonKind.ORGANISATION else None)
        ):
            for name in agencies.named(words):
                origin = person.evidence.origin if person.evidence else Origin.FEED_ENTRY
                found.setdefault(name, Evidence(fact="agencies", origin=origin, locator="byline", text=words))
    for name, words in agencies.in_text(text):
        found.setdefault(name, _dateline(text, words))
    return {name: evidence for name, evidence in found.items() if name.casefold() not in publisher.title.casefold()}


def _dateline(text: str, words: str) -> Evidence:
    start = text.find(words)
    end = start + len(words) if start >= 0 else None
    return Evidence(
        fact="agencies",
        origin=Origin.TEXT,
        locator="dateline",
        text=words,
        start=start if end else None,
        end=end,
        confidence=0.9,
    )


def _via(entry: ParsedEntry, content: Content) -> tuple[Link, ...]:
    links = [link for link in entry.links if link.rel == "via"]
    links += [Link(href=href, rel="via") for rel, href in content.relations if rel == "via"]
    return tuple({link.href: link for link in links if is_http(link.href)}.values())


def _carried(entry: ParsedEntry, language: str) -> Publisher | None:
    """The entry's own ``source`` element, where it names another publisher."""
    source = entry.source
    if source is None or not (source.title or source.url or source.home_url):
        return None
    sentence = next((one.text for one in source.rights if one.text.strip()), None)
    return Publisher(
        title=" ".join(source.title.split()) or source.home_url or source.url,
        feed_url=source.url or None,
        home_url=source.home_url or None,
        feed_id=source.id or None,
        icon=source.icon or None,
        updated=source.updated or None,
        rights=sentence,
        licence=licences.from_rights(source.rights, Origin.FEED_ENTRY),
        authors=bylines.people(source.authors, language=language, publisher=source.title),
    )

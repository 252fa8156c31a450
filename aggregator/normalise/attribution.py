"""Everything a reader is owed about where an entry comes from, with the evidence of each fact."""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.model.attribution import Attribution, Image, Link, Person, PersonKind, Publisher
from aggregator.model.entry import ParsedEntry, ParsedFeed
from aggregator.model.licence import Evidence, Origin
from aggregator.model.source import Source
from aggregator.normalise import agencies, bylines, images, markup, rights


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
    people = _authors(feed, entry, source, language, publisher)
    wires = _agencies(people, text, publisher)
    terms = rights.terms(feed, entry, source, content=None, wire=bool(wires))
    attribution = Attribution(
        publisher=publisher,
        authors=people,
        contributors=bylines.people(bylines.contributors(entry.people), language=language, publisher=publisher.title),
        rights=terms.rights,
        licence=terms.licence,
        agencies=tuple(wires),
        via=_via(entry),
        carried=_carried(entry, language),
        evidence=(*terms.evidence, *(one.evidence for one in people if one.evidence), *wires.values()),
    )
    return Attributed(attribution=attribution, images=images.collect(entry, content, base))


def _authors(
    feed: ParsedFeed, entry: ParsedEntry, source: Source, language: str, publisher: Publisher
) -> tuple[Person, ...]:
    """The authors by Atom's inheritance (RFC 4287 section 4.2.1): the entry's, else its source's, else its feed's."""
    if not source.trust.authors:
        return ()
    carried = entry.source.authors if entry.source else ()
    levels = ((entry.people, Origin.FEED_ENTRY), (carried, Origin.FEED_ENTRY), (feed.people, Origin.FEED))
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


def _via(entry: ParsedEntry) -> tuple[Link, ...]:
    return tuple(link for link in entry.links if link.rel == "via" and link.href.startswith(("http://", "https://")))


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
        authors=bylines.people(source.authors, language=language, publisher=source.title),
    )

"""An article's own page: what it says, and what of it is added to what the feed said."""

from __future__ import annotations

import re
from dataclasses import replace

from aggregator.model.article import Article
from aggregator.model.attribution import Attribution, Image, ImagePlace, Link, Person
from aggregator.model.entry import RawPerson
from aggregator.model.licence import Evidence, Licence, Origin
from aggregator.model.page import PageFacts
from aggregator.normalise import binding, bylines, licences, markup, structured
from aggregator.normalise.canon import canonical_url
from aggregator.normalise.hashes import content_hash
from aggregator.text.html import clean, plain, raw_attributes
from aggregator.text.urls import absolute, host, is_http, registrable_domain
from aggregator.text.words import count_words

LONGER = 1.25
"""A page's text replaces the feed's only where it is that much longer: a feed that gives all keeps its own words."""
LEAST = 60
"""Words that a main text has to have: less is a teaser or a wall."""
FOOTER = 0.7
"""Confidence of a licence link anywhere on a page: it may speak of the site or of a picture, and decides nothing."""
_HEAD_TAG = re.compile(r"<(?:link|meta)\b[^>]*>", re.IGNORECASE)
_WALL = re.compile(
    r"\b(?:subscribe to (?:read|continue)|sign in to (?:read|continue)|already a subscriber|abonnieren sie|"
    r"réservé aux abonnés|alleen voor abonnees|solo para suscriptores)\b",
    re.IGNORECASE,
)


def read_page(html: str, url: str, main: str, *, language: str = "", publisher: str = "") -> PageFacts:
    """The facts of the page `html` at `url`, whose main text `main` was found to be (HTML; empty: none).

    Never raises on broken markup. A text behind a wall counts as none.
    """
    heads = [raw_attributes(tag) for tag in _HEAD_TAG.findall(html)]
    facts = structured.json_ld(html, url)
    content = clean(main, url) if main else ""
    text = plain(content)
    if count_words(text) < LEAST or _WALL.search(text):
        content = text = ""
    return PageFacts(
        url=url,
        canonical=_canonical(heads, url),
        content=content,
        text=text,
        authors=_authors(facts, heads, language, publisher),
        licence=_licence(facts, html, url),
        image=_lead(heads, url),
    )


def with_page(article: Article, page: PageFacts) -> Article:
    """The article with what its page adds; what the feed said is never replaced but by a longer text.

    The page's own address is its identity only within the publisher's domain; elsewhere it is evidence of who was
    first. Revision and dates stay: the publisher has changed nothing.
    """
    longer = count_words(page.text) >= LONGER * max(article.words, 1)
    images = article.images or ((page.image,) if page.image else ())
    content, text = (page.content, page.text) if longer else (article.content, article.text)
    identity = article.identity
    canonical = canonical_url(page.canonical) if page.canonical else ""
    if canonical and _same_house(page.canonical, article.url):
        identity = replace(identity, canonical_url=canonical)
    files = [one.url for one in article.enclosures] + [one.url for one in images]
    return replace(
        article,
        content=content,
        text=text,
        words=count_words(text),
        images=images,
        identity=identity,
        attribution=_attributed(article, page),
        content_hash=content_hash(article.title, text, identity.canonical_url, files),
    )


def _attributed(article: Article, page: PageFacts) -> Attribution:
    told = article.attribution
    authors = told.authors or page.authors
    licence = told.licence or page.licence
    original = told.original
    evidence = list(told.evidence)
    if not told.authors:
        evidence += [one.evidence for one in page.authors if one.evidence]
    if told.licence is None and licence is not None and licence.evidence is not None:
        evidence.append(licence.evidence)
    if original is None and page.canonical and not _same_house(page.canonical, article.url):
        original = Link(href=page.canonical, rel="canonical")
        evidence.append(_evidence("original", "link[rel=canonical]", page.canonical))
    return replace(told, authors=authors, licence=licence, original=original, evidence=tuple(evidence))


def _same_house(one: str, other: str) -> bool:
    return registrable_domain(host(one)) == registrable_domain(host(other))


def _evidence(fact: str, locator: str, text: str, confidence: float = 1.0) -> Evidence:
    return Evidence(fact=fact, origin=Origin.PAGE, locator=locator, text=text, confidence=confidence)


def _canonical(heads: list[dict[str, str]], url: str) -> str:
    for tag in heads:
        if tag.get("rel", "").lower() == "canonical" and is_http(found := absolute(tag.get("href", ""), url)):
            return found
    return ""


def _meta(heads: list[dict[str, str]], *names: str) -> str:
    for tag in heads:
        if (tag.get("name") or tag.get("property") or "").lower() in names and tag.get("content", "").strip():
            return " ".join(tag["content"].split())
    return ""


def _authors(
    facts: structured.Structured, heads: list[dict[str, str]], language: str, publisher: str
) -> tuple[Person, ...]:
    """The page's own statement for machines, else its ``meta``."""
    named = _meta(heads, "author")
    raw = facts.authors or ([RawPerson(name=named, element="meta[name=author]")] if named else [])
    people = bylines.people(raw, language=language, publisher=publisher, origin=Origin.PAGE)
    return tuple(one for one in people if not one.name.startswith(("http://", "https://")))


def _licence(facts: structured.Structured, html: str, url: str) -> Licence | None:
    """The article's own statement for machines; else a licence link of the page, which decides nothing."""
    if facts.licence is not None:
        return _on_page(facts.licence, 1.0)
    for link in binding.page_licences(markup.read(html, url)):
        found = licences.from_url(link.href)
        if found is not None:
            return _on_page(found, FOOTER, locator="a[rel=license]", text=link.href)
    return None


def _on_page(licence: Licence, confidence: float, *, locator: str = "", text: str = "") -> Licence:
    before = licence.evidence
    locator, text = locator or (before.locator if before else ""), text or (before.text if before else licence.raw)
    sure = min(confidence, before.confidence) if before else confidence
    return replace(licence, evidence=_evidence("licence", locator, text, sure))


def _lead(heads: list[dict[str, str]], url: str) -> Image | None:
    address = absolute(_meta(heads, "og:image", "og:image:url", "twitter:image"), url)
    if not is_http(address):
        return None
    return Image(url=address, place=ImagePlace.LEAD, alt=_meta(heads, "og:image:alt", "twitter:image:alt"))

"""Which feeds a web page offers (PROTOCOL P-53): asked at subscribe time only, never while polling."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from aggregator.model.entry import ParsedFeed
from aggregator.parse.charset import decode
from aggregator.parse.document import parse
from aggregator.parse.markup import base_of, tree, words_of
from aggregator.parse.nodes import attribute, resolve
from aggregator.parse.sniff import Kind, sniff

_FEED_TYPES = {
    "application/atom+xml": 0,
    "application/rss+xml": 1,
    "application/feed+json": 2,
}
"""Media types that can be nothing else, best first where one content comes in several."""
_XML_TYPES = frozenset({"text/xml", "application/xml", "application/rdf+xml"})
_FEED_WORD = re.compile(r"\b(?:rss|atom|rdf|xml|json|feed|flux)\b(?:\s*(?:0\.9\d?|1\.[01]|2\.0))?", re.IGNORECASE)
_COMMENTS = re.compile(r"comment|kommentar|commentaire|comentario|reactie|/replies", re.IGNORECASE)
_NO_FEED = re.compile(r"wp-json|oembed|/api/|graphql", re.IGNORECASE)
_HEADER_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+\s*(?:=\s*(?:\"(?:[^\"\\]|\\.)*\"|[^\s\",;]*))?)*)")
_PARAMETER = re.compile(r";\s*([\w!#$&+.^`|~*-]+)\s*(?:=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s\",;]*)))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A feed that a page offers."""

    url: str
    title: str = ""
    media_type: str = ""
    found: str = "link"
    """``self`` (the document is a feed), ``header`` (HTTP Link), ``link`` (markup)."""
    comments: bool = False
    """It holds readers' comments, not articles."""


@dataclass(frozen=True, slots=True)
class _Offer:
    url: str
    relations: frozenset[str]
    media_type: str
    title: str
    found: str


def discover(
    body: bytes,
    *,
    url: str,
    content_type: str | None = None,
    link_headers: tuple[str, ...] = (),
) -> tuple[Candidate, ...]:
    """The feeds of a document, the likeliest first, comments last, one for each content.

    `url` is the final one; `link_headers` are the values of the response's ``Link`` fields (RFC 8288).
    """
    decoded = decode(body, content_type=content_type, trust_charset=True).body if body.strip() else b""
    if decoded and sniff(decoded) in {Kind.XML, Kind.JSON}:
        feed = parse(body, url=url, content_type=content_type)
        if isinstance(feed, ParsedFeed):
            return (Candidate(url=url, title=feed.title.value if feed.title else "", found="self"),)
    offers = [*_from_headers(link_headers, url), *_from_markup(decoded, url)]
    return _one_each([offer for offer in offers if _is_feed(offer)])


def _from_headers(values: tuple[str, ...], url: str) -> Iterator[_Offer]:
    for value in values:
        for target, parameters in _HEADER_LINK.findall(value[:16_384]):
            found = {name.lower(): quoted or token for name, quoted, token in reversed(_PARAMETER.findall(parameters))}
            yield _offer(
                resolve(url, target), found.get("rel", ""), found.get("type", ""), found.get("title", ""), "header"
            )


def _from_markup(body: bytes, url: str) -> Iterator[_Offer]:
    root = tree(body) if body else None
    if root is None:
        return
    base = base_of(root, url)
    for element in root.iter("link", "a", "area"):
        href = attribute(element, "href")
        if href and element.get("rel"):
            title = attribute(element, "title") or (words_of(element)[:200] if element.tag == "a" else "")
            yield _offer(_address(base, href), attribute(element, "rel"), attribute(element, "type"), title, "link")


def _address(base: str, href: str) -> str:
    """``feed:`` addresses are http in disguise."""
    if href.lower().startswith("feed:"):
        rest = href[5:]
        href = f"http:{rest}" if rest.startswith("//") else rest
    return resolve(base, href)


def _offer(url: str, relations: str, media_type: str, title: str, found: str) -> _Offer:
    plain = media_type.partition(";")[0].strip().lower()
    return _Offer(url, frozenset(relations.lower().split()), plain, " ".join(title.split()), found)


def _is_feed(offer: _Offer) -> bool:
    if not offer.url.startswith(("http://", "https://")) or _NO_FEED.search(offer.url):
        return False
    if "stylesheet" in offer.relations:
        return False
    if "feed" in offer.relations:
        return not offer.media_type or offer.media_type in _FEED_TYPES or offer.media_type in _XML_TYPES
    if "alternate" not in offer.relations:
        return False
    if offer.media_type in _FEED_TYPES:
        return True
    if offer.media_type in _XML_TYPES:
        return _FEED_WORD.search(offer.title) is not None
    return offer.media_type == "application/json" and offer.url.partition("?")[0].endswith(("feed.json", "/feed/json"))


def _one_each(offers: list[_Offer]) -> tuple[Candidate, ...]:
    """The best format of each content, in the page's order, comments last."""
    best: dict[tuple[str, bool], _Offer] = {}
    for offer in {offer.url: offer for offer in reversed(offers)}.values():
        key = _content(offer)
        if key not in best or _rank(offer) <= _rank(best[key]):
            best[key] = offer
    order = {offer.url: number for number, offer in reversed(list(enumerate(offers)))}
    chosen = sorted(best.items(), key=lambda pair: (pair[0][1], order[pair[1].url]))
    return tuple(
        Candidate(url=offer.url, title=offer.title, media_type=offer.media_type, found=offer.found, comments=key[1])
        for key, offer in chosen
    )


def _rank(offer: _Offer) -> int:
    return _FEED_TYPES.get(offer.media_type, len(_FEED_TYPES))


def _content(offer: _Offer) -> tuple[str, bool]:
    """What an offer is about: its title without the words that name formats; without a title its folder."""
    comments = _COMMENTS.search(f"{offer.title} {offer.url}") is not None
    words = " ".join(re.findall(r"\w+", _FEED_WORD.sub(" ", offer.title).lower()))
    return words or _folder(offer.url), comments


def _folder(url: str) -> str:
    """The url without its last segment's format: ``/feed.atom`` and ``/feed.rss`` are one content."""
    path = url.partition("?")[0].rstrip("/")
    return re.sub(r"[/.](?:atom|rss2?|rdf|feed|json|xml|index)(?=[/.]|$)", "", path, flags=re.IGNORECASE)

"""Bytes to a `ParsedFeed`: what kind of document it is, in which characters, and which reader it needs.

Nothing here raises on any bytes, opens a file or a connection; time and memory are bounded by the size of the body.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from aggregator.model.entry import ParsedFeed, ParseFailed, ParseOutcome, ParseReason, Quirk
from aggregator.model.source import PageSelectors
from aggregator.parse import cdf, feed, feedparser_bridge, jsonfeed, xmltree
from aggregator.parse import page as page_source
from aggregator.parse.charset import Decoded, decode
from aggregator.parse.sniff import Kind, media_type_fits, sniff


def parse(
    body: bytes,
    *,
    url: str,
    content_type: str | None = None,
    trust_charset: bool = True,
    page: PageSelectors | None = None,
) -> ParseOutcome:
    """What a publisher said in `body`.

    `url` is where it came from after redirects, the base of relative references; `content_type` the header as
    received; `trust_charset=False` lets valid UTF-8 win over every declaration (PROTOCOL P-45); `page` reads an HTML
    page by selectors in place of a feed. Content is sniffed, never believed by its media type (P-44).
    """
    if not body.strip():
        return ParseFailed(reason=ParseReason.EMPTY_BODY, detail="the document is empty")
    decoded = decode(body, content_type=content_type, trust_charset=trust_charset)
    outcome = page_source.read(decoded.body, page, url=url) if page else _read(decoded, url)
    if isinstance(outcome, ParseFailed):
        return outcome
    return _flagged(outcome, decoded, content_type)


def _read(decoded: Decoded, url: str) -> ParseOutcome:
    match sniff(decoded.body):
        case Kind.JSON:
            return _json(decoded.body, url)
        case Kind.XML:
            return _xml(decoded.body, url)
        case Kind.HTML:
            return ParseFailed(reason=ParseReason.HTML, detail="the document is a web page, not a feed")
        case Kind.OTHER:
            return ParseFailed(reason=ParseReason.NOT_A_FEED, detail="the document is neither XML nor JSON")


def _json(body: bytes, url: str) -> ParseOutcome:
    try:
        data: Any = json.loads(body)
    except RecursionError:
        return ParseFailed(reason=ParseReason.TOO_DEEP, detail="the JSON is nested too deeply")
    except ValueError as error:
        return ParseFailed(reason=ParseReason.UNREADABLE, detail=f"the JSON cannot be read: {error}")
    if not jsonfeed.is_feed(data):
        return ParseFailed(reason=ParseReason.NOT_A_FEED, detail="the document is JSON but no JSON Feed")
    return jsonfeed.read(data, url=url)


def _xml(body: bytes, url: str) -> ParseOutcome:
    tree = xmltree.read(body)
    if isinstance(tree, xmltree.NoTree):
        if tree.too_deep:
            return ParseFailed(reason=ParseReason.TOO_DEEP, detail="the XML is nested too deeply")
        failure = ParseFailed(reason=ParseReason.UNREADABLE, detail=f"the XML cannot be read: {tree.message}")
        return feedparser_bridge.read(body, url=url) or failure
    found = _from_tree(tree, body, url)
    if tree.recovered and not (isinstance(found, ParsedFeed) and found.entries):
        found = feedparser_bridge.read(body, url=url) or found
    return found


def _from_tree(tree: xmltree.Tree, body: bytes, url: str) -> ParseOutcome:
    kind = feed.format_of(tree.root)
    if kind is None:
        root = str(tree.root.tag)[:80]
        return ParseFailed(
            reason=ParseReason.NOT_A_FEED,
            detail=f"the document is XML but no feed: its root is {root}",
        )
    found = cdf.read(tree.root, url=url) if cdf.is_cdf(tree.root) else feed.read(tree, kind, url=url, body=body)
    return replace(found, quirks=(*tree.quirks, *found.quirks)) if tree.quirks else found


def _flagged(found: ParsedFeed, decoded: Decoded, content_type: str | None) -> ParsedFeed:
    quirks = list(found.quirks)
    if decoded.wrong:
        quirks.append(Quirk.WRONG_CHARSET)
    if not media_type_fits(content_type, found.format):
        quirks.append(Quirk.WRONG_MEDIA_TYPE)
    return replace(found, quirks=tuple(quirks), encoding=decoded.encoding)

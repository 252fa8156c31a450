"""What kind of document it is, by its first bytes (PROTOCOL P-38, P-44)."""

from __future__ import annotations

import re
from enum import StrEnum

from aggregator.model.entry import FeedFormat

_ROOT = re.compile(rb"<([A-Za-z_][\w.:-]*)")
_HTML = frozenset({b"html", b"head", b"body", b"meta", b"title", b"div", b"p", b"script", b"link", b"table", b"h1"})
_FEEDS = frozenset({b"rss", b"feed", b"rdf", b"channel", b"entry"})
_SKIP = re.compile(rb"\s+|<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^>\[]*(?:\[[^\]]*\])?\s*>", re.DOTALL | re.IGNORECASE)
_HEAD = 65_536
_JSON_TYPES = frozenset({"application/feed+json", "application/json", "text/json"})


class Kind(StrEnum):
    JSON = "json"
    XML = "xml"
    HTML = "html"
    OTHER = "other"


def sniff(body: bytes) -> Kind:
    """The kind of a UTF-8 document."""
    head = body[:_HEAD].lstrip(b" \t\r\n\x00\xef\xbb\xbf")
    if head[:1] in {b"{", b"["}:
        return Kind.JSON
    rest, html = _after_prolog(head)
    root = _ROOT.search(rest) or _ROOT.search(head)
    if root is None:
        return Kind.OTHER
    name = root[1].rpartition(b":")[2].lower()
    return Kind.HTML if name in _HTML or (html and name not in _FEEDS) else Kind.XML


def _after_prolog(head: bytes) -> tuple[bytes, bool]:
    """`head` without leading comments, instructions and document type, and whether that type was HTML."""
    position, html = 0, False
    while found := _SKIP.match(head, position):
        html = html or found[0][:14].lower() == b"<!doctype html"
        position = found.end()
    return head[position:], html


def media_type_fits(content_type: str | None, kind: FeedFormat) -> bool:
    """Whether a Content-Type could stand for this format; a missing one is no fault of the document."""
    if not content_type:
        return True
    media_type = content_type.partition(";")[0].strip().lower()
    if kind is FeedFormat.JSON_FEED:
        return media_type in _JSON_TYPES or media_type.endswith("+json")
    if kind is FeedFormat.PAGE:
        return True
    return media_type.endswith(("+xml", "/xml")) or media_type == "application/x-rss"

"""OPML 2.0, as subscription lists use it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aggregator.publish.check_values import check_rfc822, check_url
from aggregator.publish.check_xml import child_text, parse
from aggregator.publish.document import Document
from aggregator.publish.problems import Problem, error, warning

_TYPES = frozenset({"rss", "link", "include"})


def check_opml(document: Document) -> Iterator[Problem]:
    root, problems = parse(document.body)
    yield from problems
    if root is None:
        return
    head, body = root.find("head"), root.find("body")
    if root.tag != "opml" or head is None or body is None:
        yield error("MissingElement", "It is no opml element with head and body.")
        return
    if root.get("version") != "2.0":
        yield error("InvalidOPMLVersion", "Its version is not 2.0.")
    if not child_text(head, "title"):
        yield warning("MissingTitle", "The head has no title.")
    yield from check_rfc822(child_text(head, "dateModified"), None, None)
    for place, outline in enumerate(body.iter("outline")):
        yield from _outline(outline, place)


def _outline(outline: Any, place: int) -> Iterator[Problem]:
    if not outline.get("text"):
        yield error("MissingAttribute", "An outline has no text.", place)
    if outline.get("type") not in _TYPES and (len(outline) == 0 or outline.get("title")):
        yield warning("MissingOutlineType", "An outline has no type.", place)
    if outline.get("type") == "rss":
        yield from check_url(outline.get("xmlUrl", ""), place, "xmlUrl")
        if not outline.get("title"):
            yield warning("MissingTitleAttr", "A subscription has no title.", place)
    if outline.get("htmlUrl"):
        yield from check_url(outline.get("htmlUrl"), place, "htmlUrl")

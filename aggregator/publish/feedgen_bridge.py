"""The one place that speaks feedgen, with a remedy for each of its faults.

feedgen 1.0.0 writes the frame of an Atom or RSS document. What it cannot write, or writes wrongly, is put right here
through its extension interface, which hands us every finished element before the document is serialised:

- entry links lose rel, type and length, and ``license`` is refused: all links are built here;
- ``atom:source`` has only a title and a bare link: the whole element is built here;
- dates default to the present: every date is set, and one that it insists on is replaced;
- an author without an address is not written to RSS: ``dc:creator`` is;
- RSS dates are formatted under a temporarily changed locale of the whole process: they are formatted here;
- no entry language, licence, media credit, stylesheet instruction: all are written here;
- entries are prepended: ``order="append"``;
- one control character anywhere kills the document: every text is cleaned;
- a title has no type: one that looks like markup is written as HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

import aggregator
from aggregator.publish.inert import inert
from aggregator.publish.namespaces import XML
from aggregator.publish.node import Node, clean

GENERATOR = "aggregator"
_LANGUAGE = f"{{{XML}}}lang"
_FIRST_LINE = re.compile(rb"^<\?xml[^>]*\?>\n")
_HEX_FIELDS = re.compile(
    rb"(<(?:title|category|source|dc:creator|dc:rights|media:title|media:credit|media:copyright|media:license)\b[^>]*>)"
    rb"([^<]*&[^<]*)(</)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The parts of a feed document that feedgen writes well, and `nodes` for all others."""

    id: str
    title: str
    subtitle: str
    home_url: str
    language: str
    updated: datetime
    stylesheet: str
    namespaces: Mapping[str, str]
    nodes: tuple[Node | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The parts of an entry that feedgen writes well, and `nodes` for all others."""

    id: str
    title: str
    updated: datetime
    language: str | None = None
    nodes: tuple[Node | None, ...] = ()


def atom_bytes(frame: Frame, entries: Iterable[Entry]) -> bytes:
    """An Atom 1.0 document (RFC 4287): UTF-8, default namespace, equal bytes for equal arguments."""
    feed = _frame(frame)
    feed.id(clean(frame.id))
    feed.updated(frame.updated)
    feed.subtitle(clean(frame.subtitle) or None)
    feed.language(frame.language)
    for entry in entries:
        _atom_entry(feed.add_entry(order="append"), entry)
    return _with_head(feed.atom_str(pretty=True), frame)


def rss_bytes(frame: Frame, entries: Iterable[Entry]) -> bytes:
    """An RSS 2.0 document: UTF-8, equal bytes for equal arguments."""
    feed = _frame(frame)
    feed.description(clean(frame.subtitle or frame.title))
    feed.link(href=frame.home_url, rel="alternate")
    feed.language(frame.language)
    feed.docs("https://www.rssboard.org/rss-specification")
    _forget_build_date(feed)
    for entry in entries:
        _rss_entry(feed.add_entry(order="append"), entry)
    return _with_head(_hex_references(feed.rss_str(pretty=True)), frame)


def _frame(frame: Frame) -> Any:
    feed = FeedGenerator()
    feed.register_extension("ours", _feed_extension(frame), _EntryExtension)
    feed.title(clean(frame.title))
    feed.generator(GENERATOR, version=aggregator.__version__)
    return feed


def _forget_build_date(feed: Any) -> None:
    """The library's own is the present, and formatting one changes the process's locale; ours is among the nodes."""
    feed._FeedGenerator__rss_lastBuildDate = None  # noqa: SLF001  its setter cannot take the date away


def _feed_extension(frame: Frame) -> type[Any]:
    """The library makes the instance itself, so that the frame has to come with the class."""

    class Extension(BaseExtension):  # type: ignore[misc]
        def extend_ns(self) -> dict[str, str]:
            return dict(frame.namespaces)

        def extend_atom(self, feed: Any) -> Any:
            _title(feed.find("title"))
            return _append(feed, frame.nodes)

        def extend_rss(self, feed: Any) -> Any:
            _append(feed[0], frame.nodes)
            return feed

    return Extension


class _EntryExtension(BaseEntryExtension):  # type: ignore[misc]
    """Puts right what feedgen made of an entry and adds what it cannot write."""

    entry: Entry

    def extend_atom(self, element: Any) -> Any:
        for link in element.findall("link"):
            element.remove(link)
        _title(element.find("title"))
        if self.entry.language:
            element.set(_LANGUAGE, self.entry.language)
        return _append(element, self.entry.nodes)

    def extend_rss(self, element: Any) -> Any:
        return _append(element, self.entry.nodes)


def _title(element: Any) -> None:
    """As HTML where it could be taken for HTML: then no reader has to guess."""
    if inert(element.text) != element.text:
        element.set("type", "html")
        element.text = escape(element.text, quote=False)


def _atom_entry(made: Any, entry: Entry) -> None:
    _remember(made, entry)
    made.id(clean(entry.id))
    made.title(clean(entry.title))
    made.updated(entry.updated)
    # feedgen refuses an entry without an alternate link; the real links replace this one
    made.link(href="placeholder", rel="alternate")


def _rss_entry(made: Any, entry: Entry) -> None:
    _remember(made, entry)
    made.title(clean(entry.title))
    made.guid(clean(entry.id), permalink=False)


def _remember(made: FeedEntry, entry: Entry) -> None:
    made.ours.entry = entry


def _append(parent: Any, nodes: Iterable[Node | None]) -> Any:
    for node in nodes:
        if node is not None:
            _write(parent, node)
    return parent


def _write(parent: Any, node: Node) -> None:
    element = etree.SubElement(parent, node.name)
    for name, value in node.attributes:
        if value is not None:
            element.set(name, clean(value))
    if node.text is not None:
        element.text = clean(node.text)
    _append(element, node.children)


def _with_head(body: bytes, frame: Frame) -> bytes:
    """CSS only: browsers are giving XSLT up (PROTOCOL B-44). Those that show the bare text show a sentence first."""
    page = clean(frame.home_url).replace("--", "-%2D")
    head = (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<?xml-stylesheet type="text/css" href="{frame.stylesheet}"?>\n'
        f"<!-- This is a feed: give its address to a feed reader. To read it here: {page} -->\n"
    )
    return _FIRST_LINE.sub(lambda _: head.encode(), body, count=1)


def _hex_references(body: bytes) -> bytes:
    """Hexadecimal references for ``&`` and ``<`` in plain texts: what most readers understand (RSS profile)."""
    return _HEX_FIELDS.sub(_hex_field, body)


def _hex_field(match: re.Match[bytes]) -> bytes:
    plain = match[2].replace(b"&amp;", b"&#x26;").replace(b"&lt;", b"&#x3C;")
    return match[1] + plain + match[3]

"""OPML 2.0: our topics to subscribe to, and our sources to take elsewhere (PROTOCOL B-43)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from lxml import etree

from aggregator.model.edition import Edition, Site
from aggregator.model.ids import SourceId
from aggregator.model.source import Source
from aggregator.model.topic import FeedKind
from aggregator.publish import places
from aggregator.text.urls import is_http, strip_credentials
from aggregator.text.xml import xml_safe


def write_topics(site: Site, editions: Iterable[Edition], updated: datetime) -> bytes:
    """Every public topic once, by its preferred format, in the order of their titles."""
    root, body = _document(site, f"{site.title}: topics", updated)
    for edition in sorted(editions, key=lambda e: (e.topic.title.casefold(), e.topic.slug)):
        kind = next((k for k in edition.topic.formats if k is not FeedKind.HTML), None)
        if kind is not None and not edition.topic.private:
            xml_url, html_url = places.feed_url(edition, kind), places.topic_url(edition)
            _outline(body, edition.topic.title, xml_url, html_url, edition.topic.description)
    return _bytes(root)


def write_sources(site: Site, sources: Sequence[Source], titles: Mapping[SourceId, str], updated: datetime) -> bytes:
    """Every public http(s) source once, without credentials, nested under its first tag; `titles` by source id."""
    root, body = _document(site, f"{site.title}: sources", updated)
    public = [s for s in sources if not s.private and is_http(s.url)]
    for tag in sorted({source.tags[0] for source in public if source.tags}):
        group = etree.SubElement(body, "outline", text=xml_safe(tag), title=xml_safe(tag))
        _sources(group, [s for s in public if s.tags[:1] == (tag,)], titles)
    _sources(body, [s for s in public if not s.tags], titles)
    return _bytes(root)


def _sources(parent: Any, sources: Iterable[Source], titles: Mapping[SourceId, str]) -> None:
    for source in sorted(sources, key=lambda s: s.id):
        title = source.title or titles.get(source.id) or source.id
        _outline(parent, title, strip_credentials(source.url), source.home_url, "", source.language)


def _document(site: Site, title: str, updated: datetime) -> tuple[Any, Any]:
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    _text(head, "title", title)
    _text(head, "dateModified", format_datetime(updated.replace(microsecond=0)))
    if site.owner:
        _text(head, "ownerName", site.owner)
    return root, etree.SubElement(root, "body")


def _text(parent: Any, name: str, text: str) -> None:
    etree.SubElement(parent, name).text = xml_safe(text)


def _outline(
    parent: Any, title: str, xml_url: str, html_url: str | None, description: str, language: str | None = None
) -> None:
    element = etree.SubElement(parent, "outline", type="rss", text=xml_safe(title), title=xml_safe(title))
    element.set("xmlUrl", xml_safe(xml_url))
    for name, value in (("htmlUrl", html_url), ("description", description), ("language", language)):
        if value:
            element.set(name, xml_safe(value))


def _bytes(root: Any) -> bytes:
    body = etree.tostring(root, encoding="utf-8", pretty_print=True)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + bytes(body)

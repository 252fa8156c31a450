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
from aggregator.publish.inert import inert
from aggregator.publish.node import clean
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
    """Every public source once, without credentials, nested under its first tag; `titles` by source id.

    A source that is no http(s) feed has no address to subscribe to and is listed by its name and home page.
    """
    root, body = _document(site, f"{site.title}: sources", updated)
    public = [source for source in sources if not source.private]
    for tag in sorted({source.tags[0] for source in public if source.tags}):
        group = etree.SubElement(body, "outline", text=_plain(tag))
        _sources(site, group, [s for s in public if s.tags[:1] == (tag,)], titles)
    _sources(site, body, [s for s in public if not s.tags], titles)
    if not public:
        etree.SubElement(body, "outline", type="link", text="No public sources", url=f"{site.base_url}/")
    return _bytes(root)


def _sources(site: Site, parent: Any, sources: Iterable[Source], titles: Mapping[SourceId, str]) -> None:
    for source in sorted(sources, key=lambda s: s.id):
        title = source.title or titles.get(source.id) or source.id
        if is_http(source.url):
            _outline(parent, title, strip_credentials(source.url), source.home_url, "", source.language)
        else:
            home = source.home_url or f"{site.base_url}/"
            etree.SubElement(parent, "outline", type="link", text=_plain(title), url=xml_safe(home))


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
    element = etree.SubElement(parent, "outline", type="rss", text=_plain(title), title=_plain(title))
    element.set("xmlUrl", xml_safe(xml_url))
    for name, value in (("htmlUrl", html_url), ("description", description), ("language", language)):
        if value:
            element.set(name, xml_safe(value) if name == "htmlUrl" else _plain(value))


def _plain(text: str) -> str:
    """As words: several importers read these attributes as HTML."""
    return inert(clean(text))


def _bytes(root: Any) -> bytes:
    body = etree.tostring(root, encoding="utf-8", pretty_print=True)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + bytes(body)

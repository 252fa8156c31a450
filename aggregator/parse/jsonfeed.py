"""JSON Feed 1.0 and 1.1, read with patience for odd types (jsonfeed.org/version/1.1)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from aggregator.model.attribution import Link
from aggregator.model.entry import (
    FeedFormat,
    ParsedEntry,
    ParsedFeed,
    Quirk,
    RawCategory,
    RawDate,
    RawMedia,
    RawPerson,
    Text,
    TextKind,
)
from aggregator.parse.nodes import resolve
from aggregator.text.xml import xml_safe

PARSER = "aggregator-json/1"


def is_feed(data: object) -> bool:
    """Whether parsed JSON is a JSON Feed: its version says so, or it has a list of items and a feed's keys."""
    if not isinstance(data, dict):
        return False
    if "jsonfeed.org" in text(data.get("version")):
        return True
    return isinstance(data.get("items"), list) and ("title" in data or "feed_url" in data) and "openapi" not in data


def read(data: dict[str, Any], *, url: str) -> ParsedFeed:
    """The whole feed; `url` is the base of relative references."""
    items = [item for item in _list(data.get("items")) if isinstance(item, dict)]
    quirks: list[Quirk] = []
    entries = tuple(_entries(items, url, quirks))
    return ParsedFeed(
        format=FeedFormat.JSON_FEED,
        url=url,
        id=text(data.get("feed_url")),
        title=_plain(data.get("title")),
        subtitle=_plain(data.get("description")),
        links=tuple(_feed_links(data, url)),
        home_url=resolve(url, text(data.get("home_page_url"))),
        language=text(data.get("language")),
        people=tuple(_people(data, url)),
        icon=resolve(url, text(data.get("favicon"))),
        logo=resolve(url, text(data.get("icon"))),
        entries=entries,
        quirks=tuple(dict.fromkeys(quirks)),
        next_url=resolve(url, text(data.get("next_url"))),
        expired=data.get("expired") is True,
        parser=PARSER,
    )


def _entries(items: list[dict[str, Any]], url: str, quirks: list[Quirk]) -> Iterator[ParsedEntry]:
    seen: set[str] = set()
    position = 0
    for item in items:
        entry = _entry(item, url, position)
        if not (entry.title or entry.summary or entry.content or entry.links or entry.media):
            quirks.append(Quirk.SKIPPED_ENTRIES)
            continue
        if not entry.id or entry.id in seen:
            quirks.append(Quirk.DUPLICATE_IDS if entry.id else Quirk.MISSING_IDS)
        seen.add(entry.id)
        position += 1
        yield entry
    if position == 0:
        quirks.append(Quirk.EMPTY)


def _entry(item: dict[str, Any], url: str, position: int) -> ParsedEntry:
    return ParsedEntry(
        id=text(item.get("id")),
        title=_plain(item.get("title")),
        links=tuple(_links(item, url)),
        summary=_plain(item.get("summary")),
        content=_content(item),
        dates=tuple(_dates(item)),
        people=tuple(_people(item, url)),
        categories=tuple(RawCategory(term=term) for tag in _list(item.get("tags")) if (term := text(tag))),
        media=tuple(_media(item, url)),
        language=text(item.get("language")),
        position=position,
        extensions=tuple(
            (xml_safe(key), xml_safe(json.dumps(value, ensure_ascii=False, sort_keys=True)))
            for key, value in sorted(item.items())
            if key.startswith("_")
        ),
    )


def _links(item: dict[str, Any], url: str) -> Iterator[Link]:
    own = resolve(url, text(item.get("url")))
    external = resolve(url, text(item.get("external_url")))
    if own:
        yield Link(href=own)
    if external:
        yield Link(href=external, rel="related" if own else "alternate")


def _feed_links(data: dict[str, Any], url: str) -> Iterator[Link]:
    for key, relation in (("home_page_url", "alternate"), ("feed_url", "self"), ("next_url", "next")):
        href = resolve(url, text(data.get(key)))
        if href:
            yield Link(href=href, rel=relation)
    for hub in _list(data.get("hubs")):
        if isinstance(hub, dict) and text(hub.get("type")).lower() == "websub" and (href := text(hub.get("url"))):
            yield Link(href=resolve(url, href), rel="hub")


def _content(item: dict[str, Any]) -> Text | None:
    html = text(item.get("content_html"))
    if html:
        return Text(value=html, kind=TextKind.HTML)
    return _plain(item.get("content_text"))


def _dates(item: dict[str, Any]) -> Iterator[RawDate]:
    for key in ("date_published", "date_modified"):
        value = text(item.get(key))
        if value:
            yield RawDate(element=key, value=value)


def _people(data: dict[str, Any], url: str) -> Iterator[RawPerson]:
    """Version 1.1's ``authors`` over 1.0's ``author``."""
    authors = _list(data.get("authors")) or _list(data.get("author"))
    for author in authors:
        if isinstance(author, dict):
            name, uri = text(author.get("name")), resolve(url, text(author.get("url")))
        else:
            name, uri = text(author), ""
        if name or uri:
            yield RawPerson(name=name, uri=uri, role="author", element="json:authors")


def _media(item: dict[str, Any], url: str) -> Iterator[RawMedia]:
    for key in ("image", "banner_image"):
        value = item.get(key)
        href = resolve(url, text(value.get("url") if isinstance(value, dict) else value))
        if href:
            yield RawMedia(url=href, element=f"json:{key}", medium="image")
    for attachment in _list(item.get("attachments")):
        if isinstance(attachment, dict) and (href := resolve(url, text(attachment.get("url")))):
            yield RawMedia(
                url=href,
                element="json:attachment",
                media_type=text(attachment.get("mime_type")),
                length=text(attachment.get("size_in_bytes")),
                duration=text(attachment.get("duration_in_seconds")),
                title=text(attachment.get("title")),
            )


def _plain(value: object) -> Text | None:
    words = text(value)
    return Text(value=words) if words else None


def _list(value: object) -> list[Any]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def text(value: object) -> str:
    """A string of a JSON value, safe for XML: numbers are written out (ids), everything else that is no string is nothing."""
    if isinstance(value, str):
        return xml_safe(value).strip()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)

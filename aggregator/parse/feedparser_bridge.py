"""The only place that speaks feedparser: the last resort for documents that no XML parser can build a tree of.

It is given UTF-8 from memory (it opens files named by strings and bytes), never a charset to guess, and its cleaning
and resolving are off. Its ``media_*`` and licence output is never read: it mixes the credits and licences of several
images up.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any, cast

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
    RawRights,
    Text,
    TextKind,
)
from aggregator.parse import repair, texts
from aggregator.parse.nodes import resolve
from aggregator.text.xml import xml_safe

LIMIT = 2**20
"""Bytes: its recovering parser takes seconds for each megabyte of nonsense."""
_KINDS = {"text/html": TextKind.HTML, "application/xhtml+xml": TextKind.XHTML, "text/plain": TextKind.TEXT}
_DATES = (("published", "published"), ("updated", "updated"), ("created", "created"), ("expired", "expirationDate"))


def read(body: bytes, *, url: str) -> ParsedFeed | None:
    """The feed in a UTF-8 body; None where feedparser finds no entries in it either."""
    if len(body) > LIMIT:
        return None
    try:
        found = _parser()(
            io.BytesIO(b'<?xml version="1.0" encoding="utf-8"?>' + repair.without_prolog(body).body),
            response_headers={"content-type": "application/xml; charset=utf-8", "content-location": url},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
        entries = tuple(_entry(entry, url, number) for number, entry in enumerate(found.entries))
    except Exception:  # noqa: BLE001 - nothing that another's recovering parser stumbles over may stop a poll
        return None
    return _feed(found, entries, url) if entries else None


def _parser() -> Callable[..., Any]:
    """feedparser's only function; loaded when it is needed, which is rarely."""  # noqa: D403 - its name
    import feedparser

    parse: Callable[..., Any] = cast("Any", feedparser).parse
    return parse


def _feed(found: Any, entries: tuple[ParsedEntry, ...], url: str) -> ParsedFeed:
    feed = found.feed
    links = tuple(_links(feed, url))
    return ParsedFeed(
        format=_format(_get(found, "version")),
        url=url,
        id=_get(feed, "id"),
        title=_text(feed.get("title_detail"), url),
        subtitle=_text(feed.get("subtitle_detail"), url),
        links=links,
        home_url=next((link.href for link in links if link.rel == "alternate"), ""),
        language=_get(feed, "language"),
        dates=tuple(_dates(feed)),
        people=tuple(_people(feed)),
        rights=_rights(feed),
        categories=tuple(_categories(feed)),
        generator=_get(feed, "generator"),
        entries=entries,
        quirks=(Quirk.ILL_FORMED,),
        parser="feedparser/6",
    )


def _format(version: str) -> FeedFormat:
    if version.startswith("atom"):
        return FeedFormat.ATOM_03 if version == "atom03" else FeedFormat.ATOM_10
    if version in {"rss10", "rss11"}:
        return FeedFormat.RSS_10
    if version == "cdf":
        return FeedFormat.CDF
    return FeedFormat.RSS_09 if version.startswith("rss09") else FeedFormat.RSS_20


def _entry(entry: Any, url: str, position: int) -> ParsedEntry:
    contents = [text for part in entry.get("content", []) if (text := _text(part, url))]
    return ParsedEntry(
        id=_get(entry, "id"),
        id_is_permalink=bool(entry.get("guidislink")),
        title=_text(entry.get("title_detail"), url),
        links=tuple(_links(entry, url)),
        original_link=_get(entry, "feedburner_origlink") or _get(entry, "pheedo_origlink"),
        comments=resolve(url, _get(entry, "comments")),
        summary=_text(entry.get("summary_detail"), url),
        content=max(contents, key=lambda text: len(text.value)) if contents else None,
        dates=tuple(_dates(entry)),
        people=tuple(_people(entry)),
        rights=_rights(entry),
        categories=tuple(_categories(entry)),
        media=tuple(_enclosures(entry, url)),
        position=position,
    )


def _get(found: Any, key: str) -> str:
    """A string; feedparser's dictionaries map some keys to others with a warning; `dict.get` does not."""
    value = dict.get(found, key)
    return xml_safe(value).strip() if isinstance(value, str) else ""


def _text(detail: Any, url: str) -> Text | None:
    if not detail:
        return None
    value = _get(detail, "value")
    kind = _KINDS.get(_get(detail, "type"), TextKind.TEXT)
    if kind is not TextKind.XHTML and not value:
        return None
    kind = texts.kind_of(value) if kind is not TextKind.XHTML else kind
    base = _get(detail, "base")
    language = _get(detail, "language") or None
    return Text(value=value, kind=kind, language=language, base=base if base not in {"", url} else None)


def _links(found: Any, url: str) -> Iterator[Link]:
    for link in found.get("links", []):
        href = resolve(url, _get(link, "href"))
        relation = _get(link, "rel") or "alternate"
        if href and relation != "enclosure":
            yield Link(
                href=href, rel=relation, media_type=_get(link, "type") or None, title=_get(link, "title") or None
            )


def _enclosures(found: Any, url: str) -> Iterator[RawMedia]:
    for link in found.get("links", []):
        href = resolve(url, _get(link, "href"))
        if href and _get(link, "rel") == "enclosure":
            yield RawMedia(
                url=href,
                element="enclosure",
                media_type=_get(link, "type"),
                length=_get(link, "length"),
            )


def _dates(found: Any) -> Iterator[RawDate]:
    for key, element in _DATES:
        value = _get(found, key)
        if value:
            yield RawDate(element=element, value=value)


def _people(found: Any) -> Iterator[RawPerson]:
    for key, role in (("authors", "author"), ("contributors", "contributor")):
        for person in found.get(key, []):
            name, email, uri = _get(person, "name"), _get(person, "email"), _get(person, "href")
            if name or email or uri:
                yield RawPerson(name=name, email=email, uri=uri, role=role, element="feedparser:" + key)


def _rights(found: Any) -> tuple[RawRights, ...]:
    text = _get(found, "rights")
    return (RawRights(element="rights", text=text),) if text else ()


def _categories(found: Any) -> Iterator[RawCategory]:
    for tag in found.get("tags", []):
        term = _get(tag, "term")
        if term:
            yield RawCategory(term=term, label=_get(tag, "label"), scheme=_get(tag, "scheme"))

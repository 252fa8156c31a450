"""JSON Feed 1.1, by its specification."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from aggregator.publish.check_html import check_html
from aggregator.publish.check_values import check_language, check_media_type, check_rfc3339, check_url
from aggregator.publish.document import Document
from aggregator.publish.jsonfeed import VERSION
from aggregator.publish.problems import Problem, error, warning

_FEED = frozenset(
    [
        "version",
        "title",
        "home_page_url",
        "feed_url",
        "description",
        "user_comment",
        "next_url",
        "icon",
        "favicon",
        "authors",
        "author",
        "language",
        "expired",
        "hubs",
        "items",
    ]
)
_ITEM = frozenset(
    [
        "id",
        "url",
        "external_url",
        "title",
        "content_html",
        "content_text",
        "summary",
        "image",
        "banner_image",
        "date_published",
        "date_modified",
        "authors",
        "author",
        "tags",
        "language",
        "attachments",
    ]
)


def check_json(document: Document, now: datetime | None) -> Iterator[Problem]:
    try:
        feed = json.loads(document.body)
    except ValueError:
        yield error("NotJson", "It is no JSON in UTF-8.")
        return
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        yield error("MissingElement", "It is no object with a list of items.")
        return
    yield from _feed(feed, document)
    seen: set[str] = set()
    for place, item in enumerate(feed["items"]):
        yield from _item(item, place, now)
        if item.get("id") in seen:
            yield error("DuplicateIds", f"Another item has the same id: {item['id'][:80]}", place)
        seen.add(item.get("id", ""))


def _feed(feed: dict[str, Any], document: Document) -> Iterator[Problem]:
    if feed.get("version") != VERSION:
        yield error("InvalidVersion", "Its version is not that of JSON Feed 1.1.")
    if not feed.get("title"):
        yield error("MissingTitle", "The feed has no title.")
    yield from _unknown(feed, _FEED, None)
    for name in ("home_page_url", "feed_url", "next_url", "icon", "favicon"):
        if name in feed:
            yield from check_url(feed[name], None, name)
    if not str(feed.get("feed_url", "")).endswith(f"/{document.path}"):
        yield warning("SelfDoesntMatchLocation", "feed_url is not where the document is served.")
    yield from check_language(feed.get("language"), None)
    yield from _authors(feed, None)


def _unknown(found: dict[str, Any], known: frozenset[str], place: int | None) -> Iterator[Problem]:
    for name in found:
        if name not in known and not name.startswith("_"):
            yield warning("UndefinedElement", f"{name} is not a name of JSON Feed 1.1.", place)


def _item(item: dict[str, Any], place: int, now: datetime | None) -> Iterator[Problem]:
    if not isinstance(item.get("id"), str) or not item["id"]:
        yield error("MissingElement", "The item has no id that is a string.", place)
    if "content_html" not in item and "content_text" not in item:
        yield error("MissingContentOrAlternate", "The item has neither content_html nor content_text.", place)
    yield from _unknown(item, _ITEM, place)
    yield from check_html(item.get("content_html", ""), place)
    for name in ("url", "external_url", "image", "banner_image"):
        if name in item:
            yield from check_url(item[name], place, name)
    for name in ("date_published", "date_modified"):
        if name in item:
            yield from check_rfc3339(item[name], place, now)
    yield from check_language(item.get("language"), place)
    yield from _authors(item, place)
    for attachment in item.get("attachments", ()):
        yield from check_url(attachment.get("url", ""), place, "attachment")
        yield from check_media_type(attachment.get("mime_type", ""), place)


def _authors(found: dict[str, Any], place: int | None) -> Iterator[Problem]:
    authors = found.get("authors", [])
    if not isinstance(authors, list) or not all(isinstance(a, dict) and a for a in authors):
        yield error("InvalidContact", "authors is no list of people.", place)

"""RSS 2.0: the specification, the Advisory Board's profile, and what the modules ask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from lxml import etree

from aggregator.publish.check_html import check_html
from aggregator.publish.check_values import (
    check_integer,
    check_language,
    check_media_type,
    check_plain,
    check_rfc822,
    check_url,
)
from aggregator.publish.check_xml import check_element, child_text, parse
from aggregator.publish.document import Document
from aggregator.publish.namespaces import ATOM, CONTENT, CREATIVE_COMMONS, DC, HISTORY
from aggregator.publish.problems import Problem, error, warning

_CHANNEL = frozenset(
    [
        "title",
        "link",
        "description",
        "language",
        "copyright",
        "managingEditor",
        "webMaster",
        "pubDate",
        "lastBuildDate",
        "category",
        "generator",
        "docs",
        "cloud",
        "ttl",
        "image",
        "rating",
        "textInput",
        "skipHours",
        "skipDays",
        "item",
    ]
)
_ITEM = frozenset(
    ["title", "link", "description", "author", "category", "comments", "enclosure", "guid", "pubDate", "source"]
)
_ONCE = frozenset({"title", "link", "description", "comments", "guid", "pubDate", "source", f"{{{CONTENT}}}encoded"})
_CC = "http://web.resource.org/cc/"


def check_rss(document: Document, now: datetime | None) -> Iterator[Problem]:
    root, problems = parse(document.body)
    yield from problems
    if root is None:
        return
    channel = root.find("channel")
    if root.tag != "rss" or channel is None:
        yield error("UndefinedElement", "It is no rss element with a channel.")
        return
    if root.get("version") != "2.0":
        yield error("InvalidRSSVersion", "Its version is not 2.0.")
    yield from _channel(channel, document, now)
    items = channel.findall("item")
    yield from _guids(items)
    for place, item in enumerate(items):
        yield from _item(item, place, now)


def _channel(channel: Any, document: Document, now: datetime | None) -> Iterator[Problem]:
    for name in ("title", "link", "description"):
        if not child_text(channel, name).strip():
            yield error(f"Missing{name.title()}", f"The channel has no {name}.")
    for child in channel.iterchildren(tag=etree.Element):
        if child.tag not in _CHANNEL and not child.tag.startswith("{"):
            yield error("UndefinedElement", f"A channel has no {child.tag}.")
        if child.tag != "item":
            yield from check_element(child, None)
    yield from check_url(child_text(channel, "link"), None, "link of the channel")
    yield from check_plain(child_text(channel, "title"), None, "title of the channel")
    yield from check_language(channel.findtext("language"), None)
    yield from check_integer(channel.findtext("ttl"), None, "ttl")
    for name in ("lastBuildDate", "pubDate"):
        if channel.find(name) is not None:
            yield from check_rfc822(child_text(channel, name), None, now)
    yield from _self_link(channel, document)
    yield from _image(channel)


def _self_link(channel: Any, document: Document) -> Iterator[Problem]:
    links = {link.get("rel"): link.get("href", "") for link in channel.findall(f"{{{ATOM}}}link")}
    if "self" not in links:
        yield warning("MissingAtomSelfLink", "The channel has no self link.")
    elif not links["self"].endswith(f"/{document.path}"):
        yield warning("SelfDoesntMatchLocation", f"{links['self']} is not where the document is served.")
    if channel.find(f"{{{HISTORY}}}complete") is not None and links.keys() & {"prev-archive", "next-archive"}:
        yield error("FeedRelInCompleteFeed", "A complete feed has no other parts.")
    if channel.find(f"{{{HISTORY}}}archive") is not None and "current" not in links:
        yield warning("MissingCurrentInArchive", "An archive names the current feed.")


def _image(channel: Any) -> Iterator[Problem]:
    image = channel.find("image")
    if image is None:
        return
    if child_text(image, "title") != child_text(channel, "title"):
        yield warning("ImageTitleDoesntMatch", "The image's title is not the channel's.")
    if child_text(image, "link") != child_text(channel, "link"):
        yield warning("ImageLinkDoesntMatch", "The image's link is not the channel's.")
    yield from check_url(child_text(image, "url"), None, "image")


def _guids(items: list[Any]) -> Iterator[Problem]:
    seen: Counter[str] = Counter()
    for place, item in enumerate(items):
        guid = child_text(item, "guid")
        seen[guid] += 1
        if not guid:
            yield warning("MissingGuid", "The item has no guid.", place)
        elif seen[guid] > 1:
            yield error("DuplicateValue", f"Another item has the same guid: {guid[:80]}", place)


def _item(item: Any, place: int, now: datetime | None) -> Iterator[Problem]:
    names = Counter(child.tag for child in item.iterchildren(tag=etree.Element))
    yield from _names(names, place)
    yield from check_rfc822(child_text(item, "pubDate"), place, now)
    yield from check_url(child_text(item, "link"), place, "link")
    guid = item.find("guid")
    if guid is not None and guid.get("isPermaLink", "true") != "false":
        yield from check_url(guid.text or "", place, "guid")
    yield from check_plain(child_text(item, "title"), place, "title")
    yield from check_plain(child_text(item, f"{{{DC}}}rights"), place, "rights")
    yield from _content(item, place)
    yield from _enclosure(item, place)
    for element in item.iterdescendants(tag=etree.Element):
        yield from check_element(element, place)


def _names(names: Counter[str], place: int) -> Iterator[Problem]:
    for name, count in names.items():
        if name not in _ITEM and not name.startswith("{"):
            yield error("UndefinedElement", f"An item has no {name}.", place)
        if count > 1 and name in _ONCE:
            yield error("DuplicateElement", f"The item has {count} of {name}.", place)
    if names["enclosure"] > 1:
        yield warning("DuplicateEnclosure", "Readers take one enclosure only.", place)
    if not names["title"] and not names["description"]:
        yield error("ItemMustContainTitleOrDescription", "The item has neither title nor description.", place)
    for one, other in (("author", f"{{{DC}}}creator"), ("pubDate", f"{{{DC}}}date"), ("guid", f"{{{ATOM}}}id")):
        if names[one] and names[other]:
            yield warning("DuplicateItemSemantics", f"{one} and {other} say the same.", place)
    if names[f"{{{CREATIVE_COMMONS}}}license"] and names[f"{{{_CC}}}license"]:
        yield warning("DuplicateItemSemantics", "The licence stands in two modules.", place)


def _content(item: Any, place: int) -> Iterator[Problem]:
    description, encoded = item.findtext("description"), item.findtext(f"{{{CONTENT}}}encoded")
    tags = [child.tag for child in item]
    if encoded is not None and "description" not in tags[: tags.index(f"{{{CONTENT}}}encoded")]:
        yield warning("NeedDescriptionBeforeContent", "The content stands before or without a description.", place)
    if encoded and encoded == description:
        yield warning("DuplicateDescriptionSemantics", "Description and content are the same.", place)
    yield from check_html(description or "", place)
    yield from check_html(encoded or "", place)


def _enclosure(item: Any, place: int) -> Iterator[Problem]:
    for enclosure in item.findall("enclosure"):
        yield from check_url(enclosure.get("url", ""), place, "enclosure")
        yield from check_integer(enclosure.get("length", ""), place, "length of the enclosure")
        yield from check_media_type(enclosure.get("type", ""), place)
    source = item.find("source")
    if source is not None:
        yield from check_url(source.get("url", ""), place, "source")

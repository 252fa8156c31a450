"""Web pages without a feed, read by the operator's CSS selectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree
from lxml.cssselect import CSSSelector, SelectorError

from aggregator.model.attribution import Link
from aggregator.model.entry import (
    FeedFormat,
    ParsedEntry,
    ParsedFeed,
    ParseFailed,
    ParseOutcome,
    ParseReason,
    Quirk,
    RawDate,
    RawMedia,
    RawPerson,
    RawRights,
    Text,
    TextKind,
)
from aggregator.model.source import PageSelectors
from aggregator.parse import texts
from aggregator.parse.markup import base_of, tree, words_of
from aggregator.parse.nodes import attribute, resolve
from aggregator.text.xml import xml_safe

PARSER = "aggregator-page/1"
_FIELDS = ("item", "title", "link", "date", "image", "author", "summary")
_REQUIRED = ("title", "link")


@dataclass(frozen=True, slots=True)
class _Page:
    root: etree._Element
    base: str
    selectors: Mapping[str, CSSSelector]

    def pick(self, item: etree._Element, field: str) -> list[etree._Element]:
        selector = self.selectors.get(field)
        found: Any = selector(item) if selector is not None else []
        return list(found)


def read(body: bytes, selectors: PageSelectors, *, url: str) -> ParseOutcome:
    """The entries of a UTF-8 page.

    A selector that cannot be read, or that nothing matches, is a failure with a name: never an empty feed.
    """
    compiled: dict[str, CSSSelector] = {}
    for field in _FIELDS:
        written = getattr(selectors, field)
        if written:
            try:
                compiled[field] = CSSSelector(written, translator="html")
            except (SelectorError, etree.XPathError) as error:
                return _failed(field, written, f"cannot be read: {error}")
    root = tree(body)
    if root is None:
        return ParseFailed(reason=ParseReason.UNREADABLE, detail="the page cannot be read as HTML")
    return _read(_Page(root, base_of(root, url), compiled), selectors, url)


def _read(page: _Page, selectors: PageSelectors, url: str) -> ParseOutcome:
    items = page.pick(page.root, "item")
    if not items:
        return _failed("item", selectors.item, "matched nothing on the page")
    for field in _REQUIRED:
        if not any(page.pick(item, field) for item in items):
            return _failed(field, getattr(selectors, field), f"matched nothing inside the {len(items)} items")
    found = [entry for item in items if (entry := _entry(page, item)) is not None]
    unique: dict[str, ParsedEntry] = {}
    for entry in found:
        unique.setdefault(entry.id, entry)
    entries = tuple(replace(entry, position=number) for number, entry in enumerate(unique.values()))
    quirks = (Quirk.SKIPPED_ENTRIES,) if len(entries) < len(items) else ()
    return ParsedFeed(
        format=FeedFormat.PAGE,
        url=url,
        title=_title(page.root),
        home_url=url,
        links=(Link(href=url), *_head_links(page)),
        language=attribute(page.root, "lang"),
        entries=entries,
        quirks=quirks,
        parser=PARSER,
    )


def _failed(field: str, selector: str, what: str) -> ParseFailed:
    return ParseFailed(reason=ParseReason.SELECTOR, detail=f"the selector for {field}, {selector!r}, {what}")


def _title(root: etree._Element) -> Text | None:
    words = next((words_of(element) for element in root.iter("title")), "")
    return Text(value=words) if words else None


def _head_links(page: _Page) -> list[Link]:
    """The page's WebSub hub and its own address; only its head may say so (WebSub section 4)."""
    return [
        Link(href=href, rel=relation)
        for head in page.root.iter("head")
        for element in head.iter("link")
        for relation in attribute(element, "rel").lower().split()
        if relation in {"hub", "self"} and (href := _href(page, element))
    ]


def _entry(page: _Page, item: etree._Element) -> ParsedEntry | None:
    title = next((words for element in page.pick(item, "title") if (words := words_of(element))), "")
    link = next((href for element in page.pick(item, "link") if (href := _href(page, element))), "")
    if not title or not link:
        return None
    return ParsedEntry(
        id=link,
        id_is_permalink=True,
        title=Text(value=title),
        links=(Link(href=link),),
        summary=_summary(page, item),
        dates=tuple(
            RawDate(element="page:date", value=value)
            for element in page.pick(item, "date")[:1]
            if (value := attribute(element, "datetime", "content", "title") or words_of(element))
        ),
        people=tuple(
            RawPerson(name=name, element="page:author", uri=resolve(page.base, attribute(element, "href")))
            for element in page.pick(item, "author")
            if (name := attribute(element, "content") or words_of(element))
        ),
        rights=_rights(page, item),
        media=tuple(
            RawMedia(url=url, element="page:image", medium="image")
            for element in page.pick(item, "image")[:1]
            if (url := _source(page, element))
        ),
        language=attribute(item, "lang"),
        base=page.base,
    )


def _href(page: _Page, element: etree._Element) -> str:
    """The address of an element, of the first link inside it, or of the link around it."""
    inside = element.iterdescendants("a")
    around = element.iterancestors("a")
    for candidate in (element, *inside, *around):
        href = attribute(candidate, "href")
        url = resolve(page.base, href)
        if url.startswith(("http://", "https://")):
            return url
    return ""


def _source(page: _Page, element: etree._Element) -> str:
    for candidate in (element, *element.iterdescendants("img")):
        url = resolve(page.base, attribute(candidate, "src", "data-src", "content", "href"))
        if url.startswith(("http://", "https://")):
            return url
    return ""


def _summary(page: _Page, item: etree._Element) -> Text | None:
    for element in page.pick(item, "summary")[:1]:
        value = xml_safe(texts.inner_xml(element))
        if value:
            return Text(value=value, kind=TextKind.HTML, base=page.base)
    return None


def _rights(page: _Page, item: etree._Element) -> tuple[RawRights, ...]:
    return tuple(
        RawRights(element="a[rel=license]", text=words_of(link), url=resolve(page.base, attribute(link, "href")))
        for link in item.iterdescendants("a")
        if "license" in attribute(link, "rel").lower().split()
    )

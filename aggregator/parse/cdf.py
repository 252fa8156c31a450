"""The Channel Definition Format (W3C submission of 1997): channels, sub-channels and items named by ``HREF``."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from aggregator.model.attribution import Link
from aggregator.model.entry import FeedFormat, ParsedEntry, ParsedFeed, Quirk, RawDate, RawMedia, Text
from aggregator.parse import texts
from aggregator.parse.nodes import children, name_of, resolve, text_of

PARSER = "aggregator-cdf/1"


def is_cdf(root: etree._Element) -> bool:
    """A root ``channel`` with an ``HREF`` of its own, or with items that have one."""
    if name_of(root) != "channel":
        return False
    return bool(_get(root, "href") or _get(root, "self") or any(_get(item, "href") for item in _items(root)))


def read(root: etree._Element, *, url: str) -> ParsedFeed:
    base = resolve(url, _get(root, "base")) or url
    entries = tuple(
        entry for number, item in enumerate(_items(root)) if (entry := _entry(item, base, number)) is not None
    )
    home = resolve(base, _get(root, "href") or _address(root))
    return ParsedFeed(
        format=FeedFormat.CDF,
        url=url,
        title=_text(root, "title"),
        subtitle=_text(root, "abstract"),
        links=(Link(href=home),) if home else (),
        home_url=home,
        dates=_modified(root),
        logo=next((resolve(base, _get(child, "href")) for name, child in children(root) if name == "logo"), ""),
        entries=entries,
        quirks=() if entries else (Quirk.EMPTY,),
        parser=PARSER,
    )


def _items(root: etree._Element) -> Iterator[etree._Element]:
    """Items of the channel and its sub-channels in document order."""
    return (element for element in root.iter() if name_of(element) == "item")


def _entry(item: etree._Element, base: str, position: int) -> ParsedEntry | None:
    link = resolve(base, _get(item, "href") or _address(item))
    title = _text(item, "title")
    if not link and title is None:
        return None
    return ParsedEntry(
        id=link,
        id_is_permalink=bool(link),
        title=title,
        links=(Link(href=link),) if link else (),
        summary=_text(item, "abstract"),
        dates=_modified(item),
        media=tuple(
            RawMedia(url=logo, element="cdf:logo", medium="image")
            for name, child in children(item)
            if name == "logo" and (logo := resolve(base, _get(child, "href")))
        ),
        position=position,
    )


def _text(element: etree._Element, wanted: str) -> Text | None:
    value = next((text_of(child) for name, child in children(element) if name == wanted), "")
    return Text(value=value, kind=texts.kind_of(value)) if value else None


def _modified(element: etree._Element) -> tuple[RawDate, ...]:
    value = _get(element, "lastmod")
    return (RawDate(element="lastmod", value=value),) if value else ()


def _address(element: etree._Element) -> str:
    return next((_get(child, "href") for name, child in children(element) if name == "a"), "")


def _get(element: etree._Element, wanted: str) -> str:
    """An attribute in any case."""
    return next((str(value).strip() for key, value in element.attrib.items() if str(key).lower() == wanted), "")

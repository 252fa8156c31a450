"""Whether a mail's HTML keeps to what mail readers show alike: no more than the oldest of them can."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import html as markup

from aggregator.publish.problems import Problem, error, warning

LONGEST = 102_000
"""Bytes from which Gmail cuts a message off."""
WORDS_PER_IMAGE = 20
_FORBIDDEN = frozenset(
    {
        "script",
        "link",
        "iframe",
        "frame",
        "object",
        "embed",
        "form",
        "input",
        "button",
        "video",
        "audio",
        "svg",
        "canvas",
    }
)
_MODERN = re.compile(r"(?i)\b(?:flex|grid|position|float|clip-path|var\(|calc\(|url\(|@import|@font-face)")
_QUERY = re.compile(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")


def check_mail(text: str) -> tuple[Problem, ...]:
    """All problems of a mail's HTML; none: it may be sent."""
    return tuple(_problems(text))


def _problems(text: str) -> Iterator[Problem]:
    if len(text.encode()) > LONGEST:
        yield error("Clipped", f"It is longer than {LONGEST} bytes: Gmail would cut it off.")
    if not text.startswith("<!doctype html>"):
        yield error("Doctype", "It does not begin with a doctype.")
    page = markup.document_fromstring(text)
    if not page.get("lang"):
        yield error("Language", "The html element has no lang.")
    yield from _elements(page)
    yield from _styles(page)
    yield from _images(page)
    yield from _links(page)
    yield from _tables(page)


def _elements(page: Any) -> Iterator[Problem]:
    for element in page.iter():
        if element.tag in _FORBIDDEN:
            yield error("Element", f"Mail readers drop <{element.tag}>.")
        if any(name.startswith("on") for name in element.attrib):
            yield error("Script", f"<{element.tag}> holds a script.")
    if len(page.findall(".//h1")) != 1:
        yield error("Heading", "There is not exactly one h1.")


def _styles(page: Any) -> Iterator[Problem]:
    inline = [element.get("style") for element in page.iter() if element.get("style")]
    sheets = [sheet.text or "" for sheet in page.iter("style")]
    for style in (*inline, *sheets):
        if found := _MODERN.search(style):
            yield error("Style", f"Mail readers differ in what they make of {found[0]}.")
    for sheet in sheets:
        left = _QUERY.sub("", sheet).strip()
        if left and not left.startswith(":root"):
            yield error("Style", "Rules outside of media queries are not inlined.")


def _images(page: Any) -> Iterator[Problem]:
    images = list(page.iter("img"))
    for image in images:
        source = image.get("src") or ""
        if not (image.get("alt") or "").strip():
            yield error("Alt", f"The image {source} says nothing where images are off.")
        if not source.startswith(("https://", "http://")):
            yield error("Source", f"The image {source[:40]} is at no absolute address.")
        if not (image.get("width") or "").isdigit():
            yield error("Width", f"The image {source} has no width: Outlook would show it whole.")
    words = len(page.text_content().split())
    if images and words < WORDS_PER_IMAGE * len(images):
        yield warning("Ratio", f"{len(images)} images and {words} words: filters take that for advertising.")


def _links(page: Any) -> Iterator[Problem]:
    for link in page.iter("a"):
        href = link.get("href") or ""
        if not href.startswith(("https://", "http://", "mailto:", "{{")):
            yield error("Link", f"The link {href[:40]!r} leads nowhere from a mail.")
        if not link.text_content().strip() and not any((i.get("alt") or "").strip() for i in link.iter("img")):
            yield error("Link", f"The link to {href[:60]} has no words.")


def _tables(page: Any) -> Iterator[Problem]:
    if any(table.get("role") != "presentation" for table in page.iter("table")):
        yield error("Table", "A table for layout has to say so, or it is read out as a table.")

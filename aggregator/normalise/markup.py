"""What the markup of an entry's content says: its images in order, captions, and statements about licence and origin.

One walk over one parse, and only where the content holds something to look at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, cast

from lxml import etree, html

from aggregator.text.urls import absolute

INTERESTING = re.compile(
    r"<(?:img|figure|figcaption)\b|rel\s*=\s*[\"']?[\w\s:]*licen[sc]e|ld\+json|\sitemprop\s*=|\sproperty\s*=\s*[\"']?(?:cc|dct|dc|schema):"
    r"|rel\s*=\s*[\"']?(?:canonical|via)\b",
    re.IGNORECASE,
)
_BLOCKS = (
    "p div figure figcaption li ul ol td th tr table section article header footer aside blockquote h1 h2 h3 h4 h5 h6 br"
    " hr pre dl dt dd center main body html noscript nav form"
)
BLOCKS = frozenset(_BLOCKS.split())
SKIPPED = frozenset({"script", "style", "template", "svg", "math", "head", "title"})
CREDIT_CLASS = re.compile(
    r"credit|copyright|rights|caption|attribution|photographer|fotograaf|fotograf|bildnachweis|bildquelle|imagesource|image-source|photo-?source",
    re.IGNORECASE,
)
FIGURE_CLASS = re.compile(
    r"(?:^|\s)(?:wp-caption|image-caption-wrap|thumbinner|captioned-image\S*|tr-caption-container)(?:\s|$)"
)
CREDIT_ATTRIBUTES = (
    "data-credit",
    "data-credits",
    "data-image-credit",
    "data-copyright",
    "data-photographer",
    "credit",
)
SOURCES = ("src", "data-src", "data-lazy-src", "data-original", "data-orig-file", "data-full-url")


@dataclass(slots=True)
class Line:
    """A block of text: what a reader sees as one line or paragraph."""

    start: int
    text: str = ""
    links: list[tuple[str, str]] = field(default_factory=list)
    figure: int | None = None
    caption: bool = False
    """Stands in a caption, or in an element whose class speaks of credits."""


@dataclass(slots=True)
class Mark:
    """One image of the content, where it stands in the text, and what its own attributes say."""

    url: str
    offset: int
    figures: tuple[int, ...] = ()
    """The figures around it, outermost first."""
    alt: str = ""
    title: str = ""
    credit: str = ""
    width: str = ""
    height: str = ""
    element: Any = None


@dataclass(slots=True)
class Licensed:
    """A ``rel=license`` link: of a figure, or of the whole page."""

    href: str
    text: str
    figure: int | None = None
    line: Line | None = None
    """The line it stands in."""
    about: bool = False
    """It speaks of another work (RDFa ``about``)."""


@dataclass(slots=True)
class Content:
    """The facts in the markup of one entry."""

    marks: list[Mark] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    licences: list[Licensed] = field(default_factory=list)
    relations: list[tuple[str, str]] = field(default_factory=list)
    """(rel, href) of ``canonical`` and ``via`` links."""
    parents: dict[int, int | None] = field(default_factory=dict)
    """The figure around each figure."""
    root: Any = None


def read(source: str, base: str) -> Content:
    """The facts in `source`; urls are resolved against `base`. Never raises on broken markup."""
    if not INTERESTING.search(source):
        return Content()
    root = parse(source)
    return Content() if root is None else _Walk(base).over(root)


def lines(source: str, base: str) -> list[Line]:
    """The lines of any markup, with their links."""
    root = parse(source) if source else None
    return [] if root is None else _Walk(base).over(root).lines


def parse(source: str) -> Any:
    """The tree of a piece of HTML; None where there is none."""
    try:
        return cast("Any", html).fragment_fromstring(source, create_parent="div")
    except (etree.ParserError, ValueError):
        return None


class _Walk:
    def __init__(self, base: str) -> None:
        self.base = base
        self.content = Content()
        self.offset = 0
        self.figures: list[int] = []
        self.captions = 0
        self.anchors: list[tuple[str, int]] = []
        self.line = Line(0)

    def over(self, root: Any) -> Content:
        self.content.root = root
        self._visit(root)
        self._flush()
        return self.content

    def _visit(self, element: Any) -> None:
        tag = element.tag
        if not isinstance(tag, str) or tag in SKIPPED:
            return
        if tag == "img":
            self._image(element)
            return
        classes = element.get("class")
        figure = tag == "figure" or (classes is not None and FIGURE_CLASS.search(classes) is not None)
        caption = tag == "figcaption" or (
            classes is not None and not figure and CREDIT_CLASS.search(classes) is not None
        )
        block = caption or tag in BLOCKS
        if block or figure:
            self._enter(figure=figure, caption=caption)
        self._inside(element, tag)
        if block or figure:
            self._leave(figure=figure, caption=caption)

    def _enter(self, *, figure: bool, caption: bool) -> None:
        if figure:
            number = len(self.content.parents)
            self.content.parents[number] = self.figures[-1] if self.figures else None
            self.figures.append(number)
        self.captions += caption
        self._flush()

    def _leave(self, *, figure: bool, caption: bool) -> None:
        self._flush()
        self.captions -= caption
        if figure:
            self.figures.pop()
        if figure or caption:
            self._flush()

    def _inside(self, element: Any, tag: str) -> None:
        if tag == "a":
            self.anchors.append((absolute(element.get("href") or "", self.base), len(self.line.text)))
        if (rel := element.get("rel")) and (href := element.get("href")):
            self._related(element, rel.lower().split(), absolute(href, self.base))
        if text := element.text:
            self.line.text += text
        for child in element:
            self._visit(child)
            if tail := child.tail:
                self.line.text += tail
        if tag == "a":
            href, start = self.anchors.pop()
            self.line.links.append((" ".join(self.line.text[start:].split()), href))

    def _flush(self) -> None:
        text = " ".join(self.line.text.split())
        figure, caption = (self.figures[-1] if self.figures else None), self.captions > 0
        if text:
            self.line.text = text
            self.line.start = self.offset
            self.content.lines.append(self.line)
            self.offset += len(text) + 1
            self.line = Line(self.offset, figure=figure, caption=caption)
        else:
            self.line.text, self.line.figure, self.line.caption = "", figure, caption
        if self.anchors:
            self.anchors = [(href, 0) for href, _ in self.anchors]

    def _related(self, element: Any, rel: list[str], href: str) -> None:
        if any(word in {"license", "licence", "cc:license", "dct:license"} for word in rel):
            self.content.licences.append(
                Licensed(
                    href,
                    " ".join(element.itertext()).strip(),
                    figure=self.figures[-1] if self.figures else None,
                    line=self.line,
                    about=any(parent.get("about") for parent in (element, *element.iterancestors())),
                )
            )
        self.content.relations.extend((word, href) for word in rel if word in {"canonical", "via"})

    def _image(self, element: Any) -> None:
        url = next((value.strip() for name in SOURCES if (value := element.get(name)) and _fetchable(value)), "")
        if not url:
            return
        self.content.marks.append(
            Mark(
                url=absolute(url, self.base),
                offset=self.offset + len(self.line.text),
                figures=tuple(self.figures),
                alt=" ".join((element.get("alt") or "").split()),
                title=" ".join((element.get("title") or "").split()),
                credit=next((value for name in CREDIT_ATTRIBUTES if (value := element.get(name))), ""),
                width=element.get("width") or "",
                height=element.get("height") or "",
                element=element,
            )
        )


def _fetchable(url: str) -> bool:
    return not url.strip().lower().startswith(("data:", "blob:", "cid:", "javascript:", "about:"))

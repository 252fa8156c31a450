"""What the markup of an entry's content says: its images in order, captions, and statements about licence and origin.

One walk over one parse, and only where the content holds something to look at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, cast

from lxml import etree

from aggregator.text.html import collapse
from aggregator.text.urls import absolute

INTERESTING = ("<img", "<figure", "license", "licence", "canonical", 'rel="via', "rel='via", "rel=via")
"""What content must hold, in lower case, for its markup to be worth a parse."""
_BLOCKS = (
    "p div figure figcaption li ul ol td th tr table section article header footer aside blockquote h1 h2 h3 h4 h5 h6 br"
    " hr pre dl dt dd center main body html noscript nav form"
)
BLOCKS = frozenset(_BLOCKS.split())
SKIPPED = frozenset({"script", "style", "template", "svg", "math", "title"})
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


REACH = 300
"""Characters of text between an image and a line that may be its credit (DEDUPE section 4.1)."""
DEEPEST = 200
"""Elements nested deeper than this hold nothing that a reader would call a caption."""


@dataclass(slots=True)
class Line:
    """A block of text: what a reader sees as one line or paragraph."""

    start: int
    base: str
    text: str = ""
    hrefs: list[tuple[str, str]] = field(default_factory=list)
    """(text, href as written) of its links."""
    figure: int | None = None
    caption: bool = False
    """Stands in a caption, or in an element whose class speaks of credits."""

    @property
    def links(self) -> list[tuple[str, str]]:
        """(text, absolute url) of its links; resolved only where they are asked for, as most lines are never read."""
        return [(words, absolute(href, self.base)) for words, href in self.hrefs]


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


def read(source: str, base: str) -> Content:
    """The facts in `source`; urls are resolved against `base`. Never raises on broken markup."""
    folded = source.lower()
    if not any(sign in folded for sign in INTERESTING):
        return Content()
    root = parse(source)
    if root is None:
        return Content()
    return _Walk(base, whole=any(sign in folded for sign in INTERESTING[2:])).over(root)


def lines(source: str, base: str) -> list[Line]:
    """The lines of any markup, with their links."""
    root = parse(source) if source else None
    return [] if root is None else _Walk(base, whole=True).over(root).lines


def parse(source: str) -> Any:
    """The tree of a piece of HTML; None where there is none."""
    parser = cast("Any", etree).HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(source.encode("utf-8", "replace"), parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


class _Walk:
    """One walk in document order. Unless the `whole` is asked for it ends where no image is near any more."""

    def __init__(self, base: str, *, whole: bool) -> None:
        self.base = base
        self.whole = whole
        self.images = 0
        self.depth = 0
        self.done = False
        self.content = Content()
        self.offset = 0
        self.figures: list[int] = []
        self.captions = 0
        self.anchors: list[tuple[str, int]] = []
        self.line = Line(0, base)

    def over(self, root: Any) -> Content:
        self.images = 0 if self.whole else len(root.findall(".//img"))
        self._visit(root)
        self._flush()
        return self.content

    def _visit(self, element: Any) -> None:
        tag = element.tag
        if self.done or not isinstance(tag, str) or tag in SKIPPED or self.depth > DEEPEST:
            return
        if tag == "img":
            self.images -= 1
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
            self.anchors.append((element.get("href") or "", len(self.line.text)))
        if (rel := element.get("rel")) and (href := element.get("href")):
            self._related(element, rel.lower().split(), absolute(href, self.base))
        if text := element.text:
            self.line.text += text
        self.depth += 1
        for child in element:
            self._visit(child)
            if tail := child.tail:
                self.line.text += tail
        self.depth -= 1
        if tag == "a":
            href, start = self.anchors.pop()
            self.line.hrefs.append((" ".join(self.line.text[start:].split()), href))

    def _flush(self) -> None:
        text = self.line.text and collapse(self.line.text)
        figure, caption = (self.figures[-1] if self.figures else None), self.captions > 0
        if text:
            self.line.text = text
            self.line.start = self.offset
            self.content.lines.append(self.line)
            self.offset += len(text) + 1
            self.line = Line(self.offset, self.base, figure=figure, caption=caption)
            self.done = self._is_far()
        else:
            self.line.text, self.line.figure, self.line.caption = "", figure, caption
        if self.anchors:
            self.anchors = [(href, 0) for href, _ in self.anchors]

    def _is_far(self) -> bool:
        if self.whole or self.images > 0 or self.figures or not self.content.marks:
            return False
        return self.offset > self.content.marks[-1].offset + REACH

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

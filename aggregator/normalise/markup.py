"""What the markup of an entry's content says: its images in order, captions, and statements about licence and origin.

One walk over one parse, and only where the content holds something to look at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple, cast

from lxml import etree

from aggregator.text.html import collapse
from aggregator.text.urls import absolute

PICTURES = (b"<img", b"<figure")
STATEMENTS = (
    (b"licen", (b"license", b"licence")),
    (b"canonical", (b"canonical",)),
    (b"via", (b'rel="via', b"rel='via", b"rel=via")),
)
"""What stands in every statement about the whole entry, and the forms of it."""
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
LICENCES = frozenset({"license", "licence", "cc:license", "dct:license"})
RELATIONS = frozenset({"canonical", "via"})
STATING = LICENCES | RELATIONS
SOURCES = ("src", "data-src", "data-lazy-src", "data-original", "data-orig-file", "data-full-url")
_PARSER = cast("Any", etree).HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)

REACH = 300
"""Characters of text between an image and a line that may be its credit (DEDUPE section 4.1)."""
DEEPEST = 200
"""Elements nested deeper than this hold nothing that a reader would call a caption."""


@dataclass(slots=True)
class Line:
    """A block of text: what a reader sees as one line or paragraph."""

    start: int
    base: str
    text: str
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
    """The lines that may speak of an image; all where the content states something of the whole entry."""
    licences: list[Licensed] = field(default_factory=list)
    relations: list[tuple[str, str]] = field(default_factory=list)
    """(rel, href) of ``canonical`` and ``via`` links."""


def read(source: str, base: str) -> Content:
    """The facts in `source`; urls are resolved against `base`. Never raises on broken markup."""
    encoded = source.encode("utf-8", "replace")
    folded = encoded.lower()
    whole = _is_stating(folded)
    if not (whole or any(sign in folded for sign in PICTURES)):
        return Content()
    root = _tree(encoded)
    return Content() if root is None else _Walk(base, whole=whole).over(root)


def _is_stating(folded: bytes) -> bool:
    """Whether markup, in lower case, may state a licence or an origin of the whole entry."""
    return any(sign in folded and any(form in folded for form in forms) for sign, forms in STATEMENTS)


def lines(source: str, base: str) -> list[Line]:
    """The lines of any markup, with their links."""
    root = parse(source) if source else None
    return [] if root is None else _Walk(base, whole=True).over(root).lines


def parse(source: str) -> Any:
    """The tree of a piece of HTML; None where there is none."""
    return _tree(source.encode("utf-8", "replace"))


def _tree(encoded: bytes) -> Any:
    try:
        return etree.fromstring(encoded, _PARSER)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


class _Kind(NamedTuple):
    """What an element does to the lines around it."""

    block: bool
    figure: bool
    caption: bool
    anchor: bool


@lru_cache(maxsize=2048)
def _kind(tag: str, classes: str | None) -> _Kind | None:
    """The kind of an element by its tag and class; None where it does nothing."""
    figure = tag == "figure" or (classes is not None and FIGURE_CLASS.search(classes) is not None)
    caption = tag == "figcaption" or (classes is not None and not figure and CREDIT_CLASS.search(classes) is not None)
    kind = _Kind(block=figure or caption or tag in BLOCKS, figure=figure, caption=caption, anchor=tag == "a")
    return kind if any(kind) else None


class _Walk:
    """One walk in document order. Unless the `whole` is asked for it ends where no image is near any more."""

    def __init__(self, base: str, *, whole: bool) -> None:
        self.base = base
        self.whole = whole
        self.images = 0
        self.done = False
        self.content = Content()
        self.offset = 0
        self.numbered = 0
        self.figures: list[int] = []
        """The figures that are open, outermost first."""
        self.captions = 0
        self.anchors: list[tuple[str, int]] = []
        """The links that are open: href, and the first of `pieces` that is theirs."""
        self.pieces: list[str] = []
        """The text of the line so far."""
        self.hrefs: list[tuple[str, str]] = []
        self.licensed: list[Licensed] = []

    def over(self, root: Any) -> Content:
        self.images = 0 if self.whole else sum(1 for _ in root.iter("img"))
        walk = cast("Any", etree).iterwalk(root, events=("start", "end"))
        kinds: list[_Kind | None] = []
        pieces = self.pieces
        for event, element in walk:
            if event == "end":
                if kind := kinds.pop():
                    self._leave(kind)
                if tail := element.tail:
                    pieces.append(tail)
            elif element.tag in SKIPPED or len(kinds) > DEEPEST:
                walk.skip_subtree()
                kinds.append(None)
            elif element.tag == "img":
                self._image(element)
                kinds.append(None)
            else:
                if kind := _kind(element.tag, element.get("class")):
                    self._enter(element, kind)
                if rel := element.get("rel"):
                    self._related(element, rel.lower().split())
                if text := element.text:
                    pieces.append(text)
                kinds.append(kind)
            if self.done:
                break
        self._flush()
        return self.content

    def _enter(self, element: Any, kind: _Kind) -> None:
        if kind.block and self.pieces:
            self._flush()
        if kind.figure:
            self.figures.append(self.numbered)
            self.numbered += 1
        if kind.caption:
            self.captions += 1
        if kind.anchor:
            self.anchors.append((element.get("href") or "", len(self.pieces)))

    def _leave(self, kind: _Kind) -> None:
        if kind.anchor:
            href, first = self.anchors.pop()
            self.hrefs.append((" ".join("".join(self.pieces[first:]).split()), href))
        if kind.block and self.pieces:
            self._flush()
        if kind.figure:
            self.figures.pop()
        if kind.caption:
            self.captions -= 1

    def _figure(self) -> int | None:
        return self.figures[-1] if self.figures else None

    def _flush(self) -> None:
        """End the line, where there is one."""
        text = collapse("".join(self.pieces))
        self.pieces.clear()
        if self.anchors:
            self.anchors = [(href, 0) for href, _ in self.anchors]
        if text:
            line = Line(self.offset, self.base, text, self.hrefs, self._figure(), self.captions > 0)
            if not (self.whole or self.figures or self.content.marks):
                self.content.lines.clear()
            self.content.lines.append(line)
            self.offset += len(text) + 1
            self.hrefs = []
            while self.licensed:
                self.licensed.pop().line = line
            self.done = self._is_far()

    def _is_far(self) -> bool:
        if self.whole or self.images > 0 or self.figures or not self.content.marks:
            return False
        return self.offset > self.content.marks[-1].offset + REACH

    def _related(self, element: Any, rel: list[str]) -> None:
        href = element.get("href")
        if not href or STATING.isdisjoint(rel):
            return
        url = absolute(href, self.base)
        self.content.relations.extend((word, url) for word in rel if word in RELATIONS)
        if not LICENCES.isdisjoint(rel):
            about = any(parent.get("about") for parent in (element, *element.iterancestors()))
            text = " ".join(element.itertext()).strip()
            self.licensed.append(Licensed(url, text, figure=self._figure(), about=about))
            self.content.licences.append(self.licensed[-1])

    def _image(self, element: Any) -> None:
        self.images -= 1
        url = next((value.strip() for name in SOURCES if (value := element.get(name)) and _fetchable(value)), "")
        if not url:
            return
        self.content.marks.append(
            Mark(
                url=absolute(url, self.base),
                offset=self.offset + sum(map(len, self.pieces)),
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

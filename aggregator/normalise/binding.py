"""Which credit belongs to which image of the content: by vocabulary, by figure, by attribute, by position.

An inner statement overrides an outer one. A credit line outside of figures belongs to the image right before it, within
`REACH` characters of text; where it is not clear which of several images a line speaks of, what it says is unverified.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from aggregator.model.attribution import Image
from aggregator.model.licence import Evidence, Origin
from aggregator.normalise import creditparts, images, licences, structured
from aggregator.normalise.credits import Credit, CreditContext, parse_credit, worth_reading
from aggregator.normalise.markup import REACH, Content, Licensed, Line, Mark
from aggregator.normalise.structured import Stated, Structured

SHARED = 0.7
"""The confidence of a credit that stands under several images."""
LONGEST = 400


@dataclass(slots=True)
class Bound:
    """The images of a content with their credits, and the credit lines that were used."""

    images: list[Image] = field(default_factory=list)
    lines: list[tuple[Line, Credit]] = field(default_factory=list)

    @property
    def used(self) -> list[str]:
        """The credits as found, for taking them out of an excerpt."""
        return [credit.raw for _, credit in self.lines]


def bind(content: Content, facts: Structured, base: str, *, marked: bool) -> Bound:
    """The images of `content`, each with what is said of it. `marked`: there is microdata or RDFa to look at."""
    bound = Bound()
    marks = [mark for mark in content.marks if images.shown(mark.url, mark.width, mark.height)]
    by_key = {images.key(url): stated for url, stated in facts.images.items()}
    lines = content.lines
    own = [line for line in lines if not _of_page(line, content.licences)] if content.licences else lines
    near = _near(own, marks)
    for index, mark in enumerate(marks):
        image = images.from_mark(mark)
        for stated in filter(
            None, (by_key.get(images.key(mark.url)), structured.scoped(mark.element, base) if marked else None)
        ):
            image = with_stated(image, stated)
        image = _captioned(image, mark, marks, content, bound)
        image = _attributes(image, mark)
        for line, credit in near.get(index, ()):
            bound.lines.append((line, credit))
            image = images.with_credit(
                image, credit, Origin.TEXT, "text near the image", start=line.start + credit.start
            )
        bound.images.append(image)
    return bound


def _use(bound: Bound, image: Image, line: Line, credit: Credit, origin: Origin, locator: str) -> Image:
    """The image with a credit; the line counts as its credit line only where it does not contradict what is known."""
    if not images.contradicts(image, credit):
        bound.lines.append((line, credit))
    return images.with_credit(image, credit, origin, locator, start=line.start + credit.start)


def with_stated(image: Image, stated: Stated) -> Image:
    """The image with what a vocabulary says of it."""
    if stated.copyright and not image.copyright:
        found = Evidence(fact="copyright", origin=Origin.STRUCTURED, locator=stated.locator, text=stated.copyright)
        image = replace(image, copyright=stated.copyright, evidence=(*image.evidence, found))
    return images.with_credit(image, stated.credit, Origin.STRUCTURED, stated.locator)


def _captioned(image: Image, mark: Mark, marks: Sequence[Mark], content: Content, bound: Bound) -> Image:
    """The credits in the figures around an image, the innermost first."""
    for depth, figure in enumerate(reversed(mark.figures)):
        inside = [other for other in marks if figure in other.figures]
        found = list(_figure_lines(content.lines, figure, mark))
        mine = [(line, credit) for line, credit in found if _is_mine(line, mark, inside, len(found))]
        for line, credit in mine:
            shared = len(inside) > 1 and (len(found) == 1 or depth > 0)
            believed = replace(credit, confidence=min(credit.confidence, SHARED)) if shared else credit
            image = _use(bound, image, line, believed, Origin.MARKUP, _place(line))
        if len(inside) == 1:
            image = _licensed(image, content.licences, figure)
    return image


def _figure_lines(lines: Sequence[Line], figure: int, mark: Mark) -> Iterator[tuple[Line, Credit]]:
    for line in lines:
        if line.figure == figure and (line.caption or len(line.text) <= LONGEST):
            credit = parse_credit(line.text, line.links, context=CreditContext.CAPTION)
            if credit and credit.raw != mark.alt:
                yield line, credit


def _is_mine(line: Line, mark: Mark, inside: Sequence[Mark], found: int) -> bool:
    """Whether a line of a figure with several images and several credits stands right after this image."""
    if len(inside) == 1 or found == 1:
        return True
    before = [other for other in inside if other.offset <= line.start]
    return bool(before) and before[-1] is mark


def _place(line: Line) -> str:
    return "figure > figcaption" if line.caption else "figure"


def _licensed(image: Image, stated: Sequence[Licensed], figure: int) -> Image:
    """A ``rel=license`` link in a figure that holds one image: a licence of that image."""
    for one in stated:
        licence = licences.from_url(one.href) if one.figure == figure else None
        if licence and image.licence is None:
            credit = Credit(raw="", licence=licence)
            image = images.with_credit(image, credit, Origin.MARKUP, "figure a[rel=license]")
    return image


def _attributes(image: Image, mark: Mark) -> Image:
    """The credits in an image's own attributes."""
    if mark.credit:
        credit = parse_credit(" ".join(mark.credit.split()), (), context=CreditContext.FIELD)
        if credit:
            image = images.with_credit(image, credit, Origin.MARKUP, "img[data-credit]")
    for name, text in (("title", mark.title), ("alt", mark.alt)):
        credit = parse_credit(text, (), context=CreditContext.NEAR) if text else None
        if credit:
            image = images.with_credit(image, credit, Origin.MARKUP, f"img[{name}]")
    return image


def _near(lines: Sequence[Line], marks: Sequence[Mark]) -> dict[int, list[tuple[Line, Credit]]]:
    """Credit lines outside of figures, by the number of the image that they belong to."""
    found: dict[int, list[tuple[Line, Credit]]] = {}
    offsets = [mark.offset for mark in marks]
    for line in lines if marks else ():
        index = _nearest(line, marks, offsets) if line.figure is None else None
        if index is None or index in found or not (line.caption or worth_reading(line.text)):
            continue
        context = CreditContext.CAPTION if line.caption else CreditContext.NEAR
        credit = parse_credit(line.text, line.links, context=context)
        if credit:
            found[index] = [(line, credit)]
    return found


def _of_page(line: Line, stated: Sequence[Licensed]) -> bool:
    """Whether a line outside of figures states a licence without naming a picture: then it speaks of the whole entry."""
    if not any(one.line is line for one in stated):
        return False
    return not (line.caption or _says_picture(line))


def _says_picture(line: Line) -> bool:
    folded = creditparts.fold(line.text).lstrip(" ([")
    return folded.startswith('"') or bool(
        creditparts.label_pattern("strong").match(folded) or creditparts.by_pattern("by").match(folded)
    )


def _nearest(line: Line, marks: Sequence[Mark], offsets: Sequence[int]) -> int | None:
    """The number of the image that a line may belong to: the one before it, else the one right behind it."""
    end = line.start + len(line.text)
    after = bisect_right(offsets, end)
    if after and line.start - offsets[after - 1] <= REACH:
        before = marks[after - 1]
        return after - 1 if not before.figures or not _credited_by_figure(before, line) else None
    return after if after < len(marks) and offsets[after] - end <= 2 else None


def _credited_by_figure(mark: Mark, line: Line) -> bool:
    """A figure speaks for itself: only a line right behind it may still belong to its image."""
    return line.start - mark.offset > REACH // 3 and not line.caption


def page_licences(content: Content) -> list[Licensed]:
    """The ``rel=license`` links that speak of the whole entry.

    Not one in a figure, and not one in a line that reads as the credit of a picture, even where it is not clear of which.
    """
    return [
        one
        for one in content.licences
        if one.figure is None and not one.about and not (one.line and _is_credit(one.line))
    ]


def _is_credit(line: Line) -> bool:
    if line.caption or _says_picture(line):
        return True
    return parse_credit(line.text, line.links, context=CreditContext.NEAR) is not None

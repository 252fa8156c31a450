"""Media RSS: each object with the credits, licences and titles that are its own.

The specification's optional elements may stand at channel, item, group and content level; an inner one replaces the
outer ones of its kind. A group's and an item's elements therefore never mix with those of one of its contents.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree

from aggregator.model.entry import RawMedia, RawPerson, RawRights
from aggregator.parse.nodes import Context, attribute, children, text_of
from aggregator.parse.people import credit
from aggregator.parse.rights import rights

_RIGHTS = ("media:license", "media:copyright", "media:rights")
OPTIONAL = frozenset(
    {"media:credit", "media:title", "media:description", "media:thumbnail", "media:player", *_RIGHTS},
)


@dataclass(frozen=True, slots=True)
class Shared:
    """The optional elements of one level, those of the outer levels included."""

    title: str = ""
    description: str = ""
    thumbnails: tuple[etree._Element, ...] = ()
    player: str = ""
    credits: tuple[RawPerson, ...] = ()
    license: tuple[RawRights, ...] = ()
    copyright: tuple[RawRights, ...] = ()
    rights: tuple[RawRights, ...] = ()

    @property
    def statements(self) -> tuple[RawRights, ...]:
        return self.license + self.copyright + self.rights


def shared(elements: list[tuple[str, etree._Element]], outer: Shared, context: Context) -> Shared:
    """The level of these sibling elements within `outer`; only what stands in `OPTIONAL` counts."""
    found: dict[str, list[etree._Element]] = {}
    for name, element in elements:
        if name in OPTIONAL:
            found.setdefault(name, []).append(element)
    if not found:
        return outer
    return replace(outer, **{_FIELD[name]: value for name in found if (value := _value(name, found[name], context))})


_FIELD = {
    "media:title": "title",
    "media:description": "description",
    "media:thumbnail": "thumbnails",
    "media:player": "player",
    "media:credit": "credits",
    "media:license": "license",
    "media:copyright": "copyright",
    "media:rights": "rights",
}


def _value(name: str, elements: list[etree._Element], context: Context) -> Any:
    if name in {"media:title", "media:description"}:
        return text_of(elements[0])
    if name == "media:thumbnail":
        return tuple(elements)
    if name == "media:player":
        return context.link(elements[0], attribute(elements[0], "url"))
    if name == "media:credit":
        return tuple(person for element in elements if (person := credit(element)))
    return tuple(said for element in elements if (said := rights(name, element, context)))


def objects(elements: list[tuple[str, etree._Element]], level: Shared, context: Context) -> Iterator[RawMedia]:
    """The media objects among an item's child elements, in document order; `level` is the item's own.

    A thumbnail is an object of its own where it stands beside the contents; inside a content (and inside a group that
    has contents) it is that content's thumbnail.
    """
    groups = 0
    for name, element in elements:
        if name == "media:content":
            yield from _content(element, level, context, None)
        elif name == "media:group":
            yield from _group(element, level, context, groups)
            groups += 1
        elif name == "media:thumbnail":
            yield _thumbnail(element, level, context, None)


def _group(element: etree._Element, outer: Shared, context: Context, number: int) -> Iterator[RawMedia]:
    inside = children(element)
    level = shared(inside, outer, context)
    contents = [child for name, child in inside if name == "media:content"]
    for child in contents:
        yield from _content(child, level, context, number)
    if not contents:
        yield from (_thumbnail(child, level, context, number) for name, child in inside if name == "media:thumbnail")


def _content(element: etree._Element, outer: Shared, context: Context, group: int | None) -> Iterator[RawMedia]:
    inside = children(element)
    level = shared(inside, outer, context)
    url = context.link(element, attribute(element, "url"))
    if url or level.player or level.thumbnails:
        yield RawMedia(
            url=url,
            medium=attribute(element, "medium"),
            media_type=attribute(element, "type"),
            width=attribute(element, "width"),
            height=attribute(element, "height"),
            length=attribute(element, "fileSize", "filesize"),
            duration=attribute(element, "duration"),
            title=level.title,
            description=level.description,
            credits=level.credits,
            rights=level.statements,
            group=group,
            default=attribute(element, "isDefault").lower() == "true",
            player=level.player,
            thumbnail=_first_thumbnail(level, context),
        )
    for name, child in inside:
        if name == "media:content":
            yield from _content(child, level, context, group)


def _first_thumbnail(level: Shared, context: Context) -> str:
    if not level.thumbnails:
        return ""
    first = level.thumbnails[0]
    return context.link(first, attribute(first, "url") or text_of(first))


def _thumbnail(element: etree._Element, level: Shared, context: Context, group: int | None) -> RawMedia:
    return RawMedia(
        url=context.link(element, attribute(element, "url") or text_of(element)),
        element="media:thumbnail",
        medium="image",
        width=attribute(element, "width"),
        height=attribute(element, "height"),
        title=level.title,
        description=level.description,
        credits=level.credits,
        rights=level.statements,
        group=group,
    )

"""Images in Media RSS (version 1.5.1): each with its own credit, licence, title and rights, never another's."""

from __future__ import annotations

from collections.abc import Iterator

from aggregator.model.attribution import Image, ImagePlace
from aggregator.publish import facts
from aggregator.publish.inert import inert
from aggregator.publish.namespaces import DCTERMS, MEDIA, RDF
from aggregator.publish.node import Node, optional
from aggregator.text.urls import split

_TYPES = {
    "avif": "image/avif",
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "svg": "image/svg+xml",
    "webp": "image/webp",
}
DISTRIBUTOR = "distribution company"
"""EBU's role for whoever an image was taken from; the creator has no role, as we do not know it."""


def image_type(image: Image) -> str | None:
    """What the publisher says, else what the address ends in."""
    parts = split(image.url)
    return image.media_type or (_TYPES.get(parts.path.rpartition(".")[2].lower()) if parts else None)


def media_nodes(images: tuple[Image, ...], *, licence_element: bool = False) -> Iterator[Node]:
    """``media:content`` for each image, and a thumbnail for the lead one.

    A licence stands in ``dcterms:license`` and as the address of ``media:copyright``. `licence_element` adds
    ``media:license`` (Media RSS 1.5), which the validator at validator.w3.org does not know and calls an error.
    """
    for image in images:
        yield _content(image, licence_element=licence_element)
    lead = next((image for image in images if image.place is ImagePlace.LEAD), None)
    if lead is not None:
        yield Node(_name("thumbnail"), None, (("url", lead.url), *_size(lead)))


def _content(image: Image, *, licence_element: bool) -> Node:
    length = str(image.length) if image.length else None
    attributes = (("url", image.url), ("medium", "image"), ("type", image_type(image)), ("fileSize", length))
    children = (*_children(image), *_licence(image, element=licence_element))
    return Node(_name("content"), None, (*attributes, *_size(image)), children)


def _children(image: Image) -> Iterator[Node | None]:
    yield _optional("title", image.title, type="plain")
    yield _optional("description", image.description or image.alt, type="plain")
    yield _optional("credit", image.creator)
    yield _optional("credit", image.source_name, role=DISTRIBUTOR, scheme="urn:ebu")


def _licence(image: Image, *, element: bool) -> Iterator[Node | None]:
    licence = facts.stated(image.licence)
    url = licence.url if licence else None
    words = image.copyright or (facts.licence_name(licence) if licence else None)
    yield _optional("copyright", words, url=url)
    if url:
        yield Node(f"{{{DCTERMS}}}license", None, ((f"{{{RDF}}}resource", url),))
    if licence is not None and element:
        yield _optional("license", facts.licence_name(licence), type="text/html" if url else None, href=url)


def _optional(name: str, text: str | None, **attributes: str | None) -> Node | None:
    return optional(_name(name), inert(text) if text else None, **attributes)


def _size(image: Image) -> tuple[tuple[str, str | None], ...]:
    width, height = (str(size) if size else None for size in (image.width, image.height))
    return ("width", width), ("height", height)


def _name(local: str) -> str:
    return f"{{{MEDIA}}}{local}"

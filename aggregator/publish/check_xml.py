"""What Atom, RSS and OPML have in common: bytes that are one well-formed tree in known namespaces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from lxml import etree

from aggregator.publish import namespaces
from aggregator.publish.check_values import check_characters, check_media_type, check_positive, check_url
from aggregator.publish.images import DISTRIBUTOR
from aggregator.publish.problems import Problem, error, warning

_KNOWN = {None} | {value for key, value in vars(namespaces).items() if key.isupper() and isinstance(value, str)}
_MEDIA_CHILDREN = {"title", "description", "credit", "copyright", "thumbnail", "keywords", "rating", "hash", "text"}
_LARGEST = 5_000_000
"""The validator refuses more; so do several readers."""


def parse(body: bytes) -> tuple[Any, list[Problem]]:
    """The root element, or None with the reasons."""
    problems = list(_bytes(body))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as fault:
        return None, [*problems, error("SAXError", f"It is not well-formed: {fault.msg}.")]
    if cast("Any", root).getroottree().docinfo.doctype:
        problems.append(error("InvalidDoctype", "It has a document type."))
    return root, problems


def _bytes(body: bytes) -> Iterator[Problem]:
    if len(body) > _LARGEST:
        yield error("ValidatorLimit", f"It has {len(body)} bytes; readers stop at {_LARGEST}.")
    if body.startswith(b"\xef\xbb\xbf"):
        yield warning("NotUTF8", "It begins with a byte order mark.")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        yield error("UnicodeError", "It is not UTF-8.")
        return
    if not text.lstrip("\ufeff").startswith("<?xml"):
        yield warning("MissingEncoding", "It does not begin with an XML declaration.")


def check_element(element: Any, item: int | None) -> Iterator[Problem]:
    """One element's namespace, characters, and what Media RSS asks of its own."""
    name = etree.QName(element)
    if name.namespace not in _KNOWN:
        yield warning("UnknownNamespace", f"The namespace {name.namespace} is not known.", item)
    if name.namespace == namespaces.OURS:
        yield warning("UnknownNamespace", "Our own namespace is known to few.", item)
    if element.text:
        yield from check_characters(element.text, item)
    if name.namespace == namespaces.MEDIA:
        yield from _media(element, name.localname, item)


def _media(element: Any, name: str, item: int | None) -> Iterator[Problem]:
    if name in {"content", "thumbnail"}:
        yield from check_url(element.get("url", ""), item, "image")
        for attribute in ("width", "height", "fileSize"):
            yield from check_positive(element.get(attribute), item, attribute)
        yield from check_media_type(element.get("type"), item)
    elif name == "credit" and element.get("role") not in {None, DISTRIBUTOR, "author", "photographer", "illustrator"}:
        yield error("InvalidCreditRole", f"{element.get('role')!r} is no role of the EBU's.", item)
    elif name == "license":
        yield warning("UndefinedElement", "The W3C's validator does not know media:license.", item)
    elif name not in _MEDIA_CHILDREN:
        yield error("UndefinedElement", f"media:{name} does not exist.", item)
    if len({child.tag for child in element}) < len(element):
        yield from _repeated(element, item)


def _repeated(element: Any, item: int | None) -> Iterator[Problem]:
    names = [etree.QName(child).localname for child in element]
    for name in ("title", "description", "copyright"):
        if names.count(name) > 1:
            yield error("DuplicateElement", f"media:{name} stands twice for one image.", item)


def child_text(element: Any, name: str) -> str:
    """The text of the first child with this name in Clark notation; empty where there is none."""
    return element.findtext(name) or ""

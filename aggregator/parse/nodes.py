"""What every element reader needs: text, attributes, bases and languages of lxml elements."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from lxml import etree

from aggregator.parse.names import XML, canonical

BASE: Final = f"{XML}base"
LANG: Final = f"{XML}lang"
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_CONTROL = re.compile(r"[\t\n\r]+")


@dataclass(frozen=True, slots=True)
class Context:
    """The facts of a document that its elements' readers share."""

    url: str
    """The document's own url."""
    bases: bool
    """Whether any ``xml:base`` occurs at all: most documents have none."""
    languages: bool
    """Whether any ``xml:lang`` occurs at all."""

    def base(self, element: etree._Element) -> str | None:
        """The nearest ``xml:base``, resolved against the outer ones; None: the document's own url."""
        if not self.bases:
            return None
        chain = [value for node in self._lineage(element) if (value := node.get(BASE))]
        if not chain:
            return None
        url = self.url
        for value in reversed(chain):
            url = resolve(url, value) or url
        return url

    def link(self, element: etree._Element, reference: str | None) -> str:
        """`reference` as absolute url; empty where there is none or it cannot be read."""
        if not reference:
            return ""
        reference = reference.strip()
        if "\n" in reference or "\t" in reference or "\r" in reference:
            reference = _CONTROL.sub("", reference)
        if not self.bases or _ABSOLUTE.match(reference):
            return resolve(self.url, reference)
        return resolve(self.base(element) or self.url, reference)

    def language(self, element: etree._Element, top: etree._Element) -> str | None:
        """The nearest ``xml:lang`` from `element` up to `top`, both included."""
        if not self.languages:
            return None
        for node in self._lineage(element):
            value = node.get(LANG)
            if value:
                return value
            if node is top:
                break
        return None

    @staticmethod
    def _lineage(element: etree._Element) -> list[etree._Element]:
        return [element, *element.iterancestors()]


def resolve(base: str, reference: str) -> str:
    """RFC 3986 section 5 of untrusted strings: empty where the reference cannot be read."""
    reference = reference.strip()
    if not reference:
        return ""
    if _ABSOLUTE.match(reference):
        return reference
    try:
        return urljoin(base, reference)
    except ValueError:
        return ""


def text_of(element: etree._Element) -> str:
    """All characters inside an element, without white space at the ends."""
    if len(element) == 0:
        return (element.text or "").strip()
    return "".join(map(str, element.itertext())).strip()


def name_of(element: etree._Element) -> str:
    """The canonical name of an element; empty for comments, instructions and entities."""
    tag: object = element.tag
    return canonical(tag) if isinstance(tag, str) else ""


def children(element: etree._Element) -> list[tuple[str, etree._Element]]:
    """The child elements with their canonical names."""
    return [(name, child) for child in element if (name := name_of(child))]


def attribute(element: etree._Element, *names: str) -> str:
    """The first attribute of these that has a value, without white space at the ends."""
    get = element.get
    for name in names:
        value = get(name)
        if value:
            value = value.strip()
            if value:
                return value
    return ""

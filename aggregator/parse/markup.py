"""HTML pages as lxml trees, for page sources and autodiscovery."""

from __future__ import annotations

from lxml import etree

from aggregator.parse.nodes import attribute, resolve
from aggregator.text.xml import xml_safe


def tree(body: bytes) -> etree._Element | None:
    """The tree of a UTF-8 page; None where nothing can be made of it."""
    parser = etree.HTMLParser(
        encoding="utf-8",
        no_network=True,
        recover=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root: etree._Element | None = etree.fromstring(body, parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    return root


def base_of(root: etree._Element, url: str) -> str:
    """The page's base: its first ``base href``, else its own url (HTML, section 4.2.3)."""
    for element in root.iter("base"):
        href = attribute(element, "href")
        if href:
            return resolve(url, href) or url
    return url


def words_of(element: etree._Element) -> str:
    """The visible words of an element, with single spaces."""
    return " ".join(xml_safe("".join(map(str, element.itertext()))).split())

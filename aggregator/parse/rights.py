"""Statements about rights and licences as written, each with the element it stood in.

RFC 4287 section 4.2.10, RFC 4946, RSS 2.0 ``copyright``, Dublin Core, both ``cc`` and both ``creativeCommons``
namespaces, Media RSS, the podcast namespace.
"""

from __future__ import annotations

from lxml import etree

from aggregator.model.entry import RawRights
from aggregator.parse.names import RDF
from aggregator.parse.nodes import Context, attribute, resolve, text_of

SPELLINGS = {
    "copyright": "copyright",
    "rights": "rights",
    "license": "license",
    "atom:rights": "rights",
    "atom:copyright": "copyright",
    "dc:rights": "dc:rights",
    "dc:license": "dc:license",
    "dc:rightsholder": "dc:rightsHolder",
    "dcterms:rights": "dcterms:rights",
    "dcterms:rightsholder": "dcterms:rightsHolder",
    "dcterms:accessrights": "dcterms:accessRights",
    "dcterms:license": "dcterms:license",
    "cc:license": "cc:license",
    "cc:attributionname": "cc:attributionName",
    "cc:attributionurl": "cc:attributionURL",
    "creativecommons:license": "creativeCommons:license",
    "podcast:license": "podcast:license",
    "media:license": "media:license",
    "media:copyright": "media:copyright",
    "media:rights": "media:rights",
}
LINK = "atom:link[rel=license]"


def rights(name: str, element: etree._Element, context: Context) -> RawRights | None:
    """The statement in an element with this canonical name; None where it says nothing.

    A url may stand in ``rdf:resource``, ``href`` or ``url``, or be the text itself.
    """
    text = text_of(element) or attribute(element, "status")
    url = attribute(element, f"{RDF}resource", f"{RDF}about", "href", "url", "resource")
    if not url and text.startswith(("http://", "https://")) and not any(map(str.isspace, text)):
        url, text = text, ""
    if not url and not text:
        return None
    return RawRights(element=SPELLINGS[name], text=text, url=context.link(element, url))


def of_link(href: str, title: str) -> RawRights:
    """A licence link (RFC 4946); `href` is absolute already."""
    return RawRights(element=LINK, text=title, url=href)


def plain(element: str, *, text: str = "", url: str = "", base: str = "") -> RawRights:
    return RawRights(element=element, text=text, url=resolve(base, url) if url else "")

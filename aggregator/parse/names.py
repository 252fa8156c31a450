"""Namespaces and element names: every spelling in the wild becomes one canonical ``prefix:local`` in lower case.

Elements of the RSS family have no prefix, those of Atom 0.3 and 1.0 have ``atom:``; an element of an unknown namespace
has the prefix ``?``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

XML: Final = "{http://www.w3.org/XML/1998/namespace}"
ATOM_03: Final = "http://purl.org/atom/ns#"
ATOM_10: Final = "http://www.w3.org/2005/atom"
RDF: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
XHTML: Final = "http://www.w3.org/1999/xhtml"

_NAMESPACES: Final = {
    "": "",
    "http://backend.userland.com/rss": "",
    "http://backend.userland.com/rss2": "",
    "http://backend.userland.com/rss091": "",
    "http://backend.userland.com/rss092": "",
    "http://blogs.law.harvard.edu/tech/rss": "",
    "http://cyber.law.harvard.edu/rss/rss.html": "",
    "http://www.rssboard.org/rss-specification": "",
    "http://purl.org/rss/1.0": "",
    "http://purl.org/net/rss1.1#": "",
    "http://my.netscape.com/rdf/simple/0.9": "",
    "http://my.netscape.com/publish/formats/rss-0.91.dtd": "",
    "http://channel.netscape.com/rdf/simple/0.9": "",
    "http://example.com/newformat#": "atom",
    "http://example.com/necho": "atom",
    "http://purl.org/echo": "atom",
    "uri/of/echo/namespace#": "atom",
    ATOM_03: "atom",
    "http://purl.org/atom/ns": "atom",
    ATOM_10: "atom",
    "http://www.w3.org/2005/atom/ns": "atom",
    "http://purl.org/atompub/tombstones/1.0": "at",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://purl.org/dc/elements/1.1": "dc",
    "http://purl.org/dc/elements/1.0": "dc",
    "http://purl.org/dc/terms": "dcterms",
    "http://purl.org/rss/1.0/modules/content": "content",
    "http://purl.org/rss/1.0/modules/syndication": "sy",
    "http://web.resource.org/cc": "cc",
    "http://creativecommons.org/ns#": "cc",
    "http://backend.userland.com/creativecommonsrssmodule": "creativecommons",
    "http://cyber.law.harvard.edu/rss/creativecommonsrssmodule.html": "creativecommons",
    "http://search.yahoo.com/mrss": "media",
    "http://www.rssboard.org/media-rss": "media",
    "http://video.search.yahoo.com/mrss": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://example.com/dtds/podcast-1.0.dtd": "itunes",
    "https://podcastindex.org/namespace/1.0": "podcast",
    "https://github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md": "podcast",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://www.pheedo.com/namespace/pheedo": "pheedo",
    "http://purl.org/syndication/history/1.0": "fh",
    "http://webfeeds.org/rss/1.0": "webfeeds",
    XHTML: "xhtml",
}
_PREFIXES: Final = {
    "atom": "atom",
    "atom10": "atom",
    "a10": "atom",
    "cc": "cc",
    "content": "content",
    "creativecommons": "creativecommons",
    "dc": "dc",
    "dcterms": "dcterms",
    "feedburner": "feedburner",
    "fh": "fh",
    "itunes": "itunes",
    "media": "media",
    "pheedo": "pheedo",
    "podcast": "podcast",
    "rdf": "rdf",
    "sy": "sy",
    "webfeeds": "webfeeds",
}


@lru_cache(maxsize=4096)
def canonical(tag: str) -> str:
    """The canonical name of an lxml tag: ``{http://purl.org/dc/elements/1.1/}creator`` is ``dc:creator``.

    Prefixes that were never declared (recovered documents keep them in the local name) are read by habit.
    """
    uri, local = split(tag)
    prefix = _NAMESPACES.get(uri.lower().rstrip("/"), "?")
    if ":" in local:
        habit, _, local = local.partition(":")
        prefix = _PREFIXES.get(habit.lower(), "?")
    local = local.lower()
    return f"{prefix}:{local}" if prefix else local


def split(tag: str) -> tuple[str, str]:
    """Namespace and local name of an lxml tag."""
    if tag.startswith("{"):
        uri, _, local = tag[1:].partition("}")
        return uri, local
    return "", tag

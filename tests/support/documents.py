"""Reads published documents back: plain lxml and JSON, nothing of ours."""

from __future__ import annotations

import json
from typing import Any

from lxml import etree

from aggregator.model.edition import Edition
from aggregator.publish.atom import write_atom
from aggregator.publish.jsonfeed import write_jsonfeed
from aggregator.publish.rss import write_rss

NAMES = {
    "a": "http://www.w3.org/2005/Atom",
    "cc": "http://backend.userland.com/creativeCommonsRssModule",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "fh": "http://purl.org/syndication/history/1.0",
    "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}


def tree(body: bytes) -> Any:
    return etree.fromstring(body)


def find(element: Any, path: str) -> list[Any]:
    """What an XPath finds, texts and attributes as plain strings."""
    found = element.xpath(path, namespaces=NAMES)
    return [str(f) if isinstance(f, str) else f for f in found]


def atom(edition: Edition) -> Any:
    return tree(write_atom(edition))


def rss(edition: Edition) -> Any:
    return tree(write_rss(edition))


def feed_json(edition: Edition) -> Any:
    return json.loads(write_jsonfeed(edition))

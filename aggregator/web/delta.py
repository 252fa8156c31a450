"""What is new in a feed document since a version that a reader has (RFC 3229 with the manipulation ``feed``).

The versions are those that this process has served: their entries' hashes, by the tags that readers were given. A
reader with another tag gets the whole document, as it would without this (PROTOCOL B-16).
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b

from lxml import etree

_TAG = re.compile(r'"[^"]*"')
_MANIPULATION = re.compile(r"(?:^|,)\s*feed\s*(?:;\s*q=(?P<weight>[0-9.]+)\s*)?(?=,|$)", re.IGNORECASE)
_ENTRY, _ID = "{http://www.w3.org/2005/Atom}entry", "{http://www.w3.org/2005/Atom}id"
_COMPLETE = "{http://purl.org/syndication/history/1.0}complete"

Entries = dict[str, bytes]
"""Hashes of whole entries by their ids."""


def asks_for_feed(a_im: str | None) -> bool:
    """Whether an ``A-IM`` names the manipulation ``feed``, with a weight above 0."""
    found = _MANIPULATION.search(a_im or "")
    return found is not None and _weight(found["weight"]) > 0


def _weight(text: str | None) -> float:
    try:
        return float(text) if text is not None else 1.0
    except ValueError:
        return 0.0


@dataclass(slots=True)
class Versions:
    """The versions of feed documents that readers may have."""

    most: int = 4_000
    """Tags remembered; the oldest are forgotten."""
    _known: OrderedDict[tuple[str, str], Entries] = field(default_factory=OrderedDict)

    def remember(self, path: str, tags: Iterator[str], body: bytes) -> None:
        """Note a version of a document under the tags of all its codings."""
        fresh = [tag for tag in tags if (path, tag) not in self._known]
        if fresh and (entries := entries_of(body)) is not None:
            for tag in fresh:
                self._known[path, tag] = entries
            while len(self._known) > self.most:
                self._known.popitem(last=False)

    def since(self, path: str, match: str, body: bytes) -> bytes | None:
        """The document with only the entries that are new or changed since the version named; None: not known."""
        for tag in _TAG.findall(match):
            known = self._known.get((path, tag))
            if known is not None:
                return without(body, known)
        return None


def entries_of(body: bytes) -> Entries | None:
    """The entries of an Atom or RSS document; None for anything else."""
    root = _parsed(body)
    return None if root is None else {name: _hash(entry) for name, entry in _entries(root)}


def without(body: bytes, known: Entries) -> bytes | None:
    """The document without the entries that are known as they stand; it is a whole feed document still.

    It does not say that it is complete: what is not in it is there all the same (RFC 5005 section 2).
    """
    root = _parsed(body)
    if root is None:
        return None
    for name, entry in list(_entries(root)):
        if known.get(name) == _hash(entry):
            _take_out(entry)
    for mark in list(root.iter(_COMPLETE)):
        _take_out(mark)
    return etree.tostring(root.getroottree(), xml_declaration=True, encoding="utf-8")


def _take_out(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _parsed(body: bytes) -> etree._Element | None:
    try:
        return etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return None


def _entries(root: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    for kind, name in ((_ENTRY, _ID), ("item", "guid")):
        for entry in root.iter(kind):
            yield entry.findtext(name) or "", entry


def _hash(entry: etree._Element) -> bytes:
    return blake2b(etree.tostring(entry, method="c14n", with_tail=False), digest_size=16).digest()

"""A small element tree as plain data: what the feed library cannot write."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aggregator.text.xml import xml_clean

_REPLACEMENT = "\ufffd"
_SUSPECT = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffc\U00010000-\U0001fffd]")


def clean(text: str) -> str:
    """The text without what XML 1.0 forbids or discourages; characters that a source had already lost become ``?``."""
    if (text.isprintable() and _REPLACEMENT not in text) or _SUSPECT.search(text) is None:
        return text
    return xml_clean(text).replace(_REPLACEMENT, "?").replace("\x85", " ")


@dataclass(frozen=True, slots=True)
class Node:
    """An element: name in Clark notation (``{namespace}local``) where it has a namespace, attributes in order."""

    name: str
    text: str | None = None
    attributes: tuple[tuple[str, str | None], ...] = ()
    """None: the attribute is left out."""
    children: tuple[Node | None, ...] = ()
    """None: nothing is written."""


def optional(name: str, text: str | None, **attributes: str | None) -> Node | None:
    """The element where there is text for it."""
    return Node(name, text, tuple(attributes.items())) if text else None

"""Titles as plain text, whatever a publisher put into them."""

from __future__ import annotations

import re
from html import unescape

from aggregator.model.entry import Text, TextKind
from aggregator.text.html import ALLOWED_TAGS, collapse, plain

_MAYBE_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)(?:\s[^<>]*)?/?>")
_ENTITY = re.compile(r"&(?:[a-zA-Z][a-zA-Z0-9]{1,30}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
_TAGS = ALLOWED_TAGS | {"font", "script", "style", "body", "html", "p"}


def plain_title(title: Text | None) -> str:
    """The title as one line of plain text.

    In HTML only names of real elements are markup, so that ``Vec<T> in Rust`` keeps its ``<T>``. A title declared as
    text is taken at its word (RFC 4287 section 3.1.1.1), but for character references, which nobody means to be read.
    """
    if title is None:
        return ""
    value = title.value
    if title.kind is TextKind.TEXT:
        return collapse(unescape(value) if "&" in value and _ENTITY.search(value) else value)
    if "<" in value:
        value = _MAYBE_TAG.sub(lambda tag: tag[0] if tag[1].lower() in _TAGS else tag[0].replace("<", "&lt;"), value)
    return collapse(plain(value)) if "<" in value else collapse(unescape(value))

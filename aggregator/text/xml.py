"""Text that may stand in an XML 1.0 document (XML 1.0 section 2.2, production ``Char``)."""

from __future__ import annotations

import re

_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]",
)
_DISCOURAGED = re.compile(
    "[\x7f-\x84\x86-\x9f\ufdd0-\ufdef"
    + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(1, 17))
    + "]",
)


def is_xml_safe(text: str) -> bool:
    """Whether every character of `text` may stand in an XML 1.0 document."""
    return _FORBIDDEN.search(text) is None


def xml_safe(text: str) -> str:
    """`text` without control characters, lone surrogates and the noncharacters that XML 1.0 forbids.

    Tab, line feed and carriage return stay. Surrogate pairs are not joined: a Python string never needs them.
    """
    if text.isascii() and text.isprintable():
        return text
    return _FORBIDDEN.sub("", text)


def xml_clean(text: str) -> str:
    """Like `xml_safe`, and also without the C1 controls and noncharacters that XML 1.0 merely discourages."""
    if text.isascii() and text.isprintable():
        return text
    return _DISCOURAGED.sub("", _FORBIDDEN.sub("", text))

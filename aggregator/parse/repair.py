"""Makes ill-formed XML readable where that is unambiguous (PROTOCOL P-46).

Undefined named entities, bare ampersands, forbidden characters, something before the prolog or after the root.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.entities import html5

_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_DECLARATION = re.compile(rb"\s*<\?xml\b[^>]{0,400}?\?>", re.IGNORECASE)
_DOCTYPE = re.compile(rb"<!DOCTYPE\b", re.IGNORECASE)
_ROOT = re.compile(rb"<([A-Za-z_][\w.:-]*)")
_FEED_ROOT = re.compile(rb"<((?:[\w.-]{1,32}:)?(?:rss|feed|RDF|opml))[\s>]", re.IGNORECASE)
_ENTRY_START = re.compile(rb"<(?:[\w.-]{1,32}:)?(?:item|entry)[\s>]", re.IGNORECASE)
_ENTRY_END = re.compile(rb"</(?:[\w.-]{1,32}:)?(?:item|entry)\s*>", re.IGNORECASE)
_AMPERSAND = re.compile(
    rb"&(?:(amp|lt|gt|quot|apos);|#([0-9]{1,8});|#[xX]([0-9A-Fa-f]{1,8});|([A-Za-z][A-Za-z0-9]{1,31});)?",
)
_VERBATIM = re.compile(rb"<!\[CDATA\[|<!--")
_DEFINITION = re.compile(rb"<!ENTITY\s+([A-Za-z][A-Za-z0-9]{1,31})\s+(?:\"([^\"<%]{0,32})\"|'([^'<%]{0,32})')\s*>")
_SYSTEM_ENTITY = re.compile(rb"<!ENTITY\s[^>]{0,200}?\s(?:SYSTEM|PUBLIC)\s", re.IGNORECASE)
_BARE_LESS = re.compile(rb"<(?![A-Za-z_/!?])")
_PROLOG = 65_536
"""Bytes in which a DOCTYPE is looked for."""


@dataclass(frozen=True, slots=True)
class Prolog:
    """A document from its root element on, and what its DOCTYPE said."""

    body: bytes
    external: bool = False
    """It named external entities; they are never read."""
    entities: Mapping[bytes, bytes] = field(default_factory=dict)
    """Short internal entities. Longer ones and such as refer to others are not kept, so that nothing can blow up."""


def without_prolog(body: bytes) -> Prolog:
    """Cut off the XML declaration and the DOCTYPE."""
    found = _DECLARATION.match(body[:1024])
    if found:
        body = body[found.end() :]
    doctype = _DOCTYPE.search(body[:_PROLOG])
    root = _ROOT.search(body[:_PROLOG])
    if doctype is None or (root is not None and root.start() < doctype.start()):
        return Prolog(body)
    end = _doctype_end(body, doctype.start())
    subset = body[doctype.start() : min(end, doctype.start() + _PROLOG)]
    return Prolog(
        body[: doctype.start()] + body[end:],
        _SYSTEM_ENTITY.search(subset) is not None,
        {
            name: (double or single).replace(b"&#38;#", b"&#")
            for name, double, single in _DEFINITION.findall(subset)
            if _flat(double or single)
        },
    )


def _flat(value: bytes) -> bool:
    """Whether an entity's value refers to characters only."""
    return b"&" not in re.sub(rb"&#\w{1,8};", b"", value)


def _doctype_end(body: bytes, start: int) -> int:
    """Offset after the DOCTYPE that begins at `start`, internal subset included."""
    bracket = body.find(b"[", start)
    angle = body.find(b">", start)
    if bracket == -1 or (angle != -1 and angle < bracket):
        return angle + 1 if angle != -1 else len(body)
    closing = body.find(b"]", bracket)
    angle = body.find(b">", closing) if closing != -1 else -1
    return angle + 1 if angle != -1 else len(body)


def repair(body: bytes, entities: Mapping[bytes, bytes]) -> bytes:
    """`body` (UTF-8, without prolog) from its first to its last tag, with entities and characters that XML can read."""
    return expand(_between_tags(_FORBIDDEN.sub(b"", body)), entities)


def expand(body: bytes, entities: Mapping[bytes, bytes]) -> bytes:
    """`body` with every reference that XML does not know by itself replaced; CDATA sections and comments stay."""
    whole = bytearray()
    for part, verbatim in _parts(body):
        whole += (
            part if verbatim else _AMPERSAND.sub(lambda found: _entity(found, entities), _BARE_LESS.sub(b"&lt;", part))
        )
    return bytes(whole)


def _parts(body: bytes) -> Iterator[tuple[bytes, bool]]:
    """The body in turns of markup and of verbatim sections."""
    position = 0
    while found := _VERBATIM.search(body, position):
        closing = b"]]>" if found[0][2:3] == b"[" else b"-->"
        end = body.find(closing, found.end())
        if end == -1:
            break
        yield body[position : found.start()], False
        yield body[found.start() : end + 3], True
        position = end + 3
    yield body[position:], False


def _between_tags(body: bytes) -> bytes:
    """Cut off what stands before the root and after its end."""
    root = root_of(body)
    if root is None:
        return body
    end = body.rfind(b"</" + root[1])
    close = body.find(b">", end) if end != -1 else -1
    return body[root.start() : close + 1] if close != -1 else body[root.start() :]


def _entity(found: re.Match[bytes], entities: Mapping[bytes, bytes]) -> bytes:
    predefined, decimal, hexadecimal, named = found.groups()
    if predefined:
        return found[0]
    if decimal or hexadecimal:
        return _reference(found[0], int(decimal) if decimal else int(hexadecimal, 16))
    if named in entities:
        return entities[named]
    character = html5.get(named.decode() + ";") if named else None
    if character is None:
        return b"&amp;" + found[0][1:]
    return character.encode().replace(b"&", b"&amp;").replace(b"<", b"&lt;")


def _reference(written: bytes, point: int) -> bytes:
    """A character reference as it stands, or nothing where XML forbids its character."""
    allowed = point in {9, 10, 13} or 0x20 <= point < 0xD800 or 0xE000 <= point < 0xFFFE or 0xFFFF < point < 0x110000
    return written if allowed else b""


def is_truncated(body: bytes) -> bool:
    """Whether the root element's end tag is missing."""
    root = root_of(body)
    if root is None or re.search(rb"</" + re.escape(root[1]) + rb"\s*>", body[root.end() :]):
        return False
    return not body[root.start() : body.find(b">", root.start()) + 1].endswith(b"/>")


def root_of(body: bytes) -> re.Match[bytes] | None:
    """The root's start tag: that of a feed where there is one near the start, whatever stands before it."""
    head = body[:_PROLOG]
    return _FEED_ROOT.search(head) or _ROOT.search(head)


def ends_inside_entry(body: bytes) -> bool:
    """Whether the last entry of a truncated document never ends: what is there of it is not what its author wrote."""
    start = max((found.start() for found in _ENTRY_START.finditer(body)), default=-1)
    return start != -1 and _ENTRY_END.search(body, start) is None

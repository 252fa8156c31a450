"""Which characters the bytes are (PROTOCOL P-45, RFC 7303 section 3.2).

BOM over charset parameter over XML declaration over UTF-8; where the authoritative one fails to decode, the next is
tried and the document flagged. The result is always UTF-8 without a byte order mark and without XML declaration.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BARE = (
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
    (b"{\x00", "utf-16-le"),
    (b"\x00{", "utf-16-be"),
)
_DECLARATION = re.compile(rb"\s*<\?xml\s[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._:-]+)[\"']", re.IGNORECASE)
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([A-Za-z0-9._:-]+)", re.IGNORECASE)
_NON_ASCII = re.compile("[^\x00-\x7f]")
_DOUBLED = re.compile(rb"\xc3(?:[\x82-\x9f\xa0-\xaf])(?:\xc2[\x80-\xbf]|[\xc5\xc6\xcb\xe2])")
_CP1252 = {
    ord(character): byte for byte in range(0x80, 0xA0) if (character := bytes([byte]).decode("cp1252", "ignore"))
}
_SUPERSETS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso8859-1": "cp1252",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
    "big5": "big5hkscs",
}


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text as UTF-8 bytes, the encoding it was in, and whether the authoritative declaration was wrong."""

    body: bytes
    encoding: str
    wrong: bool = False


def decode(body: bytes, *, content_type: str | None, trust_charset: bool) -> Decoded:
    """The document as UTF-8. Never fails: what no candidate decodes is read as UTF-8 with replacement characters.

    `trust_charset=False` lets valid UTF-8 win over every declaration but a byte order mark.
    """
    found = _decode(body, content_type, trust_charset=trust_charset)
    return _undoubled(found) if found.encoding == "utf-8" and not found.wrong else found


def _decode(body: bytes, content_type: str | None, *, trust_charset: bool) -> Decoded:
    for mark, name in _BOMS:
        if body.startswith(mark):
            return _by_mark(body[len(mark) :], name)
    candidates = list(_candidates(body, content_type, trust_charset=trust_charset))
    for number, name in enumerate(candidates):
        text = _try(body, name)
        if text is not None:
            return Decoded(text, codec_name(name) or name, number > 0 and _differs(name, candidates[0], body))
    return _guess(body)


def _guess(body: bytes) -> Decoded:
    """UTF-8 with some broken bytes where most of its other sequences are sound, else windows-1252."""
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    sound = len(_NON_ASCII.findall(text)) - broken
    if sound >= broken:
        return Decoded(text.encode(), "utf-8", wrong=True)
    return Decoded(body.decode("cp1252", "replace").encode(), "cp1252", wrong=True)


def _undoubled(found: Decoded) -> Decoded:
    """The text where a whole document was UTF-8 taken for windows-1252 and encoded once more.

    Only where every character beyond ASCII takes part: a page that merely shows such a mishap stays as it is.
    """
    if not _DOUBLED.search(found.body):
        return found
    try:
        text = found.body.decode().encode("latin-1", _AS_CP1252).decode()
    except UnicodeError:
        return found
    return Decoded(text.encode(), "utf-8", wrong=True) if len(_NON_ASCII.findall(text)) > 1 else found


def _cp1252_byte(error: UnicodeError) -> tuple[bytes, int]:
    """The byte that windows-1252 has for what Latin-1 lacks: an error handler, as it is asked of few characters."""
    if not isinstance(error, UnicodeEncodeError) or (byte := _CP1252.get(ord(error.object[error.start]))) is None:
        raise error
    return bytes((byte,)), error.start + 1


_AS_CP1252 = "aggregator-cp1252"
codecs.register_error(_AS_CP1252, _cp1252_byte)


def charset_parameter(content_type: str | None) -> str:
    """The ``charset`` of a Content-Type, empty where there is none."""
    if not content_type or "charset" not in content_type.lower():
        return ""
    message = Message()
    message["Content-Type"] = content_type.encode("ascii", "ignore").decode()
    try:
        return (message.get_content_charset() or "").strip()
    except (LookupError, ValueError):
        return ""


def codec_name(name: str) -> str | None:
    """Python's name of an encoding; None where it is unknown or no text encoding."""
    try:
        info = codecs.lookup(name.strip())
    except (LookupError, ValueError):
        return None
    return info.name if getattr(info, "_is_text_encoding", True) else None


def _by_mark(body: bytes, name: str) -> Decoded:
    try:
        return Decoded(body if name == "utf-8" and _valid_utf8(body) else body.decode(name).encode(), name)
    except UnicodeError:
        return Decoded(body.decode(name, "replace").encode("utf-8", "replace"), name, wrong=True)


def _candidates(body: bytes, content_type: str | None, *, trust_charset: bool) -> Iterator[str]:
    if not trust_charset:
        yield "utf-8"
    parameter = charset_parameter(content_type)
    if parameter:
        yield parameter
    declared = declared_encoding(body)
    if declared:
        yield declared
    for head, name in _BARE:
        if body.startswith(head):
            yield name
    yield "utf-8"


def declared_encoding(body: bytes) -> str:
    """The encoding named by the XML declaration, else by an HTML ``meta``; empty where neither is there."""
    found = _DECLARATION.match(body[:512]) or _META.search(body[:2048])
    return found[1].decode("ascii") if found else ""


def _try(body: bytes, name: str) -> bytes | None:
    codec = codec_name(name)
    if codec is None or (codec.startswith(("utf-16", "utf-32")) and _looks_bytewise(body)):
        return None
    if codec == "utf-8":
        return body if _valid_utf8(body) else None
    for reading in (_SUPERSETS.get(codec, codec), codec):
        try:
            return body.decode(reading).encode()
        except UnicodeError:
            continue
    return None


def _looks_bytewise(body: bytes) -> bool:
    """A declaration that can be read byte by byte rules out UTF-16 and UTF-32."""
    return b"\x00" not in body[:64]


def _valid_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeError:
        return False
    return True


def _differs(used: str, first: str, body: bytes) -> bool:
    """Whether reading with `used` in place of `first` is worth a flag: pure ASCII reads the same either way."""
    return codec_name(used) != codec_name(first) and not body.isascii()

"""Publishers' strings as both databases can index them. Contains no business logic."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

_LONGEST = 500
_HEAD = 400


def column_text(text: str) -> str:
    """A text that fits a column of either database: PostgreSQL takes neither NUL nor half a surrogate pair."""
    if text.isascii():
        return text.replace("\x00", "\ufffd")
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def column_key(text: str) -> str:
    """A text as an index keeps it: whole, or head and hash where it is longer than an index of PostgreSQL takes."""
    clean = column_text(text)
    if len(clean) <= _LONGEST:
        return clean
    return f"{clean[:_HEAD]}#{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def column_keys(texts: Iterable[str]) -> dict[str, str]:
    """The indexed form of each text that is not empty, and the text it stands for."""
    return {column_key(text): text for text in texts if text}

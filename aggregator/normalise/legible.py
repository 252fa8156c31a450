"""Words that were UTF-8, taken for windows-1252, and encoded once more: the publisher's own characters again.

The document as a whole is the parser's business (PROTOCOL P-45). Here it is single texts: those of a publisher that
mixes both, or that declares ISO-8859-1 over UTF-8. Ids and addresses stay as they are, character for character.
"""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

_CP1252 = {
    ord(character): byte for byte in range(0x80, 0xA0) if (character := bytes([byte]).decode("cp1252", "ignore"))
}
_SECOND = "\x80-\xbf" + "".join(map(chr, _CP1252))
_SIGN = re.compile(f"[ÂÃ][{_SECOND}]|â[€‚„†ˆ™œ…]")
_UPPER_CASE = re.compile("(?<=[A-ZÀ-Þ])[ÂÃ][\xa0«»°ºª]")
"""The end of a word in capitals, as in a Portuguese headline, with what may follow one."""
_STRETCH = re.compile(r"[^<>&\n]+")
_WORDS = frozenset({"value", "name", "title", "description", "text", "label", "term"})

Said = TypeVar("Said")


def legible(said: Said) -> Said:
    """What a publisher said (a `ParsedEntry`, a `ParsedFeed` without its entries, or a part) with legible words."""
    changed: dict[str, Any] = {}
    for field in fields(said):  # type: ignore[arg-type]  # only the nouns of `model.entry` are given
        old = getattr(said, field.name)
        new = old if field.name == "entries" else _part(field.name, old)
        if new is not old:
            changed[field.name] = new
    return replace(said, **changed) if changed else said  # type: ignore[type-var]


def _part(name: str, old: Any) -> Any:
    match old:
        case str():
            return undoubled(old) if name in _WORDS else old
        case tuple():
            new = tuple(_part("", one) for one in old)
            return old if all(a is b for a, b in zip(old, new, strict=True)) else new
        case _:
            return legible(old) if is_dataclass(old) else old


def undoubled(text: str) -> str:
    """`text` where each stretch between markup that is UTF-8 read as windows-1252 is read again; else `text` itself.

    Only where every character of the stretch beyond ASCII takes part: words that merely show such a mishap beside sound
    ones stay as they are.
    """
    if text.isascii() or _SIGN.search(text) is None:
        return text
    return _STRETCH.sub(lambda stretch: _once(stretch[0]), text)


def _once(stretch: str) -> str:
    if _SIGN.search(_UPPER_CASE.sub("", stretch)) is None:
        return stretch
    try:
        return stretch.translate(_CP1252).encode("latin-1").decode()
    except UnicodeError:
        return stretch

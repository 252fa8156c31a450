"""Words that were UTF-8, taken for windows-1252, and encoded once more: the publisher's own characters again.

The document as a whole is the parser's business (PROTOCOL P-45). Here it is single texts: those of a publisher that
mixes both, or that declares ISO-8859-1 over UTF-8. Ids and addresses stay as they are, character for character.
"""

from __future__ import annotations

import re
from dataclasses import is_dataclass, replace
from functools import cache
from operator import is_
from typing import Any, TypeVar, cast, get_args, get_type_hints

_CP1252 = {
    ord(character): byte for byte in range(0x80, 0xA0) if (character := bytes([byte]).decode("cp1252", "ignore"))
}
_SECOND = "\x80-\xbf" + "".join(map(chr, _CP1252))
_SIGN = re.compile(f"[ÂÃ][{_SECOND}]|â[€‚„†ˆ™œ…]")
_UPPER_CASE = re.compile("(?<=[A-ZÀ-Þ])[ÂÃ][\xa0«»°ºª]")
"""The end of a word in capitals, as in a Portuguese headline, with what may follow one."""
_SIGNS = tuple(letter.encode() for letter in "ÂÃâ")
_STRETCH = re.compile(r"[^<>&\n]+")
_WORDS = frozenset({"value", "name", "title", "description", "text", "label", "term"})

Said = TypeVar("Said")


def legible(said: Said) -> Said:
    """What a publisher said (a `ParsedEntry`, a `ParsedFeed` without its entries, or a part) with legible words."""
    changed: dict[str, Any] = {}
    for name, holds_words in _places(cast("type", type(said))):
        old = getattr(said, name)
        if old and (new := undoubled(old) if holds_words else _part(old)) is not old:
            changed[name] = new
    return replace(said, **changed) if changed else said  # type: ignore[type-var]  # only nouns of `model.entry` are given


def may_be_doubled(json: bytes) -> bool:
    """Whether words in these bytes may need `legible`: it changes nothing that holds none of the letters ``Â Ã â``."""
    return not json.isascii() and any(map(json.__contains__, _SIGNS))


def _part(old: Any) -> Any:
    if not isinstance(old, tuple):
        return legible(old)
    new = tuple(map(legible, old))
    return old if all(map(is_, old, new)) else new


@cache
def _places(kind: type) -> tuple[tuple[str, bool], ...]:
    """The fields of a noun to look at: those that hold words (True), and those that hold nouns with such fields."""
    found = []
    for name, hint in get_type_hints(kind).items():
        held = {hint, *get_args(hint)}
        if name in _WORDS and str in held:
            found.append((name, True))
        elif name != "entries" and any(is_dataclass(one) and _places(cast("type", one)) for one in held):
            found.append((name, False))
    return tuple(found)


def undoubled(text: str) -> str:
    """`text` where each stretch between markup that is UTF-8 read as windows-1252 is read again; else `text` itself.

    Only where every character of the stretch beyond ASCII takes part: words that merely show such a mishap beside sound
    ones stay as they are.
    """
    if text.isascii() or not ("Â" in text or "Ã" in text or "â" in text) or _SIGN.search(text) is None:
        return text
    return _STRETCH.sub(lambda stretch: _once(stretch[0]), text)


def _once(stretch: str) -> str:
    if _SIGN.search(_UPPER_CASE.sub("", stretch)) is None:
        return stretch
    try:
        return stretch.translate(_CP1252).encode("latin-1").decode()
    except UnicodeError:
        return stretch

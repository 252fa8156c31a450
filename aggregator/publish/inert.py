"""Plain text that no reader can take for markup."""

from __future__ import annotations

import re
from html.entities import name2codepoint

_TAG_LIKE = re.compile(r"<(?=[/!?a-zA-Z])")
_ENTITY_LIKE = re.compile(r"&(#?\w+)")
_WORD_JOINER = "\u2060"


def inert(text: str) -> str:
    """The text with an invisible word joiner where ``<word`` or ``&name;`` would be read as markup.

    Several readers take RSS titles for HTML and drop ``<word>``; others show ``&lt;word&gt;`` as it stands. There is
    no spelling that both read right, and this one both show right.
    """
    if "<" not in text and "&" not in text:
        return text
    return _ENTITY_LIKE.sub(_broken, _TAG_LIKE.sub(f"<{_WORD_JOINER}", text))


def _broken(match: re.Match[str]) -> str:
    name = match[1]
    is_reference = name in name2codepoint or name == "apos" or not name.isalpha()
    return f"&{_WORD_JOINER}{name}" if is_reference else match[0]

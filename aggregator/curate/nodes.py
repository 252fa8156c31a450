"""A query as a tree: what the parser makes, and what the matcher, the explanation and the previews evaluate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """Where a clause looks."""

    TEXT = "text"
    """Title, summary and content: where words without a field look."""
    TITLE = "title"
    CONTENT = "content"
    """Summary and content, not the title."""
    AUTHOR = "author"
    SOURCE = "source"
    CATEGORY = "category"
    TAG = "tag"
    """Categories of the article and tags of its source."""
    PUBLISHER = "publisher"
    URL = "url"
    DOMAIN = "domain"
    LANG = "lang"
    LICENCE = "licence"


FREE_TEXT = frozenset({Scope.TEXT, Scope.TITLE, Scope.CONTENT})
"""Scopes that the index of all words covers, and that can be stemmed."""


class Quantity(StrEnum):
    """What can be compared with < and >."""

    WORDS = "words"
    IMAGES = "images"
    AGE = "age"
    """Seconds since the article's date, at the top of the hour."""
    PUBLISHED = "published"
    """The next three: seconds since 1970."""
    UPDATED = "updated"
    SEEN = "seen"


class Thing(StrEnum):
    """What ``has:`` asks for."""

    IMAGE = "image"
    ENCLOSURE = "enclosure"
    AUDIO = "audio"
    VIDEO = "video"
    LICENCE = "licence"
    AUTHOR = "author"
    DATE = "date"
    CONTENT = "content"
    CREDIT = "credit"
    """An image with its creator or credit line."""
    COMMENTS = "comments"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A word, a phrase, a beginning of a word, or a list of these: true where one of `forms` stands in the scope."""

    scope: Scope
    shown: str
    """The clause as written."""
    forms: tuple[tuple[str, ...], ...]
    """Spellings as levelled words."""
    patterns: tuple[str, ...]
    """The same as strings to look for in a levelled text."""
    stemmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Exact:
    """A word or phrase in exactly this case and with these accents."""

    scope: Scope
    shown: str
    text: str
    patterns: tuple[str, ...]
    """What must stand in the levelled text, at the least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """All operands with at most `distance` other words among them, in any order."""

    scope: Scope
    shown: str
    operands: tuple[Words, ...]
    distance: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Regex:
    """An RE2 expression, searched in the text as published."""

    scope: Scope
    shown: str
    pattern: str
    ignore_case: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A value of a field that is no prose: url, domain, language, licence."""

    scope: Scope
    shown: str
    value: str
    """Lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Has:
    shown: str
    thing: Thing


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """A quantity within bounds; None: no bound. An article without the quantity is never within."""

    shown: str
    quantity: Quantity
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    """The bound itself is outside."""
    high_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything:
    shown: str = "(everything)"


@dataclass(frozen=True, slots=True, kw_only=True)
class And:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Or:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    part: Node


Leaf = Words | Exact | Near | Regex | Fact | Has | Between | Everything
Node = Leaf | And | Or | Not


def leaves(node: Node, *, negated: bool = False) -> Iterator[tuple[Leaf, bool]]:
    """Each clause of a tree from left to right, with whether it stands under an odd number of NOTs."""
    match node:
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from leaves(part, negated=negated)
        case Not(part=part):
            yield from leaves(part, negated=not negated)
        case _:
            yield node, negated

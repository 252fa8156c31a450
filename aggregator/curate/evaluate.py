"""Whether a clause holds, asked of the article itself, clause by clause.

This is the plain evaluation that explanations use. The matcher (`aggregator.curate.match`) answers clauses on words
from its index instead, and everything else from here; a test holds both equal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import assert_never

from aggregator.curate.document import GAP, Document
from aggregator.curate.nodes import (
    And,
    Between,
    Everything,
    Exact,
    Fact,
    Has,
    Leaf,
    Near,
    Node,
    Not,
    Or,
    Regex,
    Scope,
    Words,
)
from aggregator.curate.regex import regex_found
from aggregator.curate.terms import is_run, stem

_VERSION = re.compile(r"-\d")


def holds(node: Node, document: Document) -> bool:
    """Whether the article satisfies the tree."""
    match node:
        case And(parts=parts):
            return all(holds(part, document) for part in parts)
        case Or(parts=parts):
            return any(holds(part, document) for part in parts)
        case Not(part=part):
            return not holds(part, document)
        case _:
            return leaf_holds(node, document)


def leaf_holds(leaf: Leaf, document: Document) -> bool:
    """Whether the article satisfies one clause."""
    match leaf:
        case Words():
            return words_hold(leaf, document)
        case Exact():
            return exact_found(leaf, document) is not None
        case Near():
            return near_span(leaf, document) is not None
        case Regex():
            return regex_match(leaf, document) is not None
        case Fact():
            return bool(facts_matched(leaf, document))
        case Has(thing=thing):
            return document.has(thing)
        case Between():
            return within(leaf, document)
        case Everything():
            return True
        case _:
            assert_never(leaf)


def words_hold(leaf: Words, document: Document) -> bool:
    if leaf.stemmed:
        text, language = document.stem_text(leaf.scope), document.article.language.tag
        return any(pattern in text for pattern in stem_patterns(leaf, language))
    text = document.field(leaf.scope)
    return any(pattern in text for pattern in leaf.patterns)


@lru_cache(maxsize=10_000)
def stem_patterns(leaf: Words, language: str) -> tuple[str, ...]:
    """The strings to look for among the stems of an article in `language`; a beginning of a word stays as it is."""
    patterns = []
    for form, pattern in zip(leaf.forms, leaf.patterns, strict=False):
        *front, last = form
        prefix = not pattern.endswith(" ")
        stems = [*(stem(word, language) for word in front), last if prefix else stem(last, language)]
        patterns.append(f"{pattern[: 1 if pattern[0] == ' ' else 0]}{' '.join(stems)}{'' if prefix else ' '}")
    return tuple(patterns)


def exact_found(leaf: Exact, document: Document) -> str | None:
    found = _exact_expression(leaf.text).search(document.exact_text(leaf.scope))
    return found[0] if found else None


@lru_cache(maxsize=5_000)
def _exact_expression(text: str) -> re.Pattern[str]:
    words = r"\s+".join(re.escape(word) for word in text.split())
    left = r"(?<![^\W_])" if text[0].isalnum() and not is_run(text[0]) else ""
    right = r"(?![^\W_])" if text[-1].isalnum() and not is_run(text[-1]) else ""
    return re.compile(f"{left}{words}{right}")


def regex_match(leaf: Regex, document: Document) -> str | None:
    for text in document.raw(leaf.scope):
        found = regex_found(leaf.pattern, text, ignore_case=leaf.ignore_case)
        if found is not None:
            return found
    return None


def facts_matched(leaf: Fact, document: Document) -> tuple[str, ...]:
    """The values of the field that satisfy the clause."""
    return tuple(value for value in document.raw(leaf.scope) if _fits(leaf, value.lower()))


def _fits(leaf: Fact, value: str) -> bool:
    wanted = leaf.value
    match leaf.scope:
        case Scope.URL:
            return wanted.strip("*") in value
        case Scope.DOMAIN:
            return value == wanted or value.endswith(f".{wanted}")
        case Scope.LANG:
            return value == wanted or value.startswith(f"{wanted}-")
        case _:
            if wanted.endswith("*"):
                return value.startswith(wanted[:-1])
            return value == wanted or (value.startswith(wanted) and bool(_VERSION.match(value, len(wanted))))


def within(leaf: Between, document: Document) -> bool:
    value = document.quantity(leaf.quantity)
    if value is None:
        return False
    if leaf.low is not None and (value < leaf.low or (leaf.low_open and value == leaf.low)):
        return False
    return leaf.high is None or value < leaf.high or (value == leaf.high and not leaf.high_open)


def near_span(leaf: Near, document: Document) -> tuple[str, ...] | None:
    """The words of the first place where all operands stand close together, within one of title, summary and text."""
    language = document.article.language.tag
    stemmed = any(operand.stemmed for operand in leaf.operands)
    levelled = document.stem_text(leaf.scope) if stemmed else document.field(leaf.scope)
    for section in levelled.split(GAP):
        places = [sorted(set(spans(operand, section, language))) for operand in leaf.operands]
        if all(places) and (span := _smallest(places, leaf.distance)):
            return tuple(section.split()[span[0] : span[1] + 1])
    return None


Place = tuple[int, int]
"""Numbers of the first and the last word."""


def _smallest(places: list[list[Place]], distance: int) -> Place | None:
    """Goes through all places from left to right, each time with the latest places of the other operands."""
    ordered = sorted((place[1], place, number) for number, some in enumerate(places) for place in some)
    latest: list[list[Place]] = [[] for _ in places]
    for _, place, number in ordered:
        latest[number] = [place, *latest[number][: len(places) - 1]]
        chosen = _chosen(place, number, latest)
        if chosen:
            first, last = min(a for a, _ in chosen), max(b for _, b in chosen)
            if last - first + 1 - sum(b - a + 1 for a, b in chosen) <= distance:
                return first, last
    return None


def _chosen(place: Place, number: int, latest: list[list[Place]]) -> list[Place] | None:
    """One place per operand, none of them twice."""
    chosen = [place]
    for other in sorted(range(len(latest)), key=lambda other: len(latest[other])):
        if other != number:
            free = next((some for some in latest[other] if some not in chosen), None)
            if free is None:
                return None
            chosen.append(free)
    return chosen


def spans(leaf: Words, levelled: str, language: str) -> Iterator[Place]:
    """Where a word or phrase stands in a levelled text, as numbers of its first and last word."""
    for pattern in stem_patterns(leaf, language) if leaf.stemmed else leaf.patterns:
        length = len(pattern.split())
        at = levelled.find(pattern)
        while at >= 0:
            first = levelled.count(" ", 0, at + 1) - 1
            yield first, first + length - 1
            at = levelled.find(pattern, at + 1)

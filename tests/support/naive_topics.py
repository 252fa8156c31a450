"""The slow and obvious way to evaluate a query: one regular expression per word, every clause of every topic.

It shares the tree with the program and nothing else: it levels text by itself, character by character.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime
from functools import cache

from aggregator.curate.document import Document
from aggregator.curate.evaluate import leaf_holds
from aggregator.curate.nodes import FREE_TEXT, And, Near, Node, Not, Or, Scope, Words
from aggregator.model.article import Article
from aggregator.model.source import Source

_SPACELESS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LETTERS = {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ß": "ss", "ı": "i", "’": "'", "‘": "'"}
_JOINERS = {"&": "\x01", "+": "\x02", "#": "\x03", ".": "\x04"}


def level(text: str) -> str:
    text = "".join(_LETTERS.get(c, c) for c in unicodedata.normalize("NFC", text).casefold())
    plain = "".join(_bare(c) for c in text)
    plain = re.sub(r"'s\b", "", plain)
    plain = re.sub(r"(?<!\w)([ldjnscmt]|qu|un|\w*ll)'(?=\w)", r"\1 ", plain).replace("'", "")
    plain = re.sub(r"(?<=[^\W_])&(?=[^\W_])", "\x01", plain)
    plain = re.sub(r"(?<=[^\W_])\+\+(?![^\W_])", "\x02\x02", plain)
    plain = re.sub(r"(?<![\w])([a-z])#(?![^\W_])", "\\1\x03", plain)
    plain = re.sub(r"(?<![\w.])\.(?=[a-z]{2})", "\x04", plain)
    plain = "".join(c if unicodedata.category(c)[0] in "LNM" or c in "\x01\x02\x03\x04" else " " for c in plain)
    return " ".join(re.sub(f"((?:{_SPACELESS.pattern})+)", r" \1 ", plain).split())


def _bare(character: str) -> str:
    if character.isascii() or character in "йї":
        return character
    name = unicodedata.name(character, "")
    if name.startswith("COMBINING"):
        return ""
    if name.startswith(("LATIN", "GREEK", "CYRILLIC")):
        return "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))
    return unicodedata.normalize("NFKC", character)


@cache
def _expression(words: tuple[str, ...], *, prefix: bool) -> re.Pattern[str]:
    left = "" if _SPACELESS.match(words[0]) else r"(?<!\S)"
    right = "" if prefix or _SPACELESS.match(words[-1][-1]) else r"(?!\S)"
    return re.compile(left + r"\s".join(re.escape(word) for word in words) + right)


class NaiveArticle:
    def __init__(self, article: Article, source: Source | None, now: datetime) -> None:
        self.document = Document(article, source, now)
        title, lead, body = level(article.title), level(article.summary), level(article.text)
        self.texts = {Scope.TITLE: [title], Scope.CONTENT: [lead, body], Scope.TEXT: [title, lead, body]}


def naive_holds(node: Node, article: NaiveArticle) -> bool:
    match node:
        case And(parts=parts):
            return all(naive_holds(part, article) for part in parts)
        case Or(parts=parts):
            return any(naive_holds(part, article) for part in parts)
        case Not(part=part):
            return not naive_holds(part, article)
        case Words(scope=scope, stemmed=False) if scope in FREE_TEXT:
            return any(search(text) for search in _searches(node) for text in article.texts[scope])
        case Near(scope=scope) if scope in FREE_TEXT and not any(operand.stemmed for operand in node.operands):
            return any(_near(node, text) for text in article.texts[scope])
        case _:
            return leaf_holds(node, article.document)


def _searches(leaf: Words) -> list[Callable[[str], re.Match[str] | None]]:
    return [_pattern(pattern).search for pattern in leaf.patterns]


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return _expression(tuple(pattern.split()), prefix=not pattern.endswith(" "))


def _near(leaf: Near, text: str) -> bool:
    """Every choice of one place per operand is tried."""
    places = [
        [(m.start(), m.end()) for pattern in operand.patterns for m in _pattern(pattern).finditer(text)]
        for operand in leaf.operands
    ]
    return _choose(places, [], text, leaf.distance)


def _choose(left: list[list[tuple[int, int]]], chosen: list[tuple[int, int]], text: str, distance: int) -> bool:
    if left:
        return any(_choose(left[1:], [*chosen, place], text, distance) for place in left[0] if place not in chosen)
    numbered = [(text.count(" ", 0, start), text.count(" ", 0, end)) for start, end in chosen]
    first, last = min(a for a, _ in numbered), max(b for _, b in numbered)
    return (last - first + 1) - sum(b - a + 1 for a, b in numbered) <= distance

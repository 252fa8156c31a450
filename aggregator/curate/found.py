"""What satisfied, or failed, each clause of a query: the words as they stand in the article."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from aggregator.curate.document import Document
from aggregator.curate.evaluate import exact_found, facts_matched, leaf_holds, near_span, regex_match, spans
from aggregator.curate.nodes import Between, Everything, Exact, Fact, Has, Leaf, Near, Node, Regex, Scope, Words, leaves
from aggregator.curate.terms import is_run, stem, words_of
from aggregator.model.topic import ClauseResult

MAX_WORDS = 5
_EDGES = ".,;:!?()[]{}\"'“”‘’«»…"


def clause_results(root: Node, document: Document) -> tuple[ClauseResult, ...]:
    """One result per clause, from left to right. A clause under NOT is shown with it; its words are those that spoil it."""
    return tuple(_result(leaf, document, negated=negated) for leaf, negated in leaves(root))


def _result(leaf: Leaf, document: Document, *, negated: bool) -> ClauseResult:
    held = leaf_holds(leaf, document)
    return ClauseResult(
        clause=f"NOT {leaf.shown}" if negated else leaf.shown,
        matched=held is not negated,
        words=_words(leaf, document) if held else (),
        field=_field(leaf),
    )


def _field(leaf: Leaf) -> str | None:
    match leaf:
        case Has():
            return "has"
        case Between(quantity=quantity):
            return quantity.value
        case Everything():
            return None
        case _:
            return leaf.scope.value


def _words(leaf: Leaf, document: Document) -> tuple[str, ...]:
    match leaf:
        case Words(scope=scope):
            return tuple(dict.fromkeys(_published(leaf, document, scope)))[:MAX_WORDS]
        case Near():
            near = near_span(leaf, document)
            return (" ".join(near),) if near else ()
        case Exact():
            return _one(exact_found(leaf, document))
        case Regex():
            return _one(regex_match(leaf, document))
        case Fact():
            return facts_matched(leaf, document)[:MAX_WORDS]
        case Has() | Everything():
            return ()
        case Between(quantity=quantity):
            return _one(_number(document.quantity(quantity)))
        case _:
            assert_never(leaf)


def _one(word: str | None) -> tuple[str, ...]:
    return () if word is None else (word,)


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:.0f}"


def _published(leaf: Words, document: Document, scope: Scope) -> Iterator[str]:
    """The article's own spelling of what a clause found."""
    language = document.article.language.tag
    for value in document.raw(scope):
        chunks = value.split()
        numbered = [(word, number) for number, chunk in enumerate(chunks) for word in words_of(chunk)]
        words = [stem(word, language) if leaf.stemmed else word for word, _ in numbered]
        for start, end in spans(leaf, f" {' '.join(words)} ", language):
            if start == end and is_run(words[start]):
                yield leaf.shown.strip('"')
            else:
                yield " ".join(chunks[numbered[start][1] : numbered[end][1] + 1]).strip(_EDGES)

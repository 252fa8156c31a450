"""Why an item is in a feed, and what else is known of its story, as nodes and as JSON."""

from __future__ import annotations

from aggregator.model.edition import EditionItem
from aggregator.publish.namespaces import OURS
from aggregator.publish.node import Node


def why_node(item: EditionItem) -> Node:
    """Our own element: the decisive rule, the score, the sentence and the words that matched."""
    reason = item.reason
    attributes = (("rule", reason.rule), ("score", f"{reason.score:g}"), ("version", reason.query_version or None))
    children = (_name("sentence", reason.sentence), *(_name("word", word) for word in matched_words(item)))
    return Node(f"{{{OURS}}}why", None, attributes, children)


def _name(local: str, text: str) -> Node:
    return Node(f"{{{OURS}}}{local}", text)


def matched_words(item: EditionItem) -> tuple[str, ...]:
    """The words that satisfied the query, each once, in the order of the clauses."""
    found = (word for clause in item.reason.clauses if clause.matched for word in clause.words)
    return tuple(dict.fromkeys(found))

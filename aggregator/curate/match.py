"""Each new article against every topic, once.

All words and phrases of all topics are looked for in one pass (Aho-Corasick). Each topic names a set of words of which
it needs at least one; only topics that got one are evaluated in full (DEDUPE section 3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

import ahocorasick

from aggregator.curate.document import Document
from aggregator.curate.evaluate import leaf_holds
from aggregator.curate.found import clause_results
from aggregator.curate.nodes import (
    FREE_TEXT,
    And,
    Everything,
    Exact,
    Leaf,
    Near,
    Node,
    Not,
    Or,
    Regex,
    Scope,
    Words,
    leaves,
)
from aggregator.curate.query import Query, parse_query
from aggregator.curate.reach import limited, outside, reach_clauses
from aggregator.errors import UsageError
from aggregator.model.article import Article
from aggregator.model.ids import TopicSlug
from aggregator.model.source import Source
from aggregator.model.topic import ClauseResult, Topic

Test = Callable[[Document], bool]

TITLE, LEAD, BODY, OTHER = "title", "lead", "body", "other"
WEIGHTS: Mapping[str, float] = MappingProxyType({TITLE: 1.0, LEAD: 0.7, BODY: 0.4, OTHER: 1.0})
"""What a match counts by the best place of its words (DEDUPE section 3); 1 where the query names no words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicMatch:
    """A topic whose sources, languages and query fit an article."""

    topic: TopicSlug
    place: str
    """Best place where a word of the query stands: ``title``, ``lead``, ``body``; ``other`` where there is none."""

    @property
    def weight(self) -> float:
        return WEIGHTS[self.place]


class PatternIndex:
    """Numbers for strings to look for, and the one pass that finds them all."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.lengths: list[int] = []
        self._automaton: Any = None

    def number(self, pattern: str) -> int:
        known = self.numbers.setdefault(pattern, len(self.numbers))
        if known == len(self.lengths):
            self.lengths.append(len(pattern))
        return known

    def freeze(self) -> None:
        self._automaton = ahocorasick.Automaton()
        for pattern, number in self.numbers.items():
            self._automaton.add_word(pattern, number)
        self._automaton.make_automaton()

    def found(self, text: str) -> set[int]:
        if not self.numbers or len(text) < 2:
            return set()
        return {number for _, number in self._automaton.iter(text)}


@dataclass(frozen=True, slots=True)
class _Compiled:
    topic: Topic
    query: Query
    test: Test
    needed: frozenset[int] | None
    """At least one of these patterns must stand in the text; None: nothing is known."""
    wanted: frozenset[int]
    """Patterns of clauses that are not negated: they tell the place of the match."""


class TopicMatcher:
    """Topics made ready to be matched. Building it takes milliseconds; build a new one when a topic changes.

    Raises `QuerySyntaxError` where a topic's query cannot be read, `UsageError` where topics are built from each other
    in a circle or from one that does not exist.
    """

    def __init__(
        self,
        topics: Iterable[Topic],
        *,
        saved: Mapping[str, str] = MappingProxyType({}),
        lists: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    ) -> None:
        ordered = _children_first(tuple(topics))
        self._index = PatternIndex()
        self._compiled = [self._compile(topic, parse_query(topic.query, saved=saved, lists=lists)) for topic in ordered]
        self._wanted = [one.wanted for one in self._compiled]
        self._matches = [
            {place: TopicMatch(topic=one.topic.slug, place=place) for place in WEIGHTS} for one in self._compiled
        ]
        self._tests = [(one.test, one.topic if limited(one.topic) else None) for one in self._compiled]
        self._numbers = {compiled.topic.slug: number for number, compiled in enumerate(self._compiled)}
        self._index.freeze()
        self._place_topics()

    def _place_topics(self) -> None:
        self._by_pattern: list[list[int]] = [[] for _ in self._index.numbers]
        self._always: list[int] = []
        self._by_source: dict[str, list[int]] = {}
        self._composite: list[int] = []
        for number, compiled in enumerate(self._compiled):
            if compiled.topic.topics:
                self._composite.append(number)
            elif compiled.needed is not None:
                for pattern in compiled.needed:
                    self._by_pattern[pattern].append(number)
            elif compiled.topic.sources and not compiled.topic.tags:
                for source in compiled.topic.sources:
                    self._by_source.setdefault(source, []).append(number)
            else:
                self._always.append(number)

    def _compile(self, topic: Topic, query: Query) -> _Compiled:
        wanted = frozenset(
            self._index.number(pattern)
            for leaf, negated in leaves(query.root)
            if not negated
            for pattern in _patterns(leaf)
        )
        return _Compiled(topic, query, _test(query.root, self._index), _needed(query.root, self._index), wanted)

    def query(self, topic: TopicSlug) -> Query:
        """The topic's query as read."""
        return self._compiled[self._numbers[topic]].query

    def match(self, article: Article, source: Source | None, now_hour: datetime) -> tuple[TopicMatch, ...]:
        """The topics that want this article; `now_hour` is the top of the hour that ages are counted from."""
        document = Document(article, source, now_hour)
        if self._index.numbers:  # topics made of sources alone never look at the words
            document.found_title = self._index.found(document.title)
            document.found_lead = self._index.found(document.lead)
            document.found_content = document.found_lead | self._index.found(document.body)
            document.found = document.found_title | document.found_content
        matched = {number for number in self._candidates(document) if self._fits(number, document)}
        self._add_composite(matched, document)
        return tuple([self._matches[number][_place(self._wanted[number], document)] for number in sorted(matched)])

    def _candidates(self, document: Document) -> set[int]:
        candidates = set(self._always)
        for source in document.source_ids:
            candidates.update(self._by_source.get(source, ()))
        by_pattern = self._by_pattern
        for pattern in document.found:
            candidates.update(by_pattern[pattern])
        return candidates

    def _fits(self, number: int, document: Document) -> bool:
        test, topic = self._tests[number]
        return test(document) and (topic is None or not outside(topic, document))

    def _add_composite(self, matched: set[int], document: Document) -> None:
        for number in self._composite:
            parts = self._compiled[number].topic.topics
            if any(self._numbers[part] in matched for part in parts) and self._fits(number, document):
                matched.add(number)

    def explain(
        self, topic: TopicSlug, article: Article, source: Source | None, now_hour: datetime
    ) -> tuple[ClauseResult, ...]:
        """Each clause of a topic, its sources and languages first, and what in the article satisfied it."""
        compiled = self._compiled[self._numbers[topic]]
        document = Document(article, source, now_hour)
        parts = tuple(self._part_result(part, article, source, now_hour) for part in compiled.topic.topics)
        return (*reach_clauses(compiled.topic, document), *parts, *clause_results(compiled.query.root, document))

    def _part_result(
        self, part: TopicSlug, article: Article, source: Source | None, now_hour: datetime
    ) -> ClauseResult:
        matched = any(match.topic == part for match in self.match(article, source, now_hour))
        return ClauseResult(clause=f"topic {part}", matched=matched, field="topics")


def _children_first(topics: Sequence[Topic]) -> list[Topic]:
    """Topics in an order in which each comes after those it is built from."""
    by_slug = {topic.slug: topic for topic in topics}
    ordered: dict[TopicSlug, Topic] = {}

    def add(topic: Topic, trail: tuple[TopicSlug, ...]) -> None:
        if topic.slug in trail:
            raise UsageError(f"Topics cannot be built from each other: {' → '.join((*trail, topic.slug))}.")
        for part in topic.topics:
            if part not in by_slug:
                raise UsageError(f"Topic {topic.slug} is built from {part}, and there is no such topic.")
            if part not in ordered:
                add(by_slug[part], (*trail, topic.slug))
        ordered[topic.slug] = topic

    for topic in topics:
        if topic.slug not in ordered:
            add(topic, ())
    return list(ordered.values())


def _patterns(leaf: Leaf) -> tuple[str, ...]:
    match leaf:
        case Words(scope=scope, patterns=patterns) | Exact(scope=scope, patterns=patterns) if scope in FREE_TEXT:
            return patterns if isinstance(leaf, Exact) or not leaf.stemmed else ()
        case Near(operands=operands):
            return tuple(pattern for operand in operands for pattern in _patterns(operand))
        case _:
            return ()


def _needed(node: Node, index: PatternIndex) -> frozenset[int] | None:
    match node:
        case And(parts=parts):
            known = [needed for part in parts if (needed := _needed(part, index)) is not None]
            return min(known, key=lambda needed: _commonness(needed, index), default=None)
        case Or(parts=parts):
            each = [_needed(part, index) for part in parts]
            return None if None in each else frozenset[int]().union(*(needed for needed in each if needed))
        case Near(operands=operands):
            return _needed(And(parts=operands), index)
        case Words() | Exact():
            patterns = _patterns(node)
            return frozenset(map(index.number, patterns)) if patterns else None
        case _:
            return None


def _commonness(needed: frozenset[int], index: PatternIndex) -> float:
    """A guess, as good as needed: long strings are rare."""
    return sum(2.0 ** -index.lengths[number] for number in needed)


def _test(node: Node, index: PatternIndex) -> Test:
    match node:
        case And(parts=parts):
            return _all([_test(part, index) for part in sorted(parts, key=_effort)])
        case Or(parts=parts):
            return _either(parts, index)
        case Not(part=part):
            inner = _test(part, index)
            return lambda document: not inner(document)
        case Words(scope=scope, stemmed=False) if scope in FREE_TEXT:
            return _indexed(scope, frozenset(map(index.number, node.patterns)))
        case Everything():
            return lambda _: True
        case Exact() | Near() if _patterns(node):
            return _guarded(node, index)
        case _:
            leaf = node
            return lambda document: leaf_holds(leaf, document)


def _effort(node: Node) -> int:
    """What the index answers comes first."""
    match node:
        case Words(scope=scope, stemmed=False) if scope in FREE_TEXT:
            return 0
        case Or(parts=parts) | And(parts=parts):
            return max(map(_effort, parts))
        case Not(part=part):
            return _effort(part)
        case Near() | Regex():
            return 2
        case _:
            return 1


def _all(tests: list[Test]) -> Test:
    if len(tests) == 2:
        first, second = tests
        return lambda document: first(document) and second(document)

    def every(document: Document) -> bool:
        for test in tests:  # noqa: SIM110 - a generator costs as much as the tests
            if not test(document):
                return False
        return True

    return every


def _either(parts: tuple[Node, ...], index: PatternIndex) -> Test:
    """Words of one scope under an OR are one question to the index."""
    tests: list[Test] = []
    grouped: dict[Scope, set[int]] = {}
    for part in parts:
        if isinstance(part, Words) and part.scope in FREE_TEXT and not part.stemmed:
            grouped.setdefault(part.scope, set()).update(map(index.number, part.patterns))
        else:
            tests.append(_test(part, index))
    tests[:0] = [_indexed(scope, frozenset(numbers)) for scope, numbers in grouped.items()]
    if len(tests) == 1:
        return tests[0]

    def either(document: Document) -> bool:
        for test in tests:  # noqa: SIM110 - a generator costs as much as the tests
            if test(document):
                return True
        return False

    return either


def _indexed(scope: Scope, numbers: frozenset[int]) -> Test:
    match scope:
        case Scope.TITLE:
            return lambda document: not numbers.isdisjoint(document.found_title)
        case Scope.CONTENT:
            return lambda document: not numbers.isdisjoint(document.found_content)
        case _:
            return lambda document: not numbers.isdisjoint(document.found)


def _guarded(leaf: Exact | Near, index: PatternIndex) -> Test:
    """Looks closer only where the index has found each word that the clause needs."""
    parts = leaf.operands if isinstance(leaf, Near) else (leaf,)
    needed = [frozenset(map(index.number, part.patterns)) for part in parts]

    def guarded(document: Document) -> bool:
        for numbers in needed:
            if numbers.isdisjoint(document.found):
                return False
        return leaf_holds(leaf, document)

    return guarded


def _place(wanted: frozenset[int], document: Document) -> str:
    if not wanted.isdisjoint(document.found_title):
        return TITLE
    if not wanted.isdisjoint(document.found_lead):
        return LEAD
    return OTHER if wanted.isdisjoint(document.found_content) else BODY

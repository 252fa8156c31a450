"""The table of queries, against the matcher, the plain evaluation, the naive one, and what `why` prints."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from aggregator.curate.document import Document
from aggregator.curate.evaluate import holds
from aggregator.curate.explain import explain_article
from aggregator.curate.match import TopicMatcher
from aggregator.curate.nodes import leaves
from aggregator.curate.query import parse_query
from aggregator.errors import QuerySyntaxError
from aggregator.model.ids import TopicSlug
from aggregator.model.topic import Topic
from tests.support.naive_topics import NaiveArticle, naive_holds
from tests.support.queries import ARTICLES, LISTS, NOW, SAVED, SOURCES

with (Path(__file__).parent / "queries.tsv").open(encoding="utf-8", newline="") as file:
    CASES = [
        (row["query"], row["article"], row["expected"])
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
    ]
ANSWERED = [case for case in CASES if case[2] in ("yes", "no")]
REFUSED = [case for case in CASES if case[2] not in ("yes", "no")]


def test_the_table_is_long_enough_and_has_no_case_twice() -> None:
    assert len(CASES) >= 150
    assert len(set(CASES)) == len(CASES)


def _matcher(query: str) -> tuple[Topic, TopicMatcher]:
    topic = Topic(slug=TopicSlug("t"), title="T", query=query)
    return topic, TopicMatcher([topic], saved=SAVED, lists=LISTS)


@pytest.mark.parametrize(("query", "name", "expected"), ANSWERED, ids=[f"{q} @ {a}" for q, a, _ in ANSWERED])
def test_a_query_finds_what_the_table_says_by_each_evaluation(query: str, name: str, expected: str) -> None:
    article = ARTICLES[name]
    source = SOURCES.get(article.source_id)
    topic, matcher = _matcher(query)
    root = matcher.query(topic.slug).root
    assert bool(matcher.match(article, source, NOW)) is (expected == "yes")
    assert holds(root, Document(article, source, NOW)) is (expected == "yes")
    assert naive_holds(root, NaiveArticle(article, source, NOW)) is (expected == "yes")


@pytest.mark.parametrize(("query", "name", "expected"), ANSWERED, ids=[f"{q} @ {a}" for q, a, _ in ANSWERED])
def test_why_prints_each_clause_of_a_query(query: str, name: str, expected: str) -> None:
    article = ARTICLES[name]
    topic, matcher = _matcher(query)
    clauses = matcher.explain(topic.slug, article, SOURCES.get(article.source_id), NOW)
    printed = "\n".join(
        explain_article(topic, article, clauses=clauses, selection=None, matched=expected == "yes").lines()
    )
    assert [clause.clause.removeprefix("NOT ") for clause in clauses] == [
        leaf.shown for leaf, _ in leaves(matcher.query(topic.slug).root)
    ]
    assert all(f"{'yes' if clause.matched else 'no '}  {clause.clause}" in printed for clause in clauses)


@pytest.mark.parametrize(("query", "name", "expected"), REFUSED, ids=[q for q, _, _ in REFUSED])
def test_nonsense_is_refused_at_its_column_with_what_was_expected(query: str, name: str, expected: str) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        parse_query(query, saved=SAVED, lists=LISTS)
    assert str(caught.value).startswith(expected)


def test_the_words_of_an_explanation_are_those_of_the_article() -> None:
    article = ARTICLES["moon"]
    topic, matcher = _matcher('rover "deep space" rov* #space author:jansen -mars words>200 title:pole /wh..ls/')
    clauses = matcher.explain(topic.slug, article, SOURCES["moonwire"], NOW)
    assert [clause.words for clause in clauses] == [
        ("rover", "rover's"),
        ("deep space",),
        ("rover", "rover's"),
        ("Space",),
        ("Jansen",),
        (),
        ("250",),
        ("pole",),
        ("wheels",),
    ]

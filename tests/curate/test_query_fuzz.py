"""No query crashes, none takes exponential time, and both evaluators agree on any query and any article."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.curate.document import Document
from aggregator.curate.evaluate import holds
from aggregator.curate.match import TopicMatcher
from aggregator.curate.query import MAX_LENGTH, parse_query
from aggregator.curate.terms import normalise
from aggregator.errors import QuerySyntaxError
from aggregator.model.ids import TopicSlug
from aggregator.model.topic import Topic
from tests.support.articles import article
from tests.support.naive_topics import NaiveArticle, level, naive_holds
from tests.support.queries import LISTS, NOW, SAVED

PIECES = st.sampled_from(
    ["moon", "rover", '"', "(", ")", "OR", "AND", "NOT", "-", "!", "*", "/", "~3", "NEAR/2", "title:", "lang:", ":", "@space",
     "#x", "words>2", "age<7d", "[", "TO", "]", "=", "&", " ", "  ", "stem:on", "@loop", "list:moons", "\\", "|", "é", "東京", "\x00",
     "has:image", "published:", "2026", "..", "<", ">=", "''", "+", ".net", "ß", "\u0301", "\ud800"]
)  # fmt: skip
WORDS = [
    "moon",
    "rover",
    "dust",
    "deep",
    "space",
    "café",
    "cafe",
    "东京",
    "東京",
    "c++",
    "at&t",
    "e-mail",
    "isn't",
    "Straße",
]
word = st.sampled_from(WORDS)
leaf = st.one_of(
    word,
    word.map(lambda w: f"title:{w}"),
    word.map(lambda w: f"content:{w}"),
    st.lists(word, min_size=2, max_size=3).map(lambda ws: f'"{" ".join(ws)}"'),
    st.sampled_from(
        ["moo*", "dee*", "rov*", "=Moon", "=cafe", "words>3", "lang:en", "/ro.er/", "has:image", "list:moons", "@space"]
    ),
    st.tuples(word, st.integers(0, 4), word).map(lambda t: f"{t[0]} NEAR/{t[1]} {t[2]}"),
)


def _combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        several.map(lambda parts: f"({' '.join(parts)})"),
        several.map(lambda parts: f"({' OR '.join(parts)})"),
        inner.map(lambda part: f"NOT {part}"),
    )


queries = st.recursive(leaf, _combined, max_leaves=6)
texts = st.lists(st.sampled_from([*WORDS, "Moon", "Moon's", "moons", "|", ".", "DEEP", "roverland"]), max_size=12).map(
    " ".join
)


def _refusal(text: str) -> tuple[int, str]:
    try:
        parse_query(text, saved=SAVED, lists=LISTS)
    except QuerySyntaxError as error:
        return error.column, error.expected
    return 1, "nothing: it was read"


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=25).map("".join))
def test_nonsense_is_read_or_refused_with_a_column_and_never_crashes(text: str) -> None:
    column, expected = _refusal(text)
    assert 1 <= column <= len(text) + 1
    assert expected


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_column(text: str) -> None:
    column, expected = _refusal(text)
    assert 1 <= column <= len(text) + 1
    assert expected


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(queries, min_size=1, max_size=4), texts, texts, texts)
def test_the_matcher_the_plain_and_the_naive_evaluation_agree(
    asked: list[str], title: str, summary: str, text: str
) -> None:
    one = article(title=title, summary=summary, text=text)
    topics = [Topic(slug=TopicSlug(f"t{n}"), title="T", query=query) for n, query in enumerate(asked)]
    matcher = TopicMatcher(topics, saved=SAVED, lists=LISTS)
    matched = {match.topic for match in matcher.match(one, None, NOW)}
    for topic in topics:
        root = matcher.query(topic.slug).root
        expected = naive_holds(root, NaiveArticle(one, None, NOW))
        assert holds(root, Document(one, None, NOW)) is expected
        assert (topic.slug in matched) is expected


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=40))
def test_levelling_is_idempotent_and_holds_single_spaces_only(text: str) -> None:
    levelled = normalise(text)
    assert normalise(levelled) == levelled
    assert "  " not in levelled
    assert levelled[0] == levelled[-1] == " "


LATIN = st.text(st.sampled_from("aAbéÉüßøœ'’&+#. -?!ns cCоёй東ア1½ﬁ"), max_size=30)


@settings(max_examples=150, deadline=None)
@given(LATIN)
def test_levelling_agrees_with_a_second_implementation(text: str) -> None:
    assert normalise(text).split() == level(text).split()


DEEP = ["(" * 5000 + "moon" + ")" * 5000, "-" * 5000 + "moon", "NOT " * 3000 + "moon", "(" * 60 + "moon" + ")" * 60]


@pytest.mark.parametrize("query", DEEP, ids=["parentheses", "minus", "NOT", "sixty"])
def test_depth_is_bounded(query: str) -> None:
    with pytest.raises(QuerySyntaxError, match="levels of parentheses"):
        parse_query(query)


def test_length_is_bounded() -> None:
    with pytest.raises(QuerySyntaxError, match="expected at most"):
        parse_query("a" * (MAX_LENGTH + 1))


def test_saved_queries_that_double_each_other_are_refused_before_they_fill_the_memory() -> None:
    saved = {f"q{n}": f"@q{n + 1} @q{n + 1}" for n in range(40)} | {"q40": "moon"}
    began = process_time()
    with pytest.raises(QuerySyntaxError, match="clauses"):
        parse_query("@q0", saved=saved)
    assert process_time() - began < 3


def test_circles_of_saved_queries_are_named() -> None:
    with pytest.raises(QuerySyntaxError, match="@a → @b → @a"):
        parse_query("@a", saved={"a": "moon @b", "b": "rover @a"})


HOSTILE = [
    "/(a*)*b/",
    "/(a|aa)+$/",
    '"a a a a a a a b"~900',
    "a NEAR/900 b",
    "/((((a{0,30}){0,30}){0,30}){0,30})/",
    "(" + " OR ".join(f"a NEAR/{n} b" for n in range(200)) + ")",
]


@pytest.mark.parametrize("query", HOSTILE)
def test_hostile_queries_take_linear_time(query: str) -> None:
    try:
        matcher = TopicMatcher([Topic(slug=TopicSlug("t"), title="T", query=query)])
    except QuerySyntaxError:
        return
    one = article(text="a " * 5000 + "a" * 5000)
    began = process_time()
    matcher.match(one, None, NOW)
    assert process_time() - began < 2

"""Every example of the reference page does what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aggregator.curate.clauses import FIELD_NAMES
from aggregator.curate.match import TopicMatcher
from aggregator.curate.query import parse_query
from aggregator.errors import QuerySyntaxError
from aggregator.model.ids import TopicSlug
from aggregator.model.topic import Topic
from tests.support.queries import ARTICLES, LISTS, NOW, SAVED, SOURCES

PAGE = (Path(__file__).parents[2] / "docs/reference/query-language.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| ([✓✗!]) \| `((?:[^`])+)` \| (.*)\|$", re.MULTILINE)
EXAMPLES = [(mark, query.replace("\\|", "|"), told.strip()) for mark, query, told in ROW.findall(PAGE)]


def test_the_page_has_examples_and_names_every_field() -> None:
    assert len(EXAMPLES) >= 45
    assert not [name for name in FIELD_NAMES if not re.search(rf"\b{name}\b", PAGE)]


@pytest.mark.parametrize(("mark", "query", "told"), EXAMPLES, ids=[query for _, query, _ in EXAMPLES])
def test_an_example_does_what_the_page_says(mark: str, query: str, told: str) -> None:
    if mark == "!":
        with pytest.raises(QuerySyntaxError) as caught:
            parse_query(query, saved=SAVED, lists=LISTS)
        if told.startswith("column"):
            assert str(caught.value) == told
        return
    matcher = TopicMatcher([Topic(slug=TopicSlug("t"), title="T", query=query)], saved=SAVED, lists=LISTS)
    assert bool(matcher.match(ARTICLES["moon"], SOURCES["moonwire"], NOW)) is (mark == "✓")

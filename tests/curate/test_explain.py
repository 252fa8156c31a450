"""The same explanation as lines and as JSON, for what is there and for what is not."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from aggregator.curate.explain import explain_article
from aggregator.curate.match import TopicMatcher
from aggregator.curate.select import Candidate, update_topic
from aggregator.errors import UsageError
from aggregator.model.ids import ArticleId, SourceId, TopicSlug
from aggregator.model.source import Republish, Source
from aggregator.model.topic import Override, OverrideKind, PolicyVerdict, Topic
from tests.support.articles import NOON, article, licence, story

BY = licence("CC-BY-4.0")
assert BY.evidence is not None
VERDICT = PolicyVerdict(policy=Republish.FULL, rule="item-licence", reason="CC BY.", evidence=(BY.evidence,))
TOPIC = Topic(slug=TopicSlug("space"), title="Space", query="moon -mars", languages=("en",), per_source=5)
ACT = Override(
    id=1,
    kind=OverrideKind.PIN,
    topic=TOPIC.slug,
    article_id=ArticleId("a1"),
    story_id=None,
    who="ed",
    at=NOON,
    why="important",
    until=NOON.replace(day=22),
)


def test_a_listed_article_tells_clauses_score_verdict_story_acts_and_times() -> None:
    about, copy = article("a1", title="Moon news"), article("a2", title="Moon news")
    tale = story("s-1", about, copy, original_known=True)
    matcher = TopicMatcher([TOPIC])
    match = matcher.match(about, None, NOON)[0]
    candidate = Candidate(article=about, story=tale, source=None, match=match, verdict=VERDICT)
    selection = update_topic(TOPIC, candidates=[candidate], current=[], now=NOON, overrides=[ACT], version="v7").listed[
        0
    ]
    told = explain_article(
        TOPIC,
        about,
        clauses=matcher.explain(TOPIC.slug, about, None, NOON),
        selection=selection,
        matched=True,
        story=tale,
        articles={about.id: about, copy.id: copy},
        overrides=[ACT],
    )
    text = "\n".join(told.lines())
    for part in (
        "IN space (listed; pin)",
        "query: moon -mars",
        "yes  languages: en: en",
        "yes  moon: Moon",
        "yes  NOT mars",
        "score: ",
        "coverage",
        "republishing: full by item-licence",
        "evidence: link rel=license: CC-BY-4.0",
        "story: 2 articles",
        "(first, original, shown)",
        "editor: pin by ed on 2026-05-20T12:00:00Z: important",
        "listed: 2026-05-20T12:00:00Z",
        "pinned until: 2026-05-22T12:00:00Z",
        "stays until: 2026-06-03T12:00:00Z",
        "per_source 5",
    ):
        assert part in text
    data = json.loads(json.dumps(told.as_dict()))
    assert data["present"] is True
    assert data["query_version"] == "v7"
    assert [clause["clause"] for clause in data["clauses"]] == ["languages: en", "moon", "NOT mars"]
    assert data["clauses"][1]["words"] == ["Moon"]
    assert data["verdict"]["evidence"][0]["confidence"] == 1.0
    assert data["times"]["listed"] == "2026-05-20T12:00:00Z"
    assert data["overrides"][0]["until"] == "2026-05-22T12:00:00Z"
    assert {part["name"] for part in data["parts"]} >= {"source", "match", "coverage", "recency", "novelty"}


def test_why_not_names_the_clauses_that_failed() -> None:
    about = article("a1", title="Moon and Mars", language="nl")
    matcher = TopicMatcher([TOPIC])
    assert not matcher.match(about, None, NOON)
    told = explain_article(
        TOPIC, about, clauses=matcher.explain(TOPIC.slug, about, None, NOON), selection=None, matched=False
    )
    assert (told.present, told.rule) == (False, "query")
    assert "not satisfied: languages: en, NOT mars." in told.lines()[1]
    assert "no   NOT mars: Mars" in "\n".join(told.lines())


def test_a_copy_points_to_the_article_that_is_shown() -> None:
    about, copy = article("a1", title="Moon"), article("a2", title="Moon")
    tale = story("s-1", about, copy)
    match = TopicMatcher([TOPIC]).match(about, None, NOON)[0]
    candidate = Candidate(article=about, story=tale, source=None, match=match, verdict=VERDICT)
    selection = update_topic(TOPIC, candidates=[candidate], current=[], now=NOON).listed[0]
    told = explain_article(TOPIC, copy, clauses=(), selection=selection, matched=True, story=tale)
    assert (told.present, told.rule) == (False, "duplicate")
    assert "as article a1" in told.sentence


def test_what_fits_but_has_no_decision_says_so() -> None:
    told = explain_article(TOPIC, article("a1"), clauses=(), selection=None, matched=True)
    assert (told.state, told.rule, told.present) == ("held-back", "not-decided", False)


def _topic(slug: str, query: str = "", **more: object) -> Topic:
    return replace(Topic(slug=TopicSlug(slug), title=slug, query=query), **more)  # type: ignore[arg-type]


def test_a_topic_may_be_built_from_others_and_says_which_part_fits() -> None:
    topics = [
        _topic("all", "-gossip", topics=("moon", "sea")),
        _topic("moon", "moon"),
        _topic("sea", "sea"),
    ]
    matcher = TopicMatcher(topics)
    matched = [match.topic for match in matcher.match(article(title="The moon"), None, NOON)]
    assert matched == ["moon", "all"]
    assert [m.topic for m in matcher.match(article(title="moon gossip"), None, NOON)] == ["moon"]
    assert not matcher.match(article(title="nothing"), None, NOON)
    clauses = matcher.explain(TopicSlug("all"), article(title="The moon"), None, NOON)
    assert [(clause.clause, clause.matched) for clause in clauses] == [
        ("topic moon", True),
        ("topic sea", False),
        ("NOT gossip", True),
    ]


def test_topics_built_in_a_circle_or_from_nothing_are_refused() -> None:
    with pytest.raises(UsageError, match="a → b → a"):
        TopicMatcher([_topic("a", topics=("b",)), _topic("b", topics=("a",))])
    with pytest.raises(UsageError, match="no such topic"):
        TopicMatcher([_topic("a", topics=("b",))])


def test_sources_may_be_named_or_tagged_and_languages_go_by_their_first_part() -> None:
    source = Source(id=SourceId("moonwire"), url="https://example.org/f", tags=("science",))
    reach = {
        "named": _topic("named", sources=("moonwire",)),
        "tagged": _topic("tagged", tags=("science", "art")),
        "either": _topic("either", sources=("else",), tags=("science",)),
        "other": _topic("other", sources=("else",)),
        "untagged": _topic("untagged", tags=("art",)),
        "english": _topic("english", languages=("en", "nl")),
        "british": _topic("british", languages=("en-GB",)),
        "french": _topic("french", languages=("fr",)),
    }
    matched = {match.topic for match in TopicMatcher(reach.values()).match(article(language="en-US"), source, NOON)}
    assert matched == {"named", "tagged", "either", "english"}


@pytest.mark.parametrize(
    ("place", "weight", "fields"),
    [
        ("title", 1.0, {"title": "Moon", "text": "moon"}),
        ("lead", 0.7, {"summary": "The moon", "text": "moon"}),
        ("body", 0.4, {"text": "moon"}),
        ("other", 1.0, {"categories": ("moon",)}),
    ],
)
def test_a_match_counts_by_its_best_place(place: str, weight: float, fields: dict[str, Any]) -> None:
    match = TopicMatcher([_topic("t", "moon OR #moon")]).match(article(**fields), None, NOON)[0]
    assert (match.place, match.weight) == (place, weight)

from __future__ import annotations

import dataclasses

import pytest

from aggregator.dedupe import stories
from aggregator.dedupe.matcher import Match, Matcher
from aggregator.dedupe.stories import Ruling
from aggregator.model.ids import ArticleId, PublishedId
from aggregator.model.story import Edge, Story, Tie, Verdict
from tests.support.dedupe import BRIDGE, FERRY, LIBRARY, START, candidate, match

A, B, C = ArticleId("a"), ArticleId("b"), ArticleId("c")


def copies() -> tuple[Match, ...]:
    return match(
        candidate("a", "Ferry sails", FERRY),
        candidate("b", "Ferry sails at last", FERRY, hours=1),
        candidate("c", "Seeds to lend", LIBRARY, hours=2),
    )


def members(story: Story) -> list[str]:
    return [str(member.article_id) for member in story.members]


def test_a_copy_joins_the_story_of_its_original() -> None:
    applied = stories.apply(copies(), [])
    assert [members(story) for story in applied.stories] == [["a", "b"], ["c"]]
    assert [story.id for story in applied.stories] == ["s-a", "s-c"]


def test_a_member_keeps_its_tie_scores_and_rule_version() -> None:
    first = stories.apply(copies(), []).stories[0]
    edge = first.members[1].edge
    assert edge is not None
    assert (edge.other_id, edge.version) == ("a", 1)
    assert dict(edge.scores)["containment"] == 1.0


def test_applying_the_same_matches_again_changes_nothing() -> None:
    found = copies()
    once = stories.apply(found, [])
    again = stories.apply(found, once.stories)
    assert again.stories == ()


def test_a_split_survives_a_replay() -> None:
    found = copies()
    ruling = Ruling(one=B, other=A, verdict=Verdict.SPLIT)
    applied = stories.apply(found, [], [ruling])
    assert [members(story) for story in applied.stories] == [["a"], ["b"], ["c"]]


def test_a_confirmation_joins_what_the_rules_keep_apart() -> None:
    ruling = Ruling(one=A, other=C, verdict=Verdict.CONFIRM)
    applied = stories.apply(copies(), [], [ruling])
    assert [members(story) for story in applied.stories] == [["a", "b", "c"]]
    assert applied.stories[0].members[2].tie is Tie.OPERATOR


def test_a_sure_copy_of_two_stories_unites_them() -> None:
    half = len(FERRY) // 2
    found = match(
        candidate("a", "Ferry sails for the first time", FERRY[:half]),
        candidate("b", "Commuters divided about new ferry", FERRY[half:], hours=1),
        candidate("c", "New ferry sails, commuters divided", FERRY, hours=2),
    )
    assert [m.story_of for m in found] == [None, None, "a"]
    assert stories.apply(found, []).absorbed == (("s-b", "s-a"),)


def test_an_article_less_sure_of_one_story_unites_nothing() -> None:
    first, *_, third = copies()
    second = first._replace(article_id=B, edges=(), story_of=None)
    edges = tuple(
        Edge(article_id=C, other_id=other, tie=Tie.NEAR_COPY, rule="shared-text", scores=(("containment", share),))
        for other, share in ((A, 0.95), (B, 0.79))
    )
    applied = stories.apply((first, second, third._replace(edges=edges, story_of=A)), [])
    assert [members(story) for story in applied.stories] == [["a", "c"], ["b"]]


def test_the_published_story_survives_a_union() -> None:
    matcher = Matcher()
    url_a, url_b = "https://x.example/1", "https://x.example/2"
    before = matcher.match([candidate("a", "Ferry", FERRY, url=url_a), candidate("b", "Bridge", BRIDGE, url=url_b)])
    old, young = stories.apply(before, []).stories
    young = dataclasses.replace(young, published_id=PublishedId("tag:x.example,2026:b"), published_article=B)
    ruling = Ruling(one=A, other=C, verdict=Verdict.CONFIRM)
    found = matcher.match([candidate("c", "Bridge", FERRY, url=url_b, hours=1)])
    applied = stories.apply(found, [old, young], [ruling])
    assert applied.absorbed == (("s-a", "s-b"),)
    assert [sorted(members(story)) for story in applied.stories] == [["a", "b", "c"]]


def test_splitting_leaves_the_published_id_with_its_article() -> None:
    story = stories.apply(copies(), []).stories[0]
    story = dataclasses.replace(story, published_id=PublishedId("tag:x.example,2026:a"), published_article=A)
    kept, new = stories.split(story, A, START)
    assert (kept.id, members(kept), kept.published_id) == (story.id, ["a"], story.published_id)
    assert (new.id, members(new), new.published_id) == ("s-b", ["b"], None)
    assert new.members[0].tie is Tie.FIRST


def test_splitting_off_a_later_member_mints_its_own_story() -> None:
    story = stories.apply(copies(), []).stories[0]
    kept, new = stories.split(story, B, START)
    assert (kept.id, new.id) == ("s-a", "s-b")
    assert stories.rulings_of(story, B) == (Ruling(one=B, other=A, verdict=Verdict.SPLIT),)


def test_the_only_article_of_a_story_cannot_be_split_off() -> None:
    story = stories.apply(copies(), []).stories[1]
    with pytest.raises(ValueError, match="no other article"):
        stories.split(story, C, START)


def test_only_a_member_can_be_preferred() -> None:
    story = stories.apply(copies(), []).stories[0]
    assert stories.prefer(story, B, START).preferred == "b"
    with pytest.raises(KeyError):
        stories.prefer(story, C, START)

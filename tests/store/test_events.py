from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from aggregator.model.ids import ArticleId, SourceId, StoryId
from aggregator.model.story import Member, Story, Tie
from aggregator.store.store import Store

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def story(name: str, hours: Sequence[int], coverage: str) -> Story:
    members = tuple(
        Member(
            article_id=ArticleId(f"{name}-{hour}"),
            source_id=SourceId("one"),
            tie=Tie.FIRST,
            joined_at=NOON + timedelta(hours=hour),
        )
        for hour in hours
    )
    return Story(
        id=StoryId(name),
        members=members,
        original=members[0].article_id,
        created_at=members[0].joined_at,
        changed_at=NOON,
        coverage=coverage,
    )


def test_of_an_event_the_stories_that_told_of_it_first_are_read_and_no_more(store: Store) -> None:
    told = [story("late", [9], "flood"), story("first", [1, 20], "flood"), story("second", [2], "flood")]
    store.stories.save([*told, story("other", [3], "fire"), replace(story("lone", [0], ""), coverage=None)])
    found = store.stories.of_coverages(["flood", "fire", "nothing"], most=2)
    assert {name: [one.id for one in stories] for name, stories in found.items()} == {
        "flood": ["first", "second"],
        "fire": ["other"],
    }


def test_of_stories_that_began_together_the_order_is_that_of_their_ids(store: Store) -> None:
    store.stories.save([story(name, [1], "flood") for name in ("c", "a", "b")])
    assert [one.id for one in store.stories.of_coverages(["flood"], most=2)["flood"]] == ["a", "b"]

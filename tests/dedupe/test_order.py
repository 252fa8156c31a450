"""The order of arrival: it decides who begins a story, and not who belongs together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.dedupe.backtest import Item, candidates, read_items
from aggregator.dedupe.matcher import Matcher
from aggregator.dedupe.stories import apply, named
from aggregator.model.ids import ArticleId
from aggregator.model.story import Story
from benchmarks.generator.build import generate

HOURS = 12
"""Less than the age at which the rules begin to ask for more."""
REWRITTEN = ("heavy", "sum_rewrite", "neg_roundup")
"""Kinds that the rules join to some copies of their text and not to others."""


def items() -> list[Item]:
    made = read_items(row.line() for row in generate(seed=4, groups=40, issues=4))
    return [item for item in made if item.kind not in REWRITTEN]


ITEMS = items()


def partition(arrived: Sequence[Item], batch: int) -> set[frozenset[ArticleId]]:
    """Who belongs together when the items arrive in this order, evenly over the hours."""
    step = HOURS * 3600 / len(arrived)
    timed = [replace(item, seconds=place * step) for place, item in enumerate(arrived)]
    matcher, stories = Matcher(), dict[ArticleId, Story]()
    for start in range(0, len(timed), batch):
        matches = matcher.match(candidates(timed[start : start + batch]))
        known = {story.id: story for name in named(matches) if (story := stories.get(name))}
        for story in apply(matches, known.values()).stories:
            stories |= {member.article_id: story for member in story.members}
    return {frozenset(member.article_id for member in story.members) for story in stories.values()}


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([7, 50, 1000]))
def test_the_order_of_arrival_within_the_window_does_not_change_who_belongs_together(seed: int, batch: int) -> None:
    shuffled = list(ITEMS)
    Random(seed).shuffle(shuffled)
    assert partition(shuffled, batch) == partition(ITEMS, batch)


def test_copies_are_joined_at_all() -> None:
    assert len(partition(ITEMS, 50)) < 0.8 * len(ITEMS)

from __future__ import annotations

from datetime import timedelta

import pytest

from aggregator.dedupe.coverage import Coverage, CoverageRules, Report
from aggregator.dedupe.terms import Rarity, vectors
from aggregator.model.ids import StoryId
from tests.support.dedupe import BRIDGE, FERRY, LIBRARY, START

FERRY_ELSEWHERE = (
    "Islanders waved flags when the battery ferry made its maiden crossing on Thursday. The silent vessel, four months "
    "late, needs twenty minutes longer than the old ship, to the anger of commuters. The shipping company charges the "
    "batteries at the quay overnight and promises another look at the timetable after summer."
)


def report(name: str, title: str, text: str, *, hours: float = 0.0, coverage: str | None = None) -> Report:
    at = START + timedelta(hours=hours)
    return Report(story_id=StoryId(name), at=at, title=title, text=text, coverage=coverage)


FIRST = (
    report("ferry", "Electric ferry sails for the first time", FERRY),
    report("bridge", "Railway bridge closed", BRIDGE),
    report("library", "Library lends out seeds", LIBRARY),
)


def test_two_accounts_of_one_event_are_one_group() -> None:
    groups = Coverage().add([*FIRST, report("other", "Battery ferry crosses to the islands", FERRY_ELSEWHERE, hours=5)])
    assert dict(groups) == {"ferry": "c-ferry", "other": "c-ferry"}


def test_a_story_alone_has_no_group() -> None:
    assert Coverage().add(FIRST) == {}


def test_a_group_ends_when_nothing_has_joined_it_for_its_window() -> None:
    coverage = Coverage()
    coverage.add(FIRST)
    late = report("late", "Battery ferry crosses to the islands", FERRY_ELSEWHERE, hours=31 * 24)
    assert coverage.add([late]) == {}


def test_only_the_newest_groups_are_kept() -> None:
    coverage = Coverage(CoverageRules(most_groups=1))
    coverage.add([FIRST[0]])
    coverage.add([report("bridge", "Railway bridge closed", BRIDGE, hours=1)])
    coverage.add([report("library", "Library lends out seeds", LIBRARY, hours=2)])
    other = report("other", "Battery ferry crosses to the islands", FERRY_ELSEWHERE, hours=5)
    assert coverage.add([other]) == {}


def test_a_restart_puts_stories_back_into_their_groups() -> None:
    other = report("other", "Battery ferry crosses to the islands", FERRY_ELSEWHERE, hours=5)
    third = report("third", "Ferry to the islands runs on batteries", FERRY_ELSEWHERE[:200], hours=9)
    whole = Coverage()
    before = whole.add([*FIRST, other])
    again = Coverage()
    again.load([*(report(r.story_id, r.title, r.text, coverage=before.get(r.story_id)) for r in (*FIRST, other))])
    assert again.add([third]) == whole.add([third]) == {"third": "c-ferry"}


@pytest.mark.parametrize(
    ("one", "other"), [("harbours", "harboured"), ("electrical", "electrics"), ("железнодорожный", "железнодорожные")]
)
def test_words_with_the_same_beginning_are_one_term_in_every_script(one: str, other: str) -> None:
    [first, second, _] = vectors([(one, ""), (other, ""), ("library", "")], Rarity(), 10)
    assert list(first) == list(second) != []


def test_words_that_begin_alike_in_fewer_letters_are_two_terms() -> None:
    [first, second, _] = vectors([("желание", ""), ("железнодорожный", ""), ("library", "")], Rarity(), 10)
    assert first.keys().isdisjoint(second)


def test_a_text_without_words_is_like_nothing() -> None:
    assert vectors([("…", ""), ("", "")], Rarity(), 10) == [{}, {}]
    assert Coverage().add([report("a", "…", ""), report("b", "…", "")]) == {}


def other(name: str = "other", *, hours: float = 5.0, coverage: str | None = None) -> Report:
    return report(name, "Battery ferry crosses to the islands", FERRY_ELSEWHERE, hours=hours, coverage=coverage)


def test_a_story_that_follows_another_shares_its_group_whatever_its_words() -> None:
    coverage = Coverage()
    coverage.add(FIRST)
    assert coverage.follow(StoryId("library"), None, StoryId("ferry"), None) == {
        "library": "c-ferry",
        "ferry": "c-ferry",
    }
    assert coverage.add([other()]) == {"other": "c-ferry"}


def test_a_story_that_will_follow_another_is_not_placed_by_its_words() -> None:
    coverage = Coverage()
    coverage.add(FIRST)
    assert coverage.add([other()], {StoryId("other")}) == {}
    followed = coverage.follow(StoryId("other"), None, StoryId("bridge"), None)
    assert followed == {"other": "c-bridge", "bridge": "c-bridge"}


def test_a_story_leaves_its_group_for_that_of_what_it_follows() -> None:
    coverage = Coverage()
    assert coverage.add([*FIRST, other()]) == {"ferry": "c-ferry", "other": "c-ferry"}
    coverage.follow(StoryId("library"), None, StoryId("bridge"), None)
    assert coverage.follow(StoryId("other"), "c-ferry", StoryId("bridge"), "c-bridge") == {"other": "c-bridge"}
    assert coverage.follow(StoryId("other"), "c-bridge", StoryId("bridge"), "c-bridge") == {}
    assert coverage.add([other("third", hours=6)]) == {"ferry": "c-ferry", "third": "c-ferry"}


def test_a_story_leaves_its_group_for_one_that_stands_alone() -> None:
    coverage = Coverage()
    coverage.add([*FIRST, other()])
    followed = coverage.follow(StoryId("other"), "c-ferry", StoryId("library"), None)
    assert followed == {"other": "c-library", "library": "c-library"}


def test_the_words_of_a_follower_draw_none_of_its_batch() -> None:
    coverage = Coverage()
    assert coverage.add([other(), *FIRST], {StoryId("other")}) == {}


def test_a_story_follows_into_a_group_that_memory_has_lost() -> None:
    coverage = Coverage()
    coverage.add([other()])
    assert coverage.follow(StoryId("other"), None, StoryId("old"), "c-old") == {"other": "c-old"}
    assert coverage.add([other("third", hours=6)]) == {"other": "c-old", "third": "c-old"}


def test_a_restart_finds_a_follower_where_it_was() -> None:
    whole = Coverage()
    whole.add(FIRST)
    groups = whole.follow(StoryId("library"), None, StoryId("bridge"), None)
    again = Coverage()
    again.load([report(r.story_id, r.title, r.text, coverage=groups.get(r.story_id)) for r in FIRST])
    third = report("third", "Seeds in the drawers of the library", LIBRARY[:200], hours=9)
    assert again.add([third]) == whole.add([third]) == {"third": "c-bridge"}

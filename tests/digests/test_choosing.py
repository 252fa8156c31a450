from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from aggregator.curate.digest import Sent
from aggregator.model.article import Category
from aggregator.model.ids import ArticleId, StoryId, TopicSlug
from aggregator.model.topic import Reason
from tests.support.digests import NOTHING_SENT, SINCE, UNTIL, candidate, chosen, copies, numbers, reasons
from tests.support.editions import NOON, credited_images, moment, publisher, topic


def scored(score: float) -> Reason:
    return Reason(rule="query", sentence="It fits.", score=score)


@pytest.mark.case("B-27")
def test_a_back_dated_story_that_is_listed_now_is_in_this_issue() -> None:
    late = candidate(1, published=moment(NOON - timedelta(days=90)), listed=NOON)
    assert numbers(chosen(late)) == ["s1"]


def test_what_is_listed_after_the_due_time_waits_for_the_next_issue() -> None:
    choice = chosen(candidate(1, listed=UNTIL), candidate(2, listed=UNTIL + timedelta(seconds=1)))
    assert numbers(choice) == ["s1"]
    assert reasons(choice) == {"s2": "late"}


def test_what_was_listed_before_the_period_is_left_out() -> None:
    assert reasons(chosen(candidate(1, listed=SINCE))) == {"s1": "old"}


def test_a_story_of_an_earlier_issue_is_never_told_again() -> None:
    sent = Sent(stories={StoryId("s1"): 4}, articles={})
    choice = chosen(candidate(1), sent=sent)
    assert not choice.items
    assert choice.left_out[0].sentence == "Issue 4 told it."


def test_a_story_that_was_joined_with_one_told_before_is_not_told_again() -> None:
    sent = Sent(stories={}, articles={ArticleId("copy0"): 2})
    assert reasons(chosen(candidate(1, also=copies(1)), sent=sent)) == {"s1": "sent"}


def test_a_first_poll_is_no_news_unless_the_editor_asks_for_what_is_stored() -> None:
    old = candidate(1, news=False, listed=SINCE - timedelta(days=30))
    assert reasons(chosen(old)) == {"s1": "backfill"}
    assert numbers(chosen(old, stored=True)) == ["s1"]


def test_two_topics_bring_a_story_once_under_the_first() -> None:
    moon, mars = topic(slug=TopicSlug("moon"), title="Moon"), topic(slug=TopicSlug("mars"), title="Mars")
    names = (TopicSlug("moon"), TopicSlug("mars"))
    both = (candidate(1, of=mars), candidate(2, of=mars), candidate(1, of=moon))
    choice = chosen(*both, topics=names)
    assert [(section.title, len(section.items)) for section in choice.sections] == [("Moon", 1), ("Mars", 1)]
    assert reasons(choice) == {"s1": "repeated"}


def test_coverage_counts_carriers_and_score_counts_scores() -> None:
    widely = candidate(3, also=copies(4), reason=scored(1))
    strong = candidate(2, reason=scored(9))
    newest = candidate(1, reason=scored(0))
    stories = (newest, strong, widely)
    assert numbers(chosen(*stories, order="coverage")) == ["s3", "s2", "s1"]
    assert numbers(chosen(*stories, order="score")) == ["s2", "s3", "s1"]
    assert numbers(chosen(*stories, order="newest")) == ["s1", "s2", "s3"]


def test_two_feeds_of_one_publisher_carry_a_story_once() -> None:
    twice = candidate(1, also=tuple(replace(one, publisher=publisher("The same paper")) for one in copies(3)))
    widely = candidate(2, also=copies(2))
    assert numbers(chosen(twice, widely, order="coverage")) == ["s2", "s1"]


def test_an_editors_pin_comes_first_in_every_order() -> None:
    for order in ("coverage", "score", "newest"):
        assert numbers(chosen(candidate(1, also=copies(3)), candidate(2, pinned=True), order=order))[0] == "s2"


def test_what_finds_no_room_is_left_out_with_the_reason() -> None:
    choice = chosen(candidate(1), candidate(2), candidate(3), stories=2, order="newest")
    assert numbers(choice) == ["s1", "s2"]
    assert reasons(choice) == {"s3": "room"}


def test_sections_by_category_hold_at_least_two_stories() -> None:
    space, sport = (Category(term="space"),), (Category(term="sport"),)
    choice = chosen(
        candidate(1, categories=space),
        candidate(2, categories=sport),
        candidate(3, categories=space),
        sections="category",
        order="newest",
    )
    assert [section.title for section in choice.sections] == ["space", ""]
    assert numbers(choice) == ["s1", "s3", "s2"]


def test_summaries_are_shortened_to_whole_words() -> None:
    choice = chosen(candidate(1, summary="one two three four five six, seven"), blurb_words=6)
    assert choice.items[0].item.summary == "one two three four five six …"


def test_a_summary_that_only_repeats_the_title_is_left_out() -> None:
    assert chosen(candidate(1, title="It rains", summary="It  rains\n")).items[0].item.summary == ""


def test_an_issue_keeps_one_image_that_its_licence_allows() -> None:
    moon, mars, plain = credited_images()
    choice = chosen(
        candidate(1, images=(plain, mars, moon)), image_allowed=lambda image, _item: image.licence is not None
    )
    assert choice.items[0].item.images == (moon,)
    assert choice.items[0].item.content == ""


def test_equal_candidates_give_equal_issues_in_any_order() -> None:
    stories = [candidate(number) for number in range(20)]
    assert chosen(*stories, sent=NOTHING_SENT) == chosen(*reversed(stories), sent=NOTHING_SENT)

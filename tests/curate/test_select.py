"""What enters a topic, what waits, what is refused, and what leaves: hour by hour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.curate.match import TopicMatch
from aggregator.curate.score import diverse, independence, novelty
from aggregator.curate.select import Candidate, Changes, update_topic
from aggregator.model.article import Article
from aggregator.model.ids import ArticleId, SourceId, StoryId, TopicSlug
from aggregator.model.source import Republish, Source
from aggregator.model.story import Story
from aggregator.model.topic import (
    Mode,
    Order,
    Override,
    OverrideKind,
    PolicyVerdict,
    Selection,
    SelectionState,
    Topic,
)
from tests.support.articles import NOON, article, story

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SLUG = TopicSlug("t")
EXCERPT = PolicyVerdict(policy=Republish.EXCERPT, rule="default", reason="By default.")
REFUSED = PolicyVerdict(policy=Republish.REFUSE, rule="source-policy", reason="The operator refuses this source.")


@dataclass
class Desk:
    """A topic with its store: what is kept between updates, as the pipeline would."""

    topic: Topic
    kept: dict[StoryId, Selection] = field(default_factory=dict)
    articles: dict[ArticleId, Article] = field(default_factory=dict)
    stories: dict[StoryId, Story] = field(default_factory=dict)
    log: list[Override] = field(default_factory=list)

    def update(
        self, *candidates: Candidate, now: datetime = NOON, first: bool = False, relist: bool = False
    ) -> Changes:
        for one in candidates:
            self.articles[one.article.id] = one.article
            self.stories[one.story.id] = one.story
        changes = update_topic(
            self.topic,
            candidates=candidates,
            current=tuple(self.kept.values()),
            now=now,
            overrides=self.log,
            articles=self.articles,
            stories=self.stories,
            first_edition=first,
            relist=relist,
            version="v1",
        )
        self.kept.update({selection.story_id: selection for selection in changes.all})
        return changes

    def act(self, kind: OverrideKind, name: str, at: datetime = NOON, **more: Any) -> Override:
        act = Override(
            id=len(self.log) + 1,
            kind=kind,
            topic=SLUG,
            article_id=ArticleId(name),
            story_id=None,
            who="ed",
            at=at,
            why="because",
            **more,
        )
        self.log.append(act)
        return act

    def state(self, name: str) -> SelectionState:
        return self.kept[StoryId(f"s-{name}")].state

    def rule(self, name: str) -> str:
        return self.kept[StoryId(f"s-{name}")].reason.rule


def topic(**settings: Any) -> Topic:
    return Topic(slug=SLUG, title="T", **{"min_items": 0, **settings})


def one(name: str, *, age: timedelta = HOUR, now: datetime = NOON, place: str = "title", **more: Any) -> Candidate:
    values = {key: more.pop(key) for key in ("verdict", "voices", "joined", "match") if key in more}
    weight = more.pop("weight", 1.0)
    known = more.pop("known", None)
    about = article(name, **{"published": now - age, "title": f"title {name}", **more})
    return Candidate(
        article=about,
        story=known or story(f"s-{name}", about),
        source=Source(id=about.source_id, url="https://example.org/f", weight=weight),
        **{"match": TopicMatch(topic=SLUG, place=place), "verdict": EXCERPT, **values},
    )


def names(selections: Iterable[Selection]) -> list[str]:
    return [str(selection.article_id) for selection in selections]


def test_what_matches_is_listed_with_its_reason() -> None:
    desk = Desk(topic())
    changes = desk.update(one("a"))
    listed = changes.listed[0]
    assert (listed.state, listed.listed_at, listed.reason.rule) == (SelectionState.LISTED, NOON, "query")
    assert listed.reason.query_version == "v1"
    product = 1.0
    for part in listed.reason.parts:
        product *= part.value
    assert listed.reason.score == pytest.approx(product, abs=1e-5)


def test_an_update_without_news_changes_nothing() -> None:
    desk = Desk(topic())
    desk.update(one("a"), one("b"))
    again = desk.update(one("a"), one("b"), now=NOON + HOUR)
    assert not again
    assert names(again.standing) == ["a", "b"]


def test_the_same_arguments_give_the_same_changes_in_any_order() -> None:
    candidates = [one(name, age=HOUR * n) for n, name in enumerate("abcdef", 1)]
    forwards = Desk(topic(limit=3)).update(*candidates)
    backwards = Desk(topic(limit=3)).update(*reversed(candidates))
    assert forwards == backwards


@pytest.mark.case("B-20")
def test_newest_come_first_and_the_limit_holds() -> None:
    desk = Desk(topic(limit=3))
    changes = desk.update(*(one(name, age=HOUR * n) for n, name in enumerate("abcde", 1)), first=True)
    assert names(changes.standing) == ["a", "b", "c"]
    assert {desk.rule(name) for name in "de"} == {"window"}


@pytest.mark.case("B-20")
def test_the_window_ends_by_age_but_never_below_the_least_number_of_items() -> None:
    desk = Desk(topic(window_days=7, min_items=2))
    desk.update(one("a"), now=NOON)
    desk.update(one("b", now=NOON + HOUR), now=NOON + HOUR)
    desk.update(one("c", now=NOON + 2 * HOUR), now=NOON + 2 * HOUR)
    changes = desk.update(now=NOON + 8 * DAY)
    assert names(changes.aged_out) == ["a"]
    assert names(changes.standing) == ["c", "b"]


@pytest.mark.case("B-20")
def test_a_new_topic_reaches_back_until_it_has_its_least_number_of_items() -> None:
    desk = Desk(topic(window_days=7, min_items=3))
    changes = desk.update(*(one(f"a{n}", age=DAY * 30 * n) for n in range(1, 6)), first=True)
    assert names(changes.standing) == ["a1", "a2", "a3"]
    assert desk.rule("a4") == "window"


@pytest.mark.case("B-28")
def test_what_has_left_never_comes_back() -> None:
    desk = Desk(topic(window_days=7))
    desk.update(one("a"))
    desk.update(now=NOON + 8 * DAY)
    assert desk.state("a") is SelectionState.AGED_OUT
    assert not desk.update(one("a"), now=NOON + 8 * DAY + HOUR)
    assert desk.state("a") is SelectionState.AGED_OUT


@pytest.mark.case("B-28")
def test_a_score_that_swings_around_the_threshold_neither_removes_nor_repeats_an_item() -> None:
    desk = Desk(topic(order=Order.SCORE, min_score=1.0))
    seen = []
    for hour in range(24):
        weight = 2.0 if hour % 2 == 0 else 0.1
        changes = desk.update(one("a", weight=weight), now=NOON + HOUR * hour)
        seen.append((names(changes.listed), names(changes.standing)))
    assert seen[0] == (["a"], ["a"])
    assert all(step == ([], ["a"]) for step in seen[1:])


@pytest.mark.case("B-28")
def test_score_and_listed_time_are_frozen_when_an_item_is_listed() -> None:
    desk = Desk(topic(order=Order.SCORE))
    first = desk.update(one("a")).listed[0]
    desk.update(one("a", voices=40.0), now=NOON + 5 * HOUR)
    kept = desk.kept[StoryId("s-a")]
    assert (kept.rank, kept.listed_at, kept.reason.score) == (first.rank, first.listed_at, first.reason.score)


def test_below_the_threshold_nothing_is_listed_and_the_rejection_tells_the_score() -> None:
    desk = Desk(topic(min_score=5.0))
    changes = desk.update(one("a"))
    assert desk.rule("a") == "score"
    assert "below 5" in changes.rejected[0].reason.sentence


def test_one_source_cannot_fill_a_topic() -> None:
    desk = Desk(topic(per_source=2))
    desk.update(*(one(f"a{n}", age=HOUR * n, source="loud") for n in range(1, 6)), one("b", source="quiet"))
    assert [desk.state(f"a{n}") for n in range(1, 6)] == [SelectionState.LISTED] * 2 + [SelectionState.REJECTED] * 3
    assert desk.rule("a3") == "cap"
    assert desk.state("b") is SelectionState.LISTED


def test_the_cap_counts_what_was_listed_before_and_forgets_what_left_the_window() -> None:
    desk = Desk(topic(per_source=1, window_days=7))
    desk.update(one("a"))
    assert names(desk.update(one("b"), now=NOON + DAY).listed) == []
    assert names(desk.update(one("c", now=NOON + 9 * DAY), now=NOON + 9 * DAY).listed) == ["c"]


def test_a_source_added_to_a_published_topic_brings_only_its_latest_entries() -> None:
    desk = Desk(topic(backfill_days=3))
    desk.update(
        one("old", age=4 * DAY, joined=True),
        one("new", age=2 * DAY, joined=True),
        one("none", published=None, joined=True),
    )
    assert desk.rule("old") == "backfill"
    assert desk.rule("none") == "backfill"
    assert desk.state("new") is SelectionState.LISTED


def test_a_first_poll_s_entries_are_backfill_too_and_a_source_may_say_how_many_days() -> None:
    desk = Desk(topic(backfill_days=3))
    wide = one("a", age=9 * DAY, backfill=True)
    assert wide.source is not None
    desk.update(replace(wide, source=replace(wide.source, backfill_days=10)), one("b", age=9 * DAY, backfill=True))
    assert desk.state("a") is SelectionState.LISTED
    assert desk.rule("b") == "backfill"


def test_the_first_edition_takes_all_that_is_stored_at_its_own_dates() -> None:
    desk = Desk(topic())
    changes = desk.update(one("a", age=6 * DAY, backfill=True), first=True)
    assert changes.listed[0].listed_at == NOON - 6 * DAY


def test_late_news_is_listed_now_and_old_news_is_refused() -> None:
    desk = Desk(topic(window_days=7))
    desk.update(one("late", age=5 * DAY), one("old", age=8 * DAY))
    assert desk.kept[StoryId("s-late")].listed_at == NOON
    assert desk.rule("old") == "window"


def test_a_story_is_listed_once_by_the_member_that_serves_readers_best() -> None:
    copy, original, preferred = (article(name, title="Same") for name in ("copy", "original", "preferred"))
    tale = story("s-x", copy, original, preferred, original=original.id)
    candidates = [replace(one("x", known=tale), article=about) for about in (copy, original, preferred)]
    assert names(Desk(topic()).update(*candidates).listed) == ["original"]
    chosen = replace(tale, preferred=preferred.id)
    assert names(Desk(topic()).update(*(replace(c, story=chosen) for c in candidates)).listed) == ["preferred"]
    barred = [replace(c, verdict=REFUSED) if c.article is original else c for c in candidates]
    assert names(Desk(topic()).update(*barred).listed) == ["copy"]


def test_without_dedupe_each_article_is_listed() -> None:
    first, second = article("a"), article("b")
    tale = story("s-x", first, second)
    candidates = [replace(one("x", known=tale), article=about) for about in (first, second)]
    assert sorted(names(Desk(topic(dedupe=False)).update(*candidates).listed)) == ["a", "b"]


def test_a_copy_that_joins_a_listed_story_changes_nothing() -> None:
    desk = Desk(topic())
    desk.update(one("a"))
    a, b = article("a"), article("b")
    assert not desk.update(replace(one("b"), story=story("s-a", a, b)), now=NOON + HOUR)


def test_a_listed_story_that_was_joined_to_another_is_not_listed_a_second_time() -> None:
    desk = Desk(topic())
    desk.update(one("a"))
    joined = story("s-b", article("b"), article("a"))
    changes = desk.update(replace(one("b"), story=joined), now=NOON + HOUR)
    assert not changes.listed
    assert names(changes.standing) == ["a"]


def test_a_refused_licence_keeps_an_article_out_and_takes_a_listed_one_down() -> None:
    desk = Desk(topic())
    desk.update(one("a", verdict=REFUSED), one("b"))
    assert desk.rule("a") == "policy"
    changes = desk.update(one("b", verdict=REFUSED), now=NOON + HOUR)
    assert names(changes.rejected) == ["b"]
    assert not changes.standing


def test_what_does_not_match_is_rejected_by_the_query() -> None:
    desk = Desk(topic())
    desk.update(one("a", match=None))
    assert desk.rule("a") == "query"


def test_with_approval_nothing_is_listed_before_an_editor_says_so() -> None:
    desk = Desk(topic(mode=Mode.APPROVE))
    assert names(desk.update(one("a"), one("b")).pending) == ["a", "b"]
    desk.act(OverrideKind.APPROVE, "a")
    desk.act(OverrideKind.DECLINE, "b")
    changes = desk.update(now=NOON + HOUR)
    assert (names(changes.listed), names(changes.rejected)) == (["a"], ["b"])
    assert changes.listed[0].listed_at == NOON + HOUR
    assert not desk.update(one("b"), now=NOON + 2 * HOUR)


def test_hidden_items_leave_and_come_back_in_their_place_when_the_act_is_undone() -> None:
    desk = Desk(topic())
    desk.update(one("a"))
    hidden = desk.act(OverrideKind.HIDE, "a")
    changes = desk.update(now=NOON + HOUR)
    assert names(changes.hidden) == ["a"]
    assert "because" in changes.hidden[0].reason.sentence
    assert not desk.update(one("a"), now=NOON + 2 * HOUR)
    desk.log[0] = replace(hidden, undone_by=2)
    back = desk.update(now=NOON + 3 * HOUR)
    assert (names(back.listed), back.listed[0].listed_at) == (["a"], NOON)


def test_an_undo_in_the_log_counts_even_where_the_act_is_not_marked() -> None:
    desk = Desk(topic())
    act = desk.act(OverrideKind.HIDE, "a")
    desk.log.append(replace(act, id=2, kind=OverrideKind.UNDO, values=(("other", "1"),)))
    assert names(desk.update(one("a")).listed) == ["a"]


def test_an_added_article_passes_query_window_score_and_cap_but_not_its_licence() -> None:
    desk = Desk(topic(window_days=7, min_score=9.0, per_source=0, mode=Mode.APPROVE))
    desk.act(OverrideKind.ADD, "a")
    desk.act(OverrideKind.ADD, "b")
    changes = desk.update(one("a", age=90 * DAY, match=None), one("b", verdict=REFUSED))
    assert (names(changes.listed), changes.listed[0].reason.rule) == (["a"], "override")
    assert desk.rule("b") == "policy"


def test_an_added_article_that_had_aged_out_is_listed_anew() -> None:
    desk = Desk(topic(window_days=7))
    desk.update(one("a"))
    desk.update(now=NOON + 8 * DAY)
    desk.act(OverrideKind.ADD, "a", at=NOON + 8 * DAY)
    changes = desk.update(one("a"), now=NOON + 9 * DAY)
    assert (names(changes.listed), changes.listed[0].listed_at) == (["a"], NOON + 9 * DAY)


@pytest.mark.case("B-28")
def test_an_added_article_that_aged_out_again_does_not_come_back() -> None:
    desk = Desk(topic(window_days=7))
    desk.act(OverrideKind.ADD, "a", at=NOON)
    assert names(desk.update(one("a")).listed) == ["a"]
    desk.update(now=NOON + 8 * DAY)
    assert names(desk.update(one("a"), now=NOON + 9 * DAY).listed) == []


def test_a_pin_puts_an_item_on_top_until_its_end_and_keeps_it_that_long() -> None:
    desk = Desk(topic(window_days=7))
    desk.update(one("a", age=5 * HOUR), one("b"))
    desk.act(OverrideKind.PIN, "a", until=NOON + 10 * DAY)
    assert names(desk.update(now=NOON + HOUR).standing) == ["a", "b"]
    assert names(desk.update(now=NOON + 8 * DAY).standing) == ["a"]
    assert names(desk.update(now=NOON + 11 * DAY).standing) == []


def test_a_pin_counts_as_adding_by_hand() -> None:
    desk = Desk(topic(min_score=9.0))
    desk.act(OverrideKind.PIN, "a", until=NOON + DAY)
    changes = desk.update(one("a"))
    assert changes.listed[0].pinned_until == NOON + DAY


def test_a_withdrawn_article_is_gone_for_good() -> None:
    desk = Desk(topic())
    desk.update(one("a"))
    desk.act(OverrideKind.WITHDRAW, "a")
    assert desk.update(now=NOON + HOUR).hidden[0].state is SelectionState.WITHDRAWN
    assert not desk.update(one("a"), now=NOON + 2 * HOUR)
    assert not Desk(topic(), log=desk.log).update(one("a"), relist=True).listed


def test_acts_of_another_topic_do_not_count_and_acts_for_all_topics_do() -> None:
    desk = Desk(topic())
    act = desk.act(OverrideKind.HIDE, "a")
    desk.log[0] = replace(act, topic=TopicSlug("other"))
    assert names(desk.update(one("a")).listed) == ["a"]
    desk.log[0] = replace(act, topic=None)
    assert names(desk.update(now=NOON + HOUR).hidden) == ["a"]


def test_a_replay_keeps_what_was_listed_and_relisting_forgets_it_but_not_the_editors() -> None:
    desk = Desk(topic())
    desk.update(one("a"), one("b"), one("c"))
    desk.act(OverrideKind.HIDE, "c")
    assert names(desk.update(one("b"), now=NOON + HOUR).standing) == ["a", "b"]
    changes = desk.update(one("b"), one("c"), now=NOON + 2 * HOUR, relist=True)
    assert names(changes.standing) == ["b"]
    assert changes.standing[0].listed_at == NOON
    assert desk.state("a") is SelectionState.REJECTED


def test_a_rejection_is_decided_anew_when_the_article_comes_again() -> None:
    desk = Desk(topic(per_source=1))
    desk.update(one("a"), one("b", age=2 * HOUR))
    assert desk.rule("b") == "cap"
    desk.act(OverrideKind.HIDE, "a")
    assert names(desk.update(one("b", age=2 * HOUR), now=NOON + HOUR).listed) == ["b"]


def test_one_text_in_fifty_papers_counts_hardly_more_than_one() -> None:
    wire = story("s", *(article(f"a{n}", source=f"paper{n}") for n in range(50)))
    alone = story("s", article("a"))
    others = [story(f"s{n}", article(f"b{n}", source=f"paper{n}")) for n in range(5)]
    assert independence([alone], {}) == 1.0
    assert 2.0 < independence([wire], {}) < 2.2
    assert independence(others, {}) == 5.0
    owned = {SourceId(f"paper{n}"): Source(id=SourceId(f"paper{n}"), url="x", owner="One") for n in range(50)}
    assert independence([wire], owned) == 1.0


def test_score_order_prefers_weight_place_voices_and_youth() -> None:
    desk = Desk(topic(order=Order.SCORE))
    changes = desk.update(
        one("plain"),
        one("heavy", weight=3.0),
        one("body", place="body"),
        one("told", voices=5.0),
        one("stale", age=40 * HOUR),
    )
    assert names(changes.standing) == ["heavy", "told", "plain", "body", "stale"]


def test_repetition_scores_lower_than_news() -> None:
    assert novelty({"moon", "rover"}, [{"moon", "rover"}])[0] == pytest.approx(0.0)
    assert novelty({"moon", "rover"}, [{"paris"}])[0] == 1.0
    desk = Desk(topic(order=Order.SCORE))
    desk.update(one("a", title="Moon rover lands safely"))
    again = desk.update(
        one("b", title="Moon rover lands safely"), one("c", title="Quite another matter"), now=NOON + HOUR
    )
    assert names(again.listed) == ["c", "b"]


def test_a_diverse_choice_passes_over_the_double() -> None:
    ranked = [(ArticleId("a"), 1.0), (ArticleId("b"), 0.9), (ArticleId("c"), 0.6)]
    words = {ArticleId("a"): {"moon"}, ArticleId("b"): {"moon"}, ArticleId("c"): {"sea"}}
    assert diverse(ranked, words, count=2, trade=0.5) == ["a", "c"]
    assert diverse(ranked, words, count=2, trade=1.0) == ["a", "b"]


steps = st.lists(
    st.tuples(
        st.integers(0, 30),
        st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 200), st.floats(0.1, 3.0)), max_size=4),
        st.sampled_from(["", "", "", "hide", "pin", "decline"]),
    ),
    max_size=12,
)


@pytest.mark.case("B-28")
@settings(max_examples=60, deadline=None)
@given(steps, st.integers(1, 4), st.sampled_from(list(Order)))
def test_whatever_happens_nothing_re_enters_unless_an_editor_acted(
    plan: Sequence[tuple[int, list[tuple[str, int, float]], str]], limit: int, order: Order
) -> None:
    desk = Desk(topic(limit=limit, window_days=2, min_items=1, order=order, min_score=0.2, per_source=3))
    now, left, acted = NOON, set[str](), set[str]()
    for hours, arrivals, act in plan:
        now += HOUR * hours
        fresh = {name: one(name, now=NOON + HOUR * age, weight=weight) for name, age, weight in arrivals}
        if act and fresh:
            name = min(fresh)
            desk.act(OverrideKind(act), name, at=now, until=now + DAY)
            acted.add(name)
        before = {name for name in names(desk.kept.values()) if desk.state(name) is SelectionState.LISTED}
        changes = desk.update(*fresh.values(), now=now)
        after = set(names(changes.standing))
        assert len(after) <= limit
        assert not (after - before) & left - acted
        left |= before - after

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aggregator.model.ids import ArticleId, StoryId, TopicSlug
from aggregator.model.topic import Override, OverrideKind, Reason, SelectionState
from aggregator.store import Store
from tests.store.build import DAY, HOUR, NOW, selection

SPACE, WEATHER = TopicSlug("space"), TopicSlug("weather")
LISTED, REJECTED, HIDDEN = SelectionState.LISTED, SelectionState.REJECTED, SelectionState.HIDDEN


def override(kind: OverrideKind = OverrideKind.PIN, topic: TopicSlug | None = SPACE, **values: object) -> Override:
    made = Override(id=0, kind=kind, topic=topic, article_id=None, story_id=StoryId("s1"), who="ed", at=NOW, why="good")
    return replace(made, **values)  # type: ignore[arg-type]


def test_a_topic_lists_its_selections_by_rank(store: Store) -> None:
    chosen = [selection("space", f"s{n}", f"a{n}", rank=float(n)) for n in (1, 3, 2)]
    rejected = selection("space", "s9", "a9", REJECTED)
    assert store.selections.save([*chosen, rejected, selection("weather", "s1", "a1")]) == 5
    assert [s.story_id for s in store.selections.of_topic(SPACE, [LISTED])] == ["s3", "s2", "s1"]
    assert [s.story_id for s in store.selections.of_topic(SPACE, limit=2)] == ["s3", "s2"]
    assert store.selections.of_topic(SPACE, [REJECTED]) == (rejected,)
    assert store.selections.counts() == {(SPACE, LISTED): 3, (SPACE, REJECTED): 1, (WEATHER, LISTED): 1}


def test_selections_are_found_by_story_and_by_article(store: Store) -> None:
    space, weather = selection("space", "s1", "a1"), selection("weather", "s1", "a2")
    store.selections.save([space, weather])
    assert store.selections.of_story(StoryId("s1")) == (space, weather)
    assert store.selections.of_stories([StoryId("s1"), StoryId("s2")], SPACE) == (space,)
    assert store.selections.of_stories([StoryId("s1")]) == (space, weather)
    assert store.selections.of_article(ArticleId("a2")) == (weather,)
    assert store.selections.get(SPACE, StoryId("s1")) == space
    assert store.selections.get(SPACE, StoryId("s2")) is None


def test_history_tells_each_change_of_state_and_of_the_shown_article_once(store: Store) -> None:
    first = selection("space", "s1", "a1")
    store.selections.save([first])
    assert store.selections.save([replace(first, rank=5.0)]) == 0
    store.selections.save([replace(first, article_id=ArticleId("a2"), decided_at=NOW + HOUR)])
    reason = Reason(rule="override", sentence="Hidden by ed.")
    store.selections.save([replace(first, article_id=ArticleId("a2"), state=HIDDEN, reason=reason)])
    steps = store.selections.history(StoryId("s1"))
    assert [(step.state, step.article_id, step.rule) for step in steps] == [
        (LISTED, "a1", "query"),
        (LISTED, "a2", "query"),
        (HIDDEN, "a2", "override"),
    ]
    assert steps[1].at == NOW + HOUR
    assert store.selections.history(StoryId("s1"), WEATHER) == ()


def test_the_last_of_two_selections_of_one_story_counts(store: Store) -> None:
    store.selections.save([selection("space", "s1", "a1", REJECTED), selection("space", "s1", "a1", LISTED)])
    assert [s.state for s in store.selections.of_topic(SPACE)] == [LISTED]


def test_a_renamed_topic_keeps_its_selections(store: Store) -> None:
    store.selections.save([selection("space", "s1", "a1", rank=2.0)])
    store.selections.rename_topic(SPACE, WEATHER)
    assert store.selections.of_topic(SPACE) == ()
    assert store.selections.of_topic(WEATHER) == (selection("weather", "s1", "a1", rank=2.0),)
    assert store.selections.remove_topic(WEATHER) == 1


def test_an_editors_act_gets_a_number_and_stays_in_the_log(store: Store) -> None:
    pin = store.overrides.append(override(values=(("title", "New"),)))
    hide = store.overrides.append(override(OverrideKind.HIDE, WEATHER))
    assert pin.id < hide.id
    assert store.overrides.get(pin.id) == pin
    assert store.overrides.log() == (hide, pin)
    assert store.overrides.log(limit=1) == (hide,)
    assert store.overrides.log(topic=SPACE) == (pin,)
    assert store.overrides.log(story_id=StoryId("other")) == ()


def test_an_act_is_in_force_until_it_ends_or_is_undone(store: Store) -> None:
    brief = store.overrides.append(override(until=NOW + HOUR))
    lasting = store.overrides.append(override(OverrideKind.HIDE))
    everywhere = store.overrides.append(override(OverrideKind.WITHDRAW, None))
    elsewhere = store.overrides.append(override(topic=WEATHER))
    assert store.overrides.active(NOW, SPACE) == (brief, lasting, everywhere)
    assert store.overrides.active(NOW + HOUR) == (lasting, everywhere, elsewhere)
    undo = store.overrides.undo(lasting.id, who="chief", at=NOW + DAY, why="wrong one")
    assert undo is not None
    assert (undo.kind, undo.who, undo.values) == (OverrideKind.UNDO, "chief", (("undoes", str(lasting.id)),))
    assert store.overrides.active(NOW + DAY, SPACE) == (everywhere,)
    assert [act.undone_by for act in store.overrides.log(topic=SPACE)] == [None, undo.id, None]


def test_an_act_is_undone_once(store: Store) -> None:
    act = store.overrides.append(override())
    assert store.overrides.undo(act.id, who="ed", at=NOW, why="") is not None
    assert store.overrides.undo(act.id, who="ed", at=NOW, why="") is None
    assert store.overrides.undo(999, who="ed", at=NOW, why="") is None


def test_listed_stories_are_read_in_the_order_of_listing_from_place_to_place(store: Store) -> None:
    chosen = [
        selection("space", "s3", "a3", rank=1.0, listed_at=NOW),
        selection("space", "s1", "a1", rank=2.0, listed_at=NOW),
        selection("space", "s2", "a2", SelectionState.AGED_OUT, rank=2.0, listed_at=NOW),
        selection("space", "s0", "a0", rank=0.5, listed_at=NOW + HOUR),
    ]
    store.selections.save([*reversed(chosen), selection("space", "s9", "a9", REJECTED, listed_at=None)])
    states = (LISTED, SelectionState.AGED_OUT)

    def names(**bounds: Any) -> list[str]:
        return [one.story_id for one in store.selections.in_order_of_listing(SPACE, states, **bounds)]

    assert names() == ["s3", "s1", "s2", "s0"]
    assert names(limit=2) == ["s3", "s1"]
    assert names(after=(NOW, 2.0, StoryId("s1"))) == ["s2", "s0"]
    assert names(after=(NOW, 1.0, StoryId("s3")), until=(NOW, 2.0, StoryId("s2"))) == ["s1", "s2"]
    assert [one.story_id for one in store.selections.in_order_of_listing(SPACE, [LISTED])] == ["s3", "s1", "s0"]


def test_what_was_decided_or_revised_since_is_found(store: Store) -> None:
    store.selections.save(
        [
            selection("space", "s1", "a1", listed_at=NOW, decided_at=NOW),
            selection("space", "s2", "a2", listed_at=NOW, decided_at=NOW + HOUR),
            selection("space", "s3", "a3", REJECTED, listed_at=None, decided_at=NOW + HOUR),
        ]
    )
    touched = store.selections.touched(SPACE, change=0, since=NOW + HOUR)
    assert [one.story_id for one in touched] == ["s2"]


def test_acts_and_history_go_over_to_a_renamed_topic(store: Store) -> None:
    act = store.overrides.append(override())
    other = store.overrides.append(override(topic=WEATHER))
    store.selections.save([selection("space", "s1", "a1")])
    cosmos = TopicSlug("cosmos")
    assert store.overrides.rename_topic(SPACE, cosmos) == 1
    store.selections.rename_topic(SPACE, cosmos)
    assert store.overrides.active(NOW, cosmos) == (replace(act, topic=cosmos),)
    assert store.overrides.active(NOW, WEATHER) == (other,)
    assert [step.topic for step in store.selections.history(StoryId("s1"))] == ["cosmos"]

from __future__ import annotations

from typing import Any

from aggregator.model.config import StorageSettings
from aggregator.model.ids import ArticleId, PublishedId, SourceId, StoryId, TopicSlug
from aggregator.model.moment import Moment
from aggregator.model.topic import SelectionState
from aggregator.store import Store
from aggregator.store.records import ExactKey, MatchBatch, Segment
from aggregator.store.times import EPOCH
from tests.store.build import DAY, NOW, add, new, publish_as, selection, story

SETTINGS = StorageSettings(keep_days=100, keep_rejections_days=30)
LATER = NOW + 101 * DAY


def old(name: str, **values: Any) -> Any:
    return new(name, published=Moment(instant=NOW - DAY), **values)


def test_an_old_article_goes_and_does_not_come_back(store: Store) -> None:
    add(store, old("a1"), new("a2", published=Moment(instant=LATER)))
    store.stories.save([story("s1", "moonwire-a1")])
    pruned = store.prune(LATER, SETTINGS)
    assert (pruned.articles, pruned.stories) == (1, 1)
    assert [s.article.id for s in store.articles.since(0, 9)] == ["moonwire-a2"]
    [buried] = store.articles.known(SourceId("moonwire"), ["guid:a1"])
    assert (buried.id, buried.withdrawn) == ("moonwire-a1", True)
    add(store, old("a1"))
    assert store.articles.get(ArticleId("moonwire-a1")) is None


def test_a_pruned_article_may_come_back_when_its_tombstone_has_expired(store: Store) -> None:
    add(store, old("a1"))
    store.prune(LATER, SETTINGS)
    assert store.prune(LATER + 100 * DAY, SETTINGS).tombstones == 1
    assert store.articles.known(SourceId("moonwire"), ["guid:a1"]) == ()


def test_a_withdrawal_is_never_forgotten(store: Store) -> None:
    add(store, old("a1"))
    store.articles.withdraw(ArticleId("moonwire-a1"), "court order", NOW)
    assert store.prune(LATER, SETTINGS).articles == 1
    assert store.prune(LATER + 10_000 * DAY, SETTINGS).tombstones == 0
    assert store.articles.withdrawals()[0][2] == "court order"
    add(store, old("a1"))
    assert store.articles.last_sequence() == 0


def test_what_a_topic_lists_or_holds_stays(store: Store) -> None:
    add(store, old("a1"), old("a2"), old("a3"))
    store.stories.save([story(f"s{n}", f"moonwire-a{n}") for n in (1, 2, 3)])
    states = (SelectionState.LISTED, SelectionState.PENDING, SelectionState.AGED_OUT)
    store.selections.save(
        [selection("space", f"s{n}", f"moonwire-a{n}", state) for n, state in enumerate(states, start=1)]
    )
    pruned = store.prune(LATER, SETTINGS)
    assert (pruned.articles, pruned.selections, pruned.stories) == (1, 1, 1)
    assert [s.article.id for s in store.articles.since(0, 9)] == ["moonwire-a1", "moonwire-a2"]


def test_an_article_first_seen_lately_stays_however_old_its_date(store: Store) -> None:
    add(store, new("a1", published=Moment(instant=NOW - 5000 * DAY)))
    assert store.prune(NOW + DAY, SETTINGS).articles == 0


def test_a_published_story_keeps_its_id_for_good(store: Store) -> None:
    add(store, old("a1"))
    store.stories.save([story("s1", "moonwire-a1")])
    publish_as(store, StoryId("s1"), [PublishedId("urn:a1")], ArticleId("moonwire-a1"))
    pruned = store.prune(LATER, SETTINGS)
    assert (pruned.articles, pruned.stories) == (1, 0)
    assert store.stories.published(PublishedId("urn:a1")) is not None


def test_rejections_go_earlier_than_the_rest(store: Store) -> None:
    states = (SelectionState.REJECTED, SelectionState.HIDDEN, SelectionState.LISTED)
    store.selections.save([selection("space", state.value, "a", state) for state in states])
    assert store.prune(NOW + 31 * DAY, SETTINGS).selections == 1
    kept = [s.state for s in store.selections.of_topic(TopicSlug("space"))]
    assert sorted(kept) == ["hidden", "listed"]


def test_expired_keys_and_old_segments_go(store: Store) -> None:
    today = (NOW - EPOCH).days
    batch = MatchBatch(
        first_sequence=1,
        last_sequence=1,
        exact_keys=(
            ExactKey(kind="url", key="k", article_id=ArticleId("a"), story_id=StoryId("s"), expires=NOW),
            ExactKey(kind="url", key="l", article_id=ArticleId("a"), story_id=StoryId("s"), expires=NOW + DAY),
        ),
        segments=tuple(
            Segment(day=day, first_sequence=1, last_sequence=1, items=1, data=b"") for day in (today - 46, today)
        ),
    )
    store.matching.save(batch, now=NOW)
    pruned = store.prune(NOW, SETTINGS)
    assert (pruned.exact_keys, pruned.segments) == (1, 1)
    assert [segment.day for segment in store.matching.segments()] == [today]

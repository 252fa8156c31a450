from __future__ import annotations

from dataclasses import replace

import pytest

from aggregator.model.ids import ArticleId, PublishedId, StoryId
from aggregator.model.story import Edge, Tie, Verdict
from aggregator.store import Store
from aggregator.store.records import ExactKey, IdWish, MatchBatch, Segment, StoredVerdict
from tests.store.build import DAY, HOUR, NOW, add, new, publish_as, story

A, B, C = ArticleId("moonwire-a1"), ArticleId("daily-b1"), ArticleId("moonwire-a2")
S1, S2 = StoryId("s1"), StoryId("s2")


@pytest.fixture
def matched(store: Store) -> Store:
    """Three articles, two of them one story."""
    add(store, new("a1"))
    add(store, new("b1", "daily"))
    add(store, new("a2"))
    edge = Edge(article_id=B, other_id=A, tie=Tie.SAME_URL, rule="canonical", scores=(("url", 1.0),))
    batch = MatchBatch(
        first_sequence=1,
        last_sequence=3,
        stories=(story("s1", A, B), story("s2", C, coverage="moon")),
        edges=(edge,),
        exact_keys=(ExactKey(kind="url", key="https://x", article_id=A, story_id=S1, expires=NOW + DAY),),
        segments=(Segment(day=20_000, first_sequence=1, last_sequence=3, items=3, data=b"abc"),),
    )
    assert store.matching.save(batch, now=NOW)
    return store


def test_a_batch_ties_articles_to_their_stories(matched: Store) -> None:
    assert matched.matching.last_sequence() == 3
    assert [stored.article.id for stored in matched.articles.of_story(S1)] == [A, B]
    assert matched.stories.get(S1) == story("s1", A, B)
    found = matched.stories.for_articles([B, C, ArticleId("unknown")])
    assert {name: held.id for name, held in found.items()} == {B: "s1", C: "s2"}
    assert matched.stories.count() == 2
    assert [s.id for s in matched.stories.of_coverage("moon")] == ["s2"]


def test_an_edge_comes_back_with_its_rule_and_scores(matched: Store) -> None:
    edge = Edge(article_id=B, other_id=A, tie=Tie.SAME_URL, rule="canonical", scores=(("url", 1.0),))
    assert matched.stories.edges([A]) == matched.stories.edges([B]) == (edge,)
    assert matched.stories.edges([C]) == ()


def test_a_batch_that_does_not_follow_the_last_is_refused_whole(matched: Store) -> None:
    again = MatchBatch(first_sequence=3, last_sequence=4, stories=(story("s9", C),))
    assert not matched.matching.save(again, now=NOW)
    assert matched.stories.get(StoryId("s9")) is None
    assert matched.matching.save(replace(again, first_sequence=4), now=NOW)
    assert matched.matching.bounds() == ((1, 3), (4, 4))


def test_a_batch_that_breaks_leaves_nothing(matched: Store) -> None:
    broken = Segment(day=1, first_sequence=4, last_sequence=4, items=1, data=None)  # type: ignore[arg-type]
    batch = MatchBatch(first_sequence=4, last_sequence=4, stories=(story("s9", C),), segments=(broken,))
    with pytest.raises(Exception, match=r"(?i)not.null"):
        matched.matching.save(batch, now=NOW)
    assert matched.matching.last_sequence() == 3
    assert matched.stories.for_articles([C])[C].id == "s2"


def test_only_the_holder_of_the_lease_matches(store: Store) -> None:
    assert store.matching.acquire("one", NOW, 60)
    assert store.matching.acquire("one", NOW, 60)
    assert not store.matching.acquire("two", NOW, 60)
    batch = MatchBatch(first_sequence=1, last_sequence=1)
    assert not store.matching.save(batch, now=NOW, owner="two")
    assert store.matching.acquire("two", NOW + HOUR, 60)
    assert not store.matching.save(batch, now=NOW, owner="one")
    assert store.matching.save(batch, now=NOW, owner="two")
    store.matching.release("one")
    assert not store.matching.acquire("one", NOW + HOUR, 60)
    store.matching.release("two")
    assert store.matching.acquire("one", NOW + HOUR, 60)


def test_exact_keys_are_found_by_kind_and_key(matched: Store) -> None:
    key = ExactKey(kind="url", key="https://x", article_id=A, story_id=S1, expires=NOW + DAY)
    assert matched.matching.exact("url", ["https://x", "https://y", ""]) == (key,)
    assert matched.matching.exact("guid", ["https://x"]) == ()
    assert list(matched.matching.exact_all(NOW)) == [(key,)]
    assert list(matched.matching.exact_all(NOW + DAY)) == []


def test_every_exact_key_is_read_once_whatever_the_batch(store: Store) -> None:
    keys = tuple(
        ExactKey(kind=kind, key=f"k{n % 3}", article_id=ArticleId(f"a{n}"), story_id=S1, expires=NOW + DAY)
        for n in range(7)
        for kind in ("guid", "url")
    )
    store.matching.save(MatchBatch(first_sequence=1, last_sequence=1, exact_keys=keys), now=NOW)
    read = [key for batch in store.matching.exact_all(NOW, batch=3) for key in batch]
    assert len(read) == len(keys)
    assert set(read) == set(keys)


def test_segments_come_back_in_the_order_appended(matched: Store) -> None:
    later = Segment(day=20_001, first_sequence=4, last_sequence=5, items=2, data=b"\x00\xff")
    matched.matching.save(MatchBatch(first_sequence=4, last_sequence=5, segments=(later,)), now=NOW)
    assert [segment.data for segment in matched.matching.segments()] == [b"abc", b"\x00\xff"]
    assert [segment.items for segment in matched.matching.segments(20_001)] == [2]


def test_small_segments_merge_into_one(matched: Store) -> None:
    [small] = matched.matching.segments()
    matched.matching.merge_segments([small.id], replace(small, data=b"merged", id=0))
    assert [segment.data for segment in matched.matching.segments()] == [b"merged"]


def test_an_absorbed_story_leads_to_its_heir(matched: Store) -> None:
    whole = story("s1", A, B, C)
    batch = MatchBatch(first_sequence=4, last_sequence=4, stories=(whole,), absorbed=((S2, S1),))
    matched.matching.save(batch, now=NOW)
    assert matched.stories.get(S2) == whole
    assert matched.stories.many([S1, S2]) == {S1: whole}
    assert matched.stories.count() == 1
    assert len(matched.articles.of_story(S1)) == 3


def test_an_operator_may_end_a_story_in_another_between_batches(matched: Store) -> None:
    matched.stories.save([story("s1", A, B, C)])
    matched.matching.absorb([(S2, S1)])
    assert matched.stories.get(S2) == story("s1", A, B, C)
    assert matched.matching.last_sequence() == 3


def test_a_member_that_leaves_a_story_belongs_to_none(matched: Store) -> None:
    matched.stories.save([story("s1", A)])
    assert matched.stories.for_articles([A, B]) == {A: story("s1", A)}
    stored = matched.articles.get(B)
    assert stored is not None
    assert stored.story_id is None


@pytest.mark.case("B-21")
def test_a_published_id_is_minted_once_and_never_given_to_another(matched: Store) -> None:
    first, second = PublishedId("urn:a1"), PublishedId("urn:other")
    assert publish_as(matched, S1, [first], A) == first
    assert publish_as(matched, S1, [second], B) == first
    assert publish_as(matched, S2, [first, second], C) == second
    named = matched.stories.get(S1)
    assert named is not None
    assert (named.published_id, named.published_article) == (first, A)
    assert matched.stories.published(first) == named
    assert matched.stories.published(PublishedId("nobody's")) is None


@pytest.mark.case("B-21")
def test_ids_are_given_in_the_order_of_the_wishes_and_all_or_none(matched: Store) -> None:
    first, second = PublishedId("urn:a1"), PublishedId("urn:other")
    wishes = [
        IdWish(story_id=S2, candidates=(first,), article_id=C),
        IdWish(story_id=S1, candidates=(first, second), article_id=A),
        IdWish(story_id=S2, candidates=(second,), article_id=C),
    ]
    with pytest.raises(ValueError, match="taken"):
        matched.stories.assign_published_ids([wishes[0], replace(wishes[1], candidates=(first,))])
    assert matched.stories.published(first) is None
    named = matched.stories.assign_published_ids(wishes)
    assert {name: one.published_id for name, one in named.items()} == {S2: first, S1: second}
    assert matched.stories.many([S1, S2]) == named
    assert matched.stories.for_articles([A, B, C]) == {A: named[S1], B: named[S1], C: named[S2]}
    assert matched.stories.assign_published_ids([]) == {}


def test_a_published_id_needs_a_story_and_a_free_candidate(matched: Store) -> None:
    first = PublishedId("urn:a1")
    publish_as(matched, S1, [first], A)
    with pytest.raises(ValueError, match="urn:a1"):
        publish_as(matched, S2, [first], C)
    with pytest.raises(KeyError):
        publish_as(matched, StoryId("unknown"), [first], C)


def test_a_matcher_that_read_a_story_before_it_was_named_does_not_unname_it(matched: Store) -> None:
    read_before = story("s1", A, B, changed_at=NOW + HOUR)
    publish_as(matched, S1, [PublishedId("urn:a1")], A)
    matched.stories.save([read_before])
    named = matched.stories.get(S1)
    assert named == replace(read_before, published_id=PublishedId("urn:a1"), published_article=A)


def test_an_absorbed_storys_published_id_leads_to_its_heir_and_stays_taken(matched: Store) -> None:
    gone = PublishedId("urn:a2")
    publish_as(matched, S2, [gone], C)
    whole = story("s1", A, B, C)
    batch = MatchBatch(first_sequence=4, last_sequence=4, stories=(whole,), absorbed=((S2, S1),))
    matched.matching.save(batch, now=NOW)
    assert matched.stories.published(gone) == whole
    with pytest.raises(ValueError, match="taken"):
        publish_as(matched, S1, [gone], C)


def test_verdicts_hold_for_a_pair_in_either_order_and_can_be_taken_back(matched: Store) -> None:
    verdict = StoredVerdict(article_id=B, other_id=A, verdict=Verdict.SPLIT, who="ed", why="a correction", at=NOW)
    matched.stories.judge(replace(verdict, article_id=A, other_id=B, verdict=Verdict.CONFIRM))
    matched.stories.judge(verdict)
    assert matched.stories.verdicts() == (verdict,)
    assert matched.stories.unjudge(A, B)
    assert not matched.stories.unjudge(B, A)


def test_a_reset_forgets_what_was_derived_and_keeps_words_ids_and_bounds(matched: Store) -> None:
    publish_as(matched, S1, [PublishedId("urn:a1")], A)
    matched.stories.judge(StoredVerdict(article_id=A, other_id=B, verdict=Verdict.SPLIT, who="ed", why="", at=NOW))
    matched.matching.reset()
    assert matched.matching.last_sequence() == 0
    assert matched.stories.for_articles([A, B, C]) == {}
    assert list(matched.matching.segments()) == []
    assert matched.matching.bounds() == ((1, 3),)
    assert len(matched.stories.verdicts()) == 1
    assert matched.stories.published(PublishedId("urn:a1")) is not None


def test_changed_stories_are_found_by_time(matched: Store) -> None:
    matched.stories.save([story("s3", changed_at=NOW + HOUR)])
    assert [s.id for s in matched.stories.changed_since(NOW + HOUR)] == ["s3"]
    assert [s.id for s in matched.stories.changed_since(NOW, limit=2)] == ["s1", "s2"]

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.dedupe.backtest import candidates, read_items
from aggregator.dedupe.features import Features
from aggregator.dedupe.matcher import Candidate, Match, Matcher, candidate_of
from aggregator.dedupe.rules import Rules
from aggregator.dedupe.segment import ForeignSegmentError
from aggregator.model.moment import Moment, Precision
from benchmarks.generator.build import generate
from tests.support.articles import article
from tests.support.dedupe import BRIDGE, FERRY, START, candidate, joined

ITEMS = read_items(row.line() for row in generate(seed=3, groups=120, issues=12))
STREAM = candidates(ITEMS)


def in_batches(matcher: Matcher, items: Sequence[Candidate], size: int) -> tuple[list[Match], list[bytes]]:
    found: list[Match] = []
    segments: list[bytes] = []
    for start in range(0, len(items), size):
        found += matcher.match(items[start : start + size])
        segments.append(matcher.take_segment())
    return found, segments


def test_the_same_batches_give_the_same_matches() -> None:
    assert in_batches(Matcher(), STREAM, 50) == in_batches(Matcher(), STREAM, 50)


@pytest.mark.parametrize("stop", [50, 200, 300])
def test_a_restart_from_segments_goes_on_as_if_nothing_had_happened(stop: int) -> None:
    whole, _ = in_batches(Matcher(), STREAM, 50)
    _, segments = in_batches(Matcher(), STREAM[:stop], 50)
    again = Matcher()
    again.load(segments)
    rest, _ = in_batches(again, STREAM[stop:], 50)
    assert rest == whole[stop:]


def test_a_restart_forgets_what_the_first_matcher_had_forgotten() -> None:
    rules = Rules(memory_days=2, window_days=1, memory_articles=60, exact_days=4)
    whole, segments = in_batches(Matcher(rules), STREAM, 40)
    again = Matcher(rules)
    again.load(segments[:5])
    rest, _ = in_batches(again, STREAM[200:], 40)
    assert rest == whole[200:]


def test_the_cut_into_batches_hardly_matters() -> None:
    small, _ = in_batches(Matcher(), STREAM, 20)
    large, _ = in_batches(Matcher(), STREAM, 200)
    differing = [a for a, b in zip(small, large, strict=True) if a.story_of != b.story_of]
    assert len(differing) <= len(STREAM) // 100


def test_nothing_new_gives_no_segment() -> None:
    matcher = Matcher()
    assert matcher.match([]) == ()
    assert matcher.take_segment() == b""


def test_a_segment_of_another_format_is_refused() -> None:
    head = b'{"format": 99}'
    with pytest.raises(ForeignSegmentError, match="format 99"):
        Matcher().load([len(head).to_bytes(4, "little") + head])


def test_a_revised_article_replaces_itself_and_does_not_match_itself() -> None:
    matcher = Matcher()
    matcher.match([candidate("a", "Ferry sails", FERRY, source="paper")])
    again, copy = matcher.match(
        [
            candidate("a", "Ferry sails", BRIDGE, source="paper", hours=1),
            candidate("b", "Quiet crossing", FERRY, source="other", hours=2),
        ]
    )
    assert (again.story_of, copy.story_of) == (None, None)


def test_old_articles_leave_memory() -> None:
    matcher = Matcher(Rules(memory_articles=0))
    matcher.match([candidate(str(n), f"Ferry {n}", f"{FERRY} {n}", hours=n / 10) for n in range(50)])
    before = matcher.size()
    matcher.match([candidate("late", "Bridge", BRIDGE, hours=24 * 40)])
    assert matcher.size() < before / 10


def test_features_survive_bytes_and_pickling() -> None:
    for one in (found.features for found in STREAM[:60]):
        assert Features.from_bytes(one.to_bytes()) == one
        assert pickle.loads(pickle.dumps(one)) == one


def test_features_do_not_depend_on_their_batch() -> None:
    alone = [candidates([item])[0].features for item in ITEMS[:40]]
    assert alone == [found.features for found in STREAM[:40]]


COPIES = [
    candidate("a", "Ferry sails to the islands", FERRY),
    candidate("b", "Quiet crossing", FERRY + " More soon.", hours=1),
    candidate("c", "Ferry sails to the islands", FERRY[:260], hours=2),
    candidate("d", "Railway bridge closed", BRIDGE, hours=3),
    candidate("e", "Cracks close bridge", BRIDGE + " More soon.", hours=4),
    candidate("f", "Railway bridge closed", BRIDGE[:240], hours=5),
]


def clusters(found: Sequence[Match]) -> set[frozenset[str]]:
    roots = joined(found)

    def root(name: str) -> str:
        above = roots[name]
        return root(above) if above else name

    return {frozenset(name for name in roots if root(name) == top) for top in map(root, roots)}


@given(st.permutations(COPIES))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_order_of_arrival_within_the_window_does_not_change_who_is_joined(order: list[Candidate]) -> None:
    assert clusters(Matcher().match(order)) == {frozenset("abc"), frozenset("def")}


def test_an_empty_text_and_title_match_nothing() -> None:
    found = Matcher().match([candidate("a", "", ""), candidate("b", "", "")])
    assert [match.story_of for match in found] == [None, None]


def test_days_apart_in_publication_count_even_where_both_are_seen_at_once() -> None:
    first, second = candidate("a", "Ferry sails", FERRY), candidate("b", "Ferry sails, quietly", FERRY + " More.")
    assert first.published is not None
    earlier = Candidate(
        article_id=first.article_id,
        source_id=first.source_id,
        seen_at=first.seen_at,
        published=first.published - timedelta(days=9),
        features=first.features,
    )
    assert Matcher().match([earlier, second])[1].story_of is None


def dated(moment: Moment | None) -> Candidate:
    return candidate_of(replace(article("a"), published=moment, first_seen=START), STREAM[0].features)


def test_a_batch_that_spans_more_than_the_window_is_matched_whole() -> None:
    matcher = Matcher()
    ages = (0, 1, 24 * 40, 24 * 40 + 1)
    texts = (FERRY, FERRY + " More.", BRIDGE, BRIDGE + " More.")
    found = matcher.match(
        [
            candidate(
                str(n),
                f"{('Ferry sails', 'Boat leaves quietly', 'Bridge closed', 'Cracks in piers')[n]}",
                text,
                hours=h,
            )
            for n, (text, h) in enumerate(zip(texts, ages, strict=True))
        ]
    )
    assert [match.story_of for match in found] == [None, "0", None, "2"]
    again = Matcher()
    again.load([matcher.take_segment()])
    late = candidate("late", "Bridge closed", BRIDGE + " And more.", hours=24 * 40 + 2)
    assert again.match([late]) == matcher.match([late])
    assert again.match([late])[0].story_of is not None


def test_a_bare_day_is_taken_as_its_instant_nearest_to_our_first_sight() -> None:
    midnight = START.replace(hour=0)
    today = Moment(instant=midnight, precision=Precision.DAY)
    yesterday = Moment(instant=midnight - timedelta(days=1), precision=Precision.DAY)
    assert dated(today).published == START
    assert dated(yesterday).published == midnight


def test_a_date_from_the_future_is_no_date() -> None:
    assert dated(Moment(instant=START, clamped=True)).published is None
    assert dated(None).published is None
    assert dated(Moment(instant=START)).published == START

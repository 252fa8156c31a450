from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aggregator.dedupe.compare import SAME, Circumstances, Side, compare, title_needed, titles_alike
from aggregator.dedupe.outlines import Outlines
from aggregator.dedupe.rules import DEFAULT
from tests.support.dedupe import features

WORDS = st.lists(st.sampled_from([f"word{n}" for n in range(12)]), max_size=120)


def sides_of(*texts: list[str]) -> list[Side]:
    return [Side(features("Ferry sails again from the old harbour", " ".join(words))) for words in texts]


def bounds_of(a: Side, b: Side) -> tuple[int, float]:
    outlines = Outlines([a.features.body, b.features.body])
    shorter, containment = outlines.bounds(np.array([0]), np.array([1]))
    return int(shorter[0]), float(containment[0])


@given(WORDS, WORDS, st.booleans())
def test_texts_never_share_more_than_their_outlines_say(one: list[str], two: list[str], joined: bool) -> None:
    a, b = sides_of(one, one + two if joined else two)
    short, long = (a, b) if len(a.row) <= len(b.row) else (b, a)
    least, most = bounds_of(a, b)
    shared = len(short.shingles & long.shingles)
    assert least <= len(short.shingles)
    assert not short.shingles or shared / len(short.shingles) <= most + 1e-9


def needed(a: Side, b: Side, case: Circumstances) -> float:
    least, most = bounds_of(a, b)
    found = title_needed(
        np.array([least]), np.array([most]), np.array([case.hours]), np.array([case.same_source]), DEFAULT
    )
    return float(found[0])


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 100), st.booleans(), st.sampled_from([1.0, 20.0, 80.0]))
def test_pairs_that_a_first_look_takes_out_would_not_have_been_joined(
    shared: int, mine: int, its: int, same_source: bool, hours: float
) -> None:
    common = [f"common{n}" for n in range(shared)]
    a, b = sides_of(common + [f"mine{n}" for n in range(mine)], common + [f"its{n}" for n in range(its)])
    case = Circumstances(hours=hours, same_source=same_source)
    if needed(a, b, case) > SAME:
        assert compare(a, b, case, DEFAULT) is None
    b.title = "council buys a tram"
    limit = needed(a, b, case)
    if limit > SAME or not titles_alike(a.title, b.title, limit):
        assert compare(a, b, case, DEFAULT) is None


def test_the_first_look_lets_copies_through_and_takes_out_what_has_nothing_in_common() -> None:
    case = Circumstances(hours=1.0, same_source=False)
    a, b = sides_of([f"one{n}" for n in range(80)], [f"two{n}" for n in range(80)])
    assert needed(a, a, case) == 0
    assert needed(a, b, case) > SAME


def test_of_texts_with_a_sentence_in_common_the_titles_are_looked_at_and_not_of_old_ones() -> None:
    common = [f"common{n}" for n in range(20)]
    a, b = sides_of(common + [f"one{n}" for n in range(60)], common + [f"two{n}" for n in range(60)])
    assert needed(a, b, Circumstances(hours=1.0, same_source=False)) == DEFAULT.same_title
    assert needed(a, b, Circumstances(hours=20.0, same_source=False)) > SAME
    assert needed(a, b, Circumstances(hours=1.0, same_source=True)) > SAME


def test_texts_too_short_for_a_shingle_have_an_empty_outline() -> None:
    a, b = sides_of(["one", "two", "three"], [])
    assert bounds_of(a, b) == (0, 1.0)

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aggregator.dedupe.compare import Circumstances, Side, compare, hopeless
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


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 100), st.booleans())
def test_nothing_that_is_taken_for_hopeless_would_have_been_joined(
    shared: int, mine: int, its: int, same_source: bool
) -> None:
    common = [f"common{n}" for n in range(shared)]
    a, b = sides_of(common + [f"mine{n}" for n in range(mine)], common + [f"its{n}" for n in range(its)])
    least, most = bounds_of(a, b)
    if hopeless(np.array([least]), np.array([most]), DEFAULT)[0]:
        assert compare(a, b, Circumstances(hours=1.0, same_source=same_source), DEFAULT) is None


def test_two_long_texts_without_a_word_in_common_are_hopeless() -> None:
    a, b = sides_of([f"one{n}" for n in range(80)], [f"two{n}" for n in range(80)])
    least, most = bounds_of(a, b)
    assert hopeless(np.array([least]), np.array([most]), DEFAULT)[0]
    least, most = bounds_of(a, a)
    assert most == 1.0
    assert not hopeless(np.array([least]), np.array([most]), DEFAULT)[0]


def test_texts_too_short_for_a_shingle_have_an_empty_outline() -> None:
    a, b = sides_of(["one", "two", "three"], [])
    assert bounds_of(a, b) == (0, 1.0)

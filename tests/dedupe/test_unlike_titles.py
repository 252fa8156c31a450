from __future__ import annotations

import pytest

from aggregator.dedupe.rules import DEFAULT


@pytest.mark.parametrize(("shingles", "least"), [(59, 2.0), (60, 0.65), (119, 0.65), (120, 0.5), (300, 0.5)])
def test_the_longer_two_texts_are_the_less_they_must_share_under_unlike_titles(shingles: int, least: float) -> None:
    assert DEFAULT.unlike_limit(shingles) == least

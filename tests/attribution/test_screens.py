"""What is looked for before a costly pattern is tried stands in all that the pattern finds."""

from __future__ import annotations

import pytest

from aggregator.normalise.agencies import TRAILERS, lookup
from aggregator.normalise.creditparts import fold, inner_label
from aggregator.normalise.credits import BRACKETED, ENDING, ENDS
from aggregator.normalise.images import shown
from tests.attribution.test_credit_lines import rows
from tests.attribution.test_prose import random_lines

LINES = [
    fold(line)
    for line in (
        *random_lines(3000),
        *(row.line for name in ("credit-lines.tsv", "negatives.tsv") for row in rows(name)),
    )
]


def test_a_break_inside_of_a_line_has_its_sign() -> None:
    found = 0
    for line in LINES:
        inside = [match for match in ENDS.finditer(line) if match.start() and match.end() < len(line)]
        assert not (inside and ENDING.isdisjoint(line[:-1])), line
        found += bool(inside)
    assert found > 100


def test_a_bracket_and_a_label_in_the_middle_have_their_signs() -> None:
    for line in LINES:
        assert not BRACKETED.search(line) or ")" in line or "]" in line
        assert not inner_label().search(line) or ":" in line or "=" in line


@pytest.mark.parametrize("word", TRAILERS)
def test_an_agency_is_known_with_any_word_that_may_trail_it(word: str) -> None:
    assert lookup("Reuters") is not None
    assert lookup(f"Reuters {word}") is lookup("Reuters")
    assert lookup(f"Reuters {word}works") is None


@pytest.mark.parametrize("url", ["https://LicenseButtons.net/l/by/4.0/88x31.png", "https://a.example/Pixel.gif"])
def test_noise_is_known_in_capitals_too(url: str) -> None:
    assert not shown(url, "", "")

"""The shortcut past captions that end as running text gives what the whole reading gives."""

from __future__ import annotations

import random

import pytest

from aggregator.normalise import agencies
from aggregator.normalise import credits as reader
from aggregator.normalise.credits import CreditContext, parse_credit, worth_reading
from aggregator.normalise.tables import rows

SMALL = [
    "the",
    "night",
    "leaves",
    "bridge",
    "mother",
    "jane",
    "mcdonald",
    "by",
    "via",
    "on",
    "for",
    "dpa",
    "öl",
    "foto",
]
NAMES = ["Jane Doe", "John Smith", "Anna de Vries", "Reuters", "Flickr", "Museum", "Maria"]
MARKS = ["CC BY 2.0", "Public domain", "all rights reserved", "www.example.org", "©", "Photo:", "Courtesy of", "2020"]
JOINS = [*" " * 6, ", ", " / ", "/", " (", ") ", ": ", ". ", " – ", "; ", '"', "\n"]


def random_lines(number: int) -> list[str]:
    chance = random.Random(4)
    listed = [word for _, *rest in rows("credit-words.tsv") for word in rest]
    spelt = [spelling for agency in agencies.agencies() for spelling in agency.spellings]
    kinds = (SMALL, SMALL, SMALL, NAMES, NAMES, listed, spelt, MARKS)
    lines = []
    for _ in range(number):
        words = [chance.choice(chance.choice(kinds)) for _ in range(chance.randint(1, 6))]
        lines.append("".join(word + chance.choice(JOINS) for word in words[:-1]) + words[-1])
    return lines


@pytest.mark.parametrize("context", CreditContext)
def test_no_credit_is_lost_by_looking_at_the_last_word_only(
    context: CreditContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = random_lines(1500)
    quick = [parse_credit(line, (), context=context) for line in lines]
    monkeypatch.setattr(reader, "_is_prose", lambda _: False)
    assert quick == [parse_credit(line, (), context=context) for line in lines]
    assert sum(one is not None for one in quick) > 20


def test_most_captions_take_the_shortcut() -> None:
    assert reader._is_prose("The night train leaves the old bridge.")
    assert not reader._is_prose("Photo: Jane Doe")
    assert not reader._is_prose("Jane Doe via dpa")
    assert not reader._is_prose("by jane, all rights reserved")


@pytest.mark.parametrize("line", ["Jane Doe, Creative commons", "J. Doe, Public Domain", "creative commons, by jane"])
def test_a_line_with_a_sign_of_a_licence_is_worth_reading(line: str) -> None:
    assert worth_reading(line)

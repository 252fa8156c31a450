"""Credit lines of `tests/corpus/attribution`: every fact of every line, and nothing from lines that are none."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from aggregator.normalise.credits import Credit, CreditContext, parse_credit

FOLDER = Path(__file__).parent.parent / "corpus" / "attribution"
PRECISION, RECALL = 0.99, 0.90


@dataclass(frozen=True)
class Row:
    language: str
    context: CreditContext
    line: str
    facts: frozenset[str]


def rows(name: str) -> list[Row]:
    lines = (FOLDER / name).read_text("utf-8").splitlines()
    cells = [[*line.split("\t"), ""] for line in lines if not line.startswith("#")]
    return [
        Row(language, CreditContext(context), line, frozenset(facts.split("; ")) - {""})
        for language, context, line, facts, *_ in cells
    ]


@cache
def facts(line: str, context: CreditContext) -> frozenset[str]:
    credit = parse_credit(line, (), context=context)
    return frozenset() if credit is None else frozenset(_facts(credit))


def _facts(credit: Credit) -> list[str]:
    values = {
        "title": credit.title,
        "creator": credit.creator,
        "source": credit.source_name,
        "licence": credit.licence.id if credit.licence else None,
    }
    return [f"{fact}={value}" for fact, value in values.items() if value] + ["managed"] * credit.rights_managed


@pytest.mark.parametrize("row", rows("credit-lines.tsv"), ids=lambda row: f"{row.language}-{row.line[:30]}")
def test_a_credit_line_gives_its_facts_and_no_others(row: Row) -> None:
    assert facts(row.line, row.context) == row.facts


@pytest.mark.parametrize("row", rows("negatives.tsv"), ids=lambda row: f"{row.language}-{row.line[:30]}")
def test_a_line_that_is_no_credit_gives_nothing(row: Row) -> None:
    assert facts(row.line, row.context) == frozenset()


def test_precision_and_recall_over_the_table_hold_their_bounds(capsys: pytest.CaptureFixture[str]) -> None:
    right, wrong, missed = Counter[str](), Counter[str](), Counter[str]()
    for row in [*rows("credit-lines.tsv"), *rows("negatives.tsv")]:
        found = facts(row.line, row.context)
        right[row.language] += len(found & row.facts)
        wrong[row.language] += len(found - row.facts)
        missed[row.language] += len(row.facts - found)
    with capsys.disabled():
        print(f"\n{'language':<10}{'right':>6}{'wrong':>6}{'missed':>7}")
        for language in sorted(right):
            print(f"{language:<10}{right[language]:>6}{wrong[language]:>6}{missed[language]:>7}")
    found_facts, true_facts = right.total() + wrong.total(), right.total() + missed.total()
    assert right.total() / found_facts >= PRECISION
    assert right.total() / true_facts >= RECALL


def test_the_table_covers_what_it_promises() -> None:
    positives, negatives = rows("credit-lines.tsv"), rows("negatives.tsv")
    assert len(positives) >= 100
    assert len(negatives) >= 90
    assert len({row.language for row in positives}) >= 19

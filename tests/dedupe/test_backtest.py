from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from aggregator.dedupe.backtest import Item, UnreadableItemError, bcubed, by_pair, read_items, run
from benchmarks.generator.build import generate
from tests.support.dedupe import FERRY, LIBRARY


def line(name: int, group: str, title: str, text: str, seconds: float = 0.0, kind: str = "x") -> str:
    row = {
        "id": name,
        "group": group,
        "source": f"s{name}",
        "seconds": seconds,
        "kind": kind,
        "title": title,
        "html": text,
    }
    return json.dumps(row)


def items(seed: int, groups: int = 200, issues: int = 20) -> tuple[Item, ...]:
    return read_items(row.line() for row in generate(seed, groups, issues))


def test_a_wrong_merge_and_a_missed_copy_are_told_apart() -> None:
    result = run(
        read_items(
            [
                line(1, "ferry", "Ferry sails", FERRY),
                line(2, "other", "Ferry sails", FERRY, kind="neg_trap"),
                line(3, "ferry", "Seeds to lend", LIBRARY, kind="rewritten"),
            ]
        )
    )
    assert (result.by_item.precision, result.by_item.recall) == (0.0, 0.0)
    assert {(k.kind, k.copies, k.found, k.wrong) for k in result.kinds} == {
        ("x", 0, 0, 0),
        ("neg_trap", 0, 0, 1),
        ("rewritten", 1, 0, 0),
    }
    wrong, missed = result.mistakes
    assert (wrong.joined and wrong.joined.id, missed.joined) == ("1", None)


def test_pairs_and_bcubed_are_as_defined() -> None:
    labels = [("1", "a"), ("1", "a"), ("1", "b"), ("2", "b")]
    assert (by_pair(labels).precision, by_pair(labels).recall) == (1 / 3, 1 / 2)
    assert bcubed(labels).precision == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4)
    assert bcubed(labels).recall == pytest.approx((1 + 1 + 1 / 2 + 1 / 2) / 4)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "line 1: no JSON"),
        ("[]", "line 1: a JSON object"),
        ('{"id": 1, "group": "a", "source": "s", "title": "t", "html": ""}', "seconds or hours"),
        ('{"id": 1, "group": "a", "source": "s", "title": "t", "html": "", "hours": "x"}', "hours: a number"),
    ],
)
def test_a_line_that_is_no_item_is_named(text: str, complaint: str) -> None:
    with pytest.raises(UnreadableItemError, match=complaint):
        read_items([text])


def test_hours_that_span_more_than_ten_years_are_seconds() -> None:
    rows = [
        {"id": n, "group": "a", "source": "s", "title": "t", "text": "x", "hours": h} for n, h in enumerate((1, 90_000))
    ]
    assert [item.seconds for item in read_items(map(json.dumps, rows))] == [1.0, 90_000.0]
    rows[1]["hours"] = 80_000
    assert read_items(map(json.dumps, rows))[1].seconds == 80_000 * 3600


def test_the_generator_is_a_function_of_its_seed() -> None:
    assert generate(7, 30, 3) == generate(7, 30, 3)
    assert generate(7, 30, 3) != generate(8, 30, 3)


def test_generated_copies_are_found_and_generated_templates_left_alone() -> None:
    result = run(items(4))
    assert result.by_item.precision >= 0.98
    assert result.by_item.recall >= 0.85
    summaries = [kind for kind in result.kinds if kind.kind in {"sum_lead", "sum_wp"}]
    assert min(kind.recall for kind in summaries) >= 0.99
    assert sum(kind.wrong for kind in result.kinds if kind.kind.startswith("neg_")) <= 2


@pytest.mark.slow
@pytest.mark.parametrize("seed", [100, 101])
def test_held_out_seeds_hold_their_precision(seed: int) -> None:
    result = run(items(seed, 1200, 70))
    assert result.by_item.precision >= 0.985
    assert result.by_pair.precision >= 0.985
    assert result.bcubed.f1 >= 0.97
    assert max(kind.wrong_share for kind in result.kinds if kind.kind.startswith("neg_")) <= 0.05


@pytest.mark.slow
@pytest.mark.corpus
def test_real_articles_edited_as_feeds_edit_them_are_joined() -> None:
    folder = os.environ.get("AGGREGATOR_CORPUS")
    if not folder:
        pytest.skip("AGGREGATOR_CORPUS is not set")
    with (Path(folder) / "stories" / "near-copies.jsonl").open(encoding="utf-8") as lines:
        result = run(read_items(lines))
    assert result.by_item.precision >= 0.985
    assert result.by_item.recall >= 0.94
    assert result.by_pair.precision >= 0.985
    assert result.bcubed.f1 >= 0.975
    recall = {kind.kind: kind.recall for kind in result.kinds}
    assert min(recall["sum_lead"], recall["sum_wp"]) >= 0.99
    assert max(kind.wrong_share for kind in result.kinds if kind.kind.startswith("neg_")) <= 0.05

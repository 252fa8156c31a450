from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aggregator.dedupe.postings import Postings, pack

PAIRS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 40)), max_size=60)


def index_of(runs: list[list[tuple[int, int]]], limit: int) -> Postings:
    index = Postings(limit)
    for run in runs:
        index.add(pack(np.array([k for k, _ in run], np.uint32), np.array([r for _, r in run], np.int64)))
    return index


@given(st.lists(PAIRS, max_size=6), st.integers(1, 10), st.integers(0, 30))
def test_the_newest_holders_of_a_key_are_found_however_the_runs_were_added(
    runs: list[list[tuple[int, int]]], limit: int, floor: int
) -> None:
    rising = [[(key, row + 100 * n) for key, row in run] for n, run in enumerate(runs)]
    index = index_of(rising, limit)
    index.drop_below(floor)
    keys = np.arange(6, dtype=np.uint32)
    counts, rows = index.find(keys)
    which = np.repeat(keys, counts)
    held = {pair for run in rising for pair in run if pair[1] >= floor}
    wanted = [(key, row) for key in range(6) for row in sorted(r for k, r in held if k == key)[-limit:]]
    assert list(zip(which.tolist(), rows.tolist(), strict=True)) == wanted


@given(st.integers(0, 1000), st.integers(1, 300))
def test_forgotten_rows_are_not_found_whether_or_not_they_were_taken_out(floor: int, step: int) -> None:
    index = index_of([[(n % 2, n) for n in range(at, at + 100)] for at in range(0, 1000, 100)], limit=1000)
    for row in range(0, floor, step):
        index.drop_below(row)
    index.drop_below(floor)
    _, rows = index.find(np.array([0, 1], np.uint32))
    assert sorted(rows.tolist()) == list(range(floor, 1000))


def test_runs_are_merged_so_that_there_are_few() -> None:
    index = index_of([[(n % 6, n)] for n in range(1000)], limit=1000)
    assert index.runs <= 10
    assert index.size < 1000 * 8


def test_a_key_that_everything_holds_takes_the_room_of_its_newest_rows() -> None:
    index = index_of([[(1, n) for n in range(at, at + 100)] for at in range(0, 10_000, 100)], limit=24)
    assert index.size < 24 * 8 * index.runs

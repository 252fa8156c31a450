"""Which older rows are worth an exact comparison: those that share keys that are not their sources' boilerplate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aggregator.dedupe.postings import Packed, Postings, unpack
from aggregator.dedupe.rules import Rules
from aggregator.dedupe.window import Window

Rows = NDArray[np.int64]


@dataclass(slots=True)
class Shortlist:
    """Older rows to compare one row with, most promising first."""

    rows: list[int]
    title_only: bool = False
    """The row's own text is boilerplate."""
    rubric: bool = False
    """So many articles carry its title that the title says nothing."""


@dataclass(frozen=True, slots=True)
class _Hits:
    """Pairs of rows with the number of informative keys they share; sorted by row, then by number, best first."""

    mine: Rows
    other: Rows
    shared: Rows


def shortlists(
    window: Window, bodies: Postings, titles: Postings, body_run: Packed, title_run: Packed, rules: Rules
) -> Mapping[int, Shortlist]:
    """The shortlist of each row of the batch whose runs are given; rows without one are missing."""
    text_hits, boilerplate = _hits(window, bodies, body_run, rules)
    title_hits, _ = _hits(window, titles, title_run, rules)
    lists: dict[int, Shortlist] = {}
    keys = window.table["keys"]
    fewer = np.minimum(keys[text_hits.mine - window.base], keys[text_hits.other - window.base])
    _take(lists, text_hits, text_hits.shared >= rules.sampled_share * fewer, rules.body_candidates)
    for row in boilerplate:
        lists[row] = Shortlist(rows=[], title_only=True)
    pairs = window.table["title_keys"]
    fewer = np.minimum(pairs[title_hits.mine - window.base], pairs[title_hits.other - window.base])
    alike = 2 * title_hits.shared >= fewer
    _take(lists, title_hits, alike, rules.title_candidates)
    equal = title_hits.shared >= 0.8 * pairs[title_hits.mine - window.base]
    carriers, counts = np.unique(title_hits.mine[equal], return_counts=True)
    for row in carriers[counts > rules.title_holders].tolist():
        if row in lists:
            lists[row].rubric = True
    return lists


def _take(lists: dict[int, Shortlist], hits: _Hits, wanted: NDArray[np.bool_], most: int) -> None:
    """Adds the first `most` wanted hits of each row."""
    mine, other = hits.mine[wanted], hits.other[wanted]
    rank = np.arange(len(mine)) - np.searchsorted(mine, mine)
    first = rank < most
    for row, candidate in zip(mine[first].tolist(), other[first].tolist(), strict=True):
        shortlist = lists.setdefault(row, Shortlist(rows=[]))
        if candidate not in shortlist.rows:
            shortlist.rows.append(candidate)


def _hits(window: Window, index: Postings, run: Packed, rules: Rules) -> tuple[_Hits, list[int]]:
    """Shared keys per pair of rows, and the rows whose keys are mostly their source's boilerplate."""
    keys, owners = unpack(run)
    which, others = index.find(keys, rules.posting_limit)
    table, base = window.table, window.base
    sources = table["source"]
    its = sources[others - base].astype(np.int64)
    own = its == sources[owners[which] - base]
    common = _held_often(which, its, rules.boilerplate_holders)
    dull = np.zeros(len(keys), dtype=bool)
    dull[which[common & own]] = True
    usable = (others < owners[which]) & ~common & ~dull[which] & ~table["dead"][others - base]
    hits = _recent(window, _count(owners[which[usable]], others[usable]), rules.max_age)
    return hits, _mostly_dull(owners, dull, rules.informative_share)


def _recent(window: Window, hits: _Hits, max_age: float) -> _Hits:
    kept = window.hours_between(hits.mine, hits.other) <= max_age
    return _Hits(hits.mine[kept], hits.other[kept], hits.shared[kept])


def _held_often(which: Rows, sources: NDArray[np.int64], limit: int) -> NDArray[np.bool_]:
    """For each hit: whether its source holds the key in more than `limit` articles."""
    holders = (which << 32) | sources
    ordered = np.sort(holders)
    often = np.unique(ordered[limit:][ordered[limit:] == ordered[: max(0, len(ordered) - limit)]])
    if len(often) == 0:
        return np.zeros(len(which), dtype=bool)
    place = np.minimum(np.searchsorted(often, holders), len(often) - 1)
    held: NDArray[np.bool_] = often[place] == holders
    return held


def _count(mine: Rows, other: Rows) -> _Hits:
    """Pairs that share at least two keys."""
    ordered = np.sort((mine << 32) | other)
    twice = ordered[1:] == ordered[:-1]
    pairs, more = np.unique(ordered[1:][twice], return_counts=True)
    mine, other, shared = pairs >> 32, pairs & 0xFFFFFFFF, more + 1
    order = np.lexsort((-other, -shared, mine))
    return _Hits(mine[order], other[order], shared[order])


def _mostly_dull(owners: Rows, dull: NDArray[np.bool_], share: float) -> list[int]:
    rows, inverse = np.unique(owners, return_inverse=True)
    informative = np.bincount(inverse, weights=~dull, minlength=len(rows))
    total = np.bincount(inverse, minlength=len(rows))
    low: list[int] = rows[informative < share * total].tolist()
    return low

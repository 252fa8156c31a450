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
    _take(lists, text_hits, text_hits.shared >= 2, rules.body_candidates)
    for row in boilerplate:
        lists[row] = Shortlist(rows=[], title_only=True)
    pairs = window.table["title_keys"]
    fewer = np.minimum(pairs[title_hits.mine - window.base], pairs[title_hits.other - window.base])
    alike = (2 * title_hits.shared >= fewer) & (title_hits.shared >= 2)
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
    mine, others = owners[which[usable]], others[usable]
    recent = window.hours_between(mine, others) <= rules.max_age
    hits = _count(mine[recent], others[recent])
    return hits, _mostly_dull(owners, dull, rules.informative_share)


def _held_often(which: Rows, sources: NDArray[np.int64], limit: int) -> NDArray[np.bool_]:
    """For each hit: whether its source holds the key in more than `limit` articles."""
    if len(which) == 0:
        return np.empty(0, dtype=bool)
    _, inverse, counts = np.unique((which << 32) | sources, return_inverse=True, return_counts=True)
    often: NDArray[np.bool_] = counts[inverse] > limit
    return often


def _count(mine: Rows, other: Rows) -> _Hits:
    pairs, shared = np.unique((mine << 32) | other, return_counts=True)
    mine, other = pairs >> 32, pairs & 0xFFFFFFFF
    order = np.lexsort((-other, -shared, mine))
    return _Hits(mine[order], other[order], shared[order])


def _mostly_dull(owners: Rows, dull: NDArray[np.bool_], share: float) -> list[int]:
    rows, inverse = np.unique(owners, return_inverse=True)
    informative = np.bincount(inverse, weights=~dull, minlength=len(rows))
    total = np.bincount(inverse, minlength=len(rows))
    low: list[int] = rows[informative < share * total].tolist()
    return low

"""Which older rows are worth an exact comparison: those that share keys that are not their sources' boilerplate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
    by_title: set[int] = field(default_factory=set)
    """Those of `rows` that only the title speaks for."""
    rubric: bool = False
    """So many articles carry its title that the title says nothing."""


@dataclass(slots=True)
class _Hits:
    """Pairs of rows with the number of keys they share; sorted by row, then by number, best first."""

    mine: Rows
    other: Rows
    shared: Rows
    used: Rows
    """Keys of `mine` that were looked for."""
    rows: Rows
    """All rows of the batch that have keys, and the share of their keys that is not boilerplate."""
    informative: NDArray[np.float64]


def shortlists(
    window: Window, bodies: Postings, titles: Postings, body_run: Packed, title_run: Packed, rules: Rules
) -> Mapping[int, Shortlist]:
    """The shortlist of each row of the batch whose runs are given; rows without one are missing."""
    lists: dict[int, Shortlist] = {}
    text = _hits(window, bodies, body_run, rules)
    likely = text.shared >= rules.sampled_share * np.minimum(text.used, window.table["keys"][text.other - window.base])
    _take(lists, text, likely & (text.shared * rules.behind_best >= _best(text)), rules.body_candidates)
    for row in _mostly_dull(text, rules.informative_share):
        lists[row] = Shortlist(rows=[], title_only=True)
    headings = _hits(window, titles, title_run, rules)
    pairs = window.table["title_keys"]
    mine, other = pairs[headings.mine - window.base], pairs[headings.other - window.base]
    _take(lists, headings, 2 * headings.shared >= np.minimum(mine, other), rules.title_candidates, by_title=True)
    carriers, counts = np.unique(headings.mine[headings.shared >= 0.8 * mine], return_counts=True)
    for row in carriers[counts > rules.title_holders].tolist():
        if row in lists:
            lists[row].rubric = True
    return lists


def _best(hits: _Hits) -> Rows:
    """For each hit: what the first of its row shares."""
    best: Rows = hits.shared[np.searchsorted(hits.mine, hits.mine)]
    return best


def _take(
    lists: dict[int, Shortlist], hits: _Hits, wanted: NDArray[np.bool_], most: int, *, by_title: bool = False
) -> None:
    """Adds the first `most` wanted hits of each row."""
    mine, other = hits.mine[wanted], hits.other[wanted]
    rank = np.arange(len(mine)) - np.searchsorted(mine, mine)
    first = rank < most
    for row, candidate in zip(mine[first].tolist(), other[first].tolist(), strict=True):
        shortlist = lists.setdefault(row, Shortlist(rows=[]))
        if candidate not in shortlist.rows:
            shortlist.rows.append(candidate)
            if by_title:
                shortlist.by_title.add(candidate)


def _hits(window: Window, index: Postings, run: Packed, rules: Rules) -> _Hits:
    """Shared keys per pair of rows: those that are not boilerplate, and the rarer ones where there are enough."""
    keys, owners = unpack(run)
    which, others = index.find(keys, rules.posting_limit)
    rows, place = np.unique(owners, return_inverse=True)
    sources = window.table["source"]
    its = sources[others - window.base].astype(np.int64)
    own = its == sources[owners[which] - window.base]
    dull = np.bincount(which[own], minlength=len(keys)) > rules.boilerplate_holders
    informative = np.bincount(place, weights=~dull, minlength=len(rows))
    total = np.bincount(place, minlength=len(rows))
    rare = ~dull & (np.bincount(which, minlength=len(keys)) < rules.posting_limit)
    rares = np.bincount(place, weights=rare, minlength=len(rows))
    scarce = rares < np.maximum(rules.rare_keys, rules.informative_share * total)
    used = ~dull & (rare | scarce[place])
    kept = used[which]
    which, others, its = which[kept], others[kept], its[kept]
    mine = owners[which]
    usable = (others < mine) & ~_held_often(which, its, rules.boilerplate_holders)
    usable &= ~window.table["dead"][others - window.base]
    hits = _count(mine[usable], others[usable])
    counts = np.bincount(place, weights=used, minlength=len(rows)).astype(np.int64)
    hits.used = counts[np.searchsorted(rows, hits.mine)]
    hits.rows, hits.informative = rows, informative / total
    return _recent(window, hits, rules.max_age)


def _recent(window: Window, hits: _Hits, max_age: float) -> _Hits:
    kept = window.hours_between(hits.mine, hits.other) <= max_age
    return _Hits(hits.mine[kept], hits.other[kept], hits.shared[kept], hits.used[kept], hits.rows, hits.informative)


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
    return _Hits(mine[order], other[order], shared[order], shared, mine, np.empty(0))


def _mostly_dull(hits: _Hits, share: float) -> list[int]:
    low: list[int] = hits.rows[hits.informative < share].tolist()
    return low

"""Which older rows are worth an exact comparison: those that share keys that are not their sources' boilerplate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from aggregator.dedupe.postings import Keys, Packed, Postings, begins, ranges, unpack
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
    """Pairs of rows with the number of keys they share, sorted by row."""

    mine: Rows
    other: Rows
    shared: Rows
    used: Rows
    """Keys of `mine` that were looked for."""
    dull: list[int]
    """Rows of the batch most of whose keys are boilerplate."""


def shortlists(
    window: Window, bodies: Postings, titles: Postings, body_run: Packed, title_run: Packed, rules: Rules
) -> Mapping[int, Shortlist]:
    """The shortlist of each row of the batch whose runs are given; rows without one are missing."""
    lists: dict[int, Shortlist] = {}
    text = _hits(window, bodies, body_run, rules)
    likely = text.shared >= rules.sampled_share * np.minimum(text.used, window.column("keys")[text.other - window.base])
    _take(lists, text, likely & (text.shared * rules.behind_best >= _best(text)), rules.body_candidates)
    for row in text.dull:
        lists[row] = Shortlist(rows=[], title_only=True)
    headings = _hits(window, titles, title_run, rules)
    pairs = window.column("title_keys")
    mine, other = pairs[headings.mine - window.base], pairs[headings.other - window.base]
    _take(lists, headings, 2 * headings.shared >= np.minimum(mine, other), rules.title_candidates, by_title=True)
    carriers, counts = np.unique(headings.mine[headings.shared >= 0.8 * mine], return_counts=True)
    for row in carriers[counts > rules.title_holders].tolist():
        if row in lists:
            lists[row].rubric = True
    return lists


def _best(hits: _Hits) -> Rows:
    """For each hit: the most keys that its row shares with any other."""
    first = np.flatnonzero(begins(hits.mine))
    if len(first) == 0:
        return hits.shared
    return np.repeat(np.maximum.reduceat(hits.shared, first), np.diff(first, append=len(hits.mine)))


def _take(
    lists: dict[int, Shortlist], hits: _Hits, wanted: NDArray[np.bool_], most: int, *, by_title: bool = False
) -> None:
    """Adds the first `most` wanted hits of each row: those that share most, the newest of equal ones."""
    mine, other, shared = hits.mine[wanted], hits.other[wanted], hits.shared[wanted]
    order = np.lexsort((-other, -shared, mine))
    mine, other = mine[order], other[order]
    rank = np.arange(len(mine)) - np.searchsorted(mine, mine)
    first = rank < most
    for row, candidate in zip(mine[first].tolist(), other[first].tolist(), strict=True):
        shortlist = lists.setdefault(row, Shortlist(rows=[]))
        if candidate not in shortlist.rows:
            shortlist.rows.append(candidate)
            if by_title:
                shortlist.by_title.add(candidate)


@dataclass(frozen=True, slots=True)
class _Holders:
    """Who holds the distinct keys of a batch. Most keys of a batch stand in it more than once, so it is asked once."""

    key: Rows
    """The number of a distinct key; ascends."""
    row: Rows
    source: Rows
    count: Rows
    """Holders of each distinct key."""
    often: NDArray[np.bool_]
    """For each holder: whether its source holds the key in more than `boilerplate_holders` rows."""
    crowds: Rows
    """What is `often`: numbers of keys with those of sources (`_with_source`), sorted."""


def _with_source(keys: Rows, sources: Rows) -> Rows:
    return (keys << 32) | sources


def _holders(window: Window, index: Postings, keys: Keys, rules: Rules) -> _Holders:
    """The newest holders of distinct keys."""
    key, row = index.find(keys)
    source = window.column("source")[row - window.base].astype(np.int64)
    count = np.bincount(key, minlength=len(keys))
    limit = rules.boilerplate_holders
    several = np.flatnonzero(count[key] > limit)
    pairs = _with_source(key[several], source[several])
    ordered = np.sort(pairs)
    crowds = ordered[limit:][ordered[limit:] == ordered[: max(0, len(ordered) - limit)]]
    crowds = crowds[begins(crowds)]
    often = np.zeros(len(key), dtype=bool)
    often[several] = _among(pairs, crowds)
    return _Holders(key, row, source, count, often, crowds)


def _among(values: Rows, ordered: Rows) -> NDArray[np.bool_]:
    """For each value: whether it is one of `ordered`."""
    if len(ordered) == 0:
        return np.zeros(len(values), dtype=bool)
    found: NDArray[np.bool_] = ordered[np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)] == values
    return found


def _hits(window: Window, index: Postings, run: Packed, rules: Rules) -> _Hits:
    """Shared keys per pair of rows: those that are not boilerplate, and the rarer ones where there are enough."""
    keys, owners = unpack(run)
    if len(keys) == 0:
        return _Hits(owners, owners, owners, owners, [])
    new = begins(keys)
    holders, number = _holders(window, index, keys[new], rules), np.cumsum(new) - 1
    start = int(owners.min())
    place = owners - start
    dull = _among(_with_source(number, window.column("source")[owners - window.base].astype(np.int64)), holders.crowds)
    total = np.bincount(place)
    informative = np.bincount(place, weights=~dull)
    rare = ~dull & (holders.count[number] < rules.posting_limit)
    rares = np.bincount(place, weights=rare)
    scarce = rares < np.maximum(rules.rare_keys, rules.informative_share * total)
    used = ~dull & (rare | scarce[place])
    mine, other = _older(window, holders, number[used], owners[used])
    mine, other, shared = _count(mine, other)
    kept = window.hours_between(mine, other) <= rules.max_age
    mine, other, shared = mine[kept], other[kept], shared[kept]
    mostly_dull = np.flatnonzero(informative < rules.informative_share * total) + start
    return _Hits(
        mine, other, shared, np.bincount(place, weights=used).astype(np.int64)[mine - start], mostly_dull.tolist()
    )


def _older(window: Window, holders: _Holders, numbers: Rows, owners: Rows) -> tuple[Rows, Rows]:
    """Each pair of a row and an older one, as often as they share one of these keys; the numbers of keys ascend."""
    usable = ~(holders.often | window.column("dead")[holders.row - window.base])
    rows = holders.row[usable]
    count = np.bincount(holders.key[usable], minlength=len(holders.count))
    counts = count[numbers]
    mine = np.repeat(owners, counts)
    other = rows[ranges((np.cumsum(count) - count)[numbers], counts)]
    older = other < mine
    return mine[older], other[older]


def _count(mine: Rows, other: Rows) -> tuple[Rows, Rows, Rows]:
    """Pairs that share at least two keys, and how many; sorted."""
    ordered = np.sort((mine << 32) | other)
    first = np.flatnonzero(begins(ordered))
    shared = np.diff(first, append=len(ordered))
    several = shared > 1
    pairs = ordered[first[several]]
    return pairs >> 32, pairs & 0xFFFFFFFF, shared[several]

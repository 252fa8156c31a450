"""Which older rows are worth an exact comparison: those that share keys that are not their sources' boilerplate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from aggregator.dedupe.postings import Keys, Packed, Places, Postings, begins, ranges, unpack
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
        shortlist = lists.get(row)
        if shortlist is None:
            shortlist = lists[row] = Shortlist(rows=[])
        if candidate not in shortlist.rows:
            shortlist.rows.append(candidate)
            if by_title:
                shortlist.by_title.add(candidate)


@dataclass(frozen=True, slots=True)
class _Holders:
    """Who holds the distinct keys of a batch. Most keys of a batch stand in it more than once, so it is asked once."""

    count: Places
    """Holders of each distinct key."""
    row: Keys
    """The holders of the first key, those of the second …"""
    outside: NDArray[np.bool_]
    """For each holder: whether it does not count, since it was replaced, or its source holds the key often."""
    crowds: NDArray[np.unsignedinteger]
    """Numbers of keys with those of sources that hold them in more than `boilerplate_holders` rows (`_joint`)."""


def _joint(
    first: NDArray[np.integer], second: NDArray[np.integer], most: int, size: int
) -> NDArray[np.unsignedinteger]:
    """Pairs as numbers that sort as they do. `first` is less than `most`, `second` less than `size`."""
    if most * size < 1 << 32:  # sorting half the width takes half the time
        return first.astype(np.uint32) * np.uint32(size) + second.astype(np.uint32)
    return first.astype(np.uint64) * np.uint64(size) + second.astype(np.uint64)


def _holders(window: Window, index: Postings, keys: Keys, rules: Rules) -> _Holders:
    """The newest holders of distinct keys."""
    count, row = index.find(keys)
    place = row - np.uint32(window.base)
    outside = window.column("dead").take(place)
    limit = rules.boilerplate_holders
    key = np.repeat(np.arange(len(keys), dtype=np.int32), count)
    several = np.flatnonzero(np.repeat(count > limit, count))
    pairs = _joint(
        key.take(several), window.column("source").take(place.take(several)), len(keys), len(window.source_names)
    )
    ordered = np.sort(pairs)
    crowds = ordered[limit:][ordered[limit:] == ordered[: max(0, len(ordered) - limit)]]
    crowds = crowds[begins(crowds)]
    if len(crowds):
        outside[several] |= _among(pairs, crowds)
    return _Holders(count, row, outside, crowds)


def _among(values: NDArray[np.unsignedinteger], ordered: NDArray[np.unsignedinteger]) -> NDArray[np.bool_]:
    """For each value: whether it is one of `ordered`."""
    if len(ordered) == 0:
        return np.zeros(len(values), dtype=bool)
    place = np.searchsorted(ordered, values)
    found: NDArray[np.bool_] = ordered.take(np.minimum(place, len(ordered) - 1)) == values
    return found


def _hits(window: Window, index: Postings, run: Packed, rules: Rules) -> _Hits:
    """Shared keys per pair of rows: those that are not boilerplate, and the rarer ones where there are enough."""
    keys, owners = unpack(run)
    if len(keys) == 0:
        nothing = np.empty(0, dtype=np.int64)
        return _Hits(nothing, nothing, nothing, nothing, [])
    new = begins(keys)
    distinct, number = keys[new], np.cumsum(new, dtype=np.int32) - np.int32(1)
    holders = _holders(window, index, distinct, rules)
    sources = window.column("source").take(owners - np.uint32(window.base))
    dull = _among(_joint(number, sources, len(distinct), len(window.source_names)), holders.crowds)
    start = int(owners.min())
    place = owners - np.uint32(start)
    total = np.bincount(place)
    informative = np.bincount(place, weights=~dull)
    rare = ~dull & (holders.count.take(number) < rules.posting_limit)
    rares = np.bincount(place, weights=rare)
    scarce = rares < np.maximum(rules.rare_keys, rules.informative_share * total)
    used = np.flatnonzero(~dull & (rare | scarce[place]))
    mine, other, shared = _count(window, holders, number.take(used), place.take(used), start)
    kept = window.hours_between(mine, other) <= rules.max_age
    mine, other, shared = mine[kept], other[kept], shared[kept]
    looked_for = np.bincount(place.take(used), minlength=len(total))[mine - start]
    mostly_dull = (total > 0) & (informative / np.maximum(total, 1) < rules.informative_share)
    return _Hits(mine, other, shared, looked_for, (np.flatnonzero(mostly_dull) + start).tolist())


def _count(window: Window, holders: _Holders, numbers: Places, places: Keys, start: int) -> tuple[Rows, Rows, Rows]:
    """Each pair of a row and an older one that share at least two of these keys, and how many; sorted.

    `numbers` are those of distinct keys, `places` who has them, counted from the row `start`.
    """
    rows, count = holders.row, holders.count
    if holders.outside.any():
        before = np.concatenate(([0], np.cumsum(~holders.outside, dtype=np.int32)))
        ends = np.cumsum(count)
        rows, count = np.compress(~holders.outside, rows), (before[ends] - before[ends - count]).astype(np.int32)
    counts = count.take(numbers)
    mine = np.repeat(places, counts)
    other = rows.take(ranges((np.cumsum(count, dtype=np.int32) - count).take(numbers), counts))
    older = np.flatnonzero(other < mine + np.uint32(start))
    size = window.end - window.base
    ordered = np.sort(_joint(mine.take(older), other.take(older) - np.uint32(window.base), window.end - start, size))
    first = np.flatnonzero(begins(ordered))
    shared = np.diff(first, append=len(ordered))
    several = np.flatnonzero(shared > 1)
    mine, other = np.divmod(ordered.take(first.take(several)), ordered.dtype.type(size))
    return mine.astype(np.int64) + start, other.astype(np.int64) + window.base, shared.take(several)

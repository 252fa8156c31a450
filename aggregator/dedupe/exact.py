"""Exact keys across sources: the same id from the same origin, the same canonical url, the same title and text.

An id is never trusted alone (PROTOCOL P-49): besides being unique by its form it needs the same page, the same title
or the same text. A url that one source gives to several entries identifies nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from aggregator.dedupe.postings import Packed, Postings, distinct, pack, unpack
from aggregator.dedupe.rules import Rules
from aggregator.dedupe.window import Window
from aggregator.model.story import Edge, Tie

_KINDS = (("guid", Tie.SAME_ID, 0x1B873593), ("url", Tie.SAME_URL, 0x2545F491), ("text", Tie.SAME_TEXT, 0x3C6EF372))
HOLDERS = 64
"""Newest holders of an exact key that are looked at."""


def exact_run(window: Window, start: int) -> Packed:
    """The exact keys of the rows from `start` on."""
    rows = np.arange(start, window.end)
    runs = []
    for kind, _, salt in _KINDS:
        values = window.column(kind)[start - window.base :]
        given = values != 0
        keys = (values[given] >> np.uint64(32)).astype(np.uint32) ^ np.uint32(salt)
        runs.append(pack(keys, rows[given]))
    return distinct(np.concatenate(runs))


def exact_edges(window: Window, index: Postings, start: int, rules: Rules) -> Mapping[int, Sequence[Edge]]:
    """For each row from `start` on that shares a key with an older row: the edges, the surest kind first."""
    keys, holders = unpack(exact_run(window, start))
    rows = holders.astype(np.int64)
    counts, held = index.find(keys)
    which, others = np.repeat(np.arange(len(keys)), counts), held.astype(np.int64)
    identifying = _identifying(window, rows, which, others)
    older = others < rows[which]
    found: dict[int, dict[int, bool]] = {}
    for row, other, sure in zip(
        rows[which[older]].tolist(), others[older].tolist(), identifying[older].tolist(), strict=True
    ):
        pairs = found.setdefault(row, {})
        pairs[other] = pairs.get(other, True) and sure
    edges = {row: _edges(window, row, pairs, rules) for row, pairs in found.items()}
    return {row: held for row, held in edges.items() if held}


def _identifying(
    window: Window, rows: NDArray[np.int64], which: NDArray[np.int64], others: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """For each hit: whether neither source gives the key to more than one of its entries."""
    sources = window.column("source").astype(np.int64)
    alive = ~window.column("dead")[others - window.base]
    held = (which << 32) | sources[others - window.base]
    names, inverse, counts = np.unique(held, return_inverse=True, return_counts=True)
    counts = np.bincount(inverse, weights=alive, minlength=len(names))
    own = np.searchsorted(names, (which << 32) | sources[rows[which] - window.base])
    sure: NDArray[np.bool_] = (counts[inverse] <= 1) & (counts[np.minimum(own, max(0, len(names) - 1))] <= 1)
    return sure


def _edges(window: Window, row: int, pairs: Mapping[int, bool], rules: Rules) -> Sequence[Edge]:
    ties = ((other, _tie(window, row, other, rules, identifying=sure)) for other, sure in sorted(pairs.items()))
    return sorted((_edge(window, row, other, tie, rules) for other, tie in ties if tie), key=_rank)


def _rank(edge: Edge) -> int:
    return [tie for _, tie, _ in _KINDS].index(edge.tie)


def _tie(window: Window, row: int, other: int, rules: Rules, *, identifying: bool) -> Tie | None:
    def both(name: str) -> tuple[float, float]:
        column = window.column(name)
        return column.item(row - window.base), column.item(other - window.base)

    def same(name: str) -> bool:
        mine, its = both(name)
        return mine != 0 and mine == its

    if both("dead")[1] or window.same_source(row, other):
        return None
    if same("guid") and (same("url") or same("text") or same("title")):
        return Tie.SAME_ID
    if same("url") and identifying:
        return Tie.SAME_URL
    mine, its = both("seen")
    return Tie.SAME_TEXT if same("text") and abs(mine - its) <= rules.max_age else None


def _edge(window: Window, row: int, other: int, tie: Tie, rules: Rules) -> Edge:
    return Edge(
        article_id=window.article(row),
        other_id=window.article(other),
        tie=tie,
        rule="exact-key",
        scores=(("score", 1.0),),
        version=rules.version,
    )

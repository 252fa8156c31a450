"""Which rows hold a key: runs of distinct keys with their newest rows, merged geometrically."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Packed = NDArray[np.uint64]
"""Sorted numbers with a key in the upper half and a row in the lower."""
Keys = NDArray[np.uint32]
Numbers = NDArray[np.int64]
_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_SWEPT_AT_ONCE = 10
"""Forgotten rows are taken out when they are one in so many."""


def pack(keys: Keys, rows: Numbers) -> Packed:
    """A sorted run of distinct (key, row) pairs."""
    return distinct((keys.astype(np.uint64) << _HALF) | rows.astype(np.uint64))


def unpack(run: Packed) -> tuple[Keys, Numbers]:
    """The keys and the rows of a run, in its order."""
    return (run >> _HALF).astype(np.uint32), (run & _LOW).astype(np.int64)


def distinct(run: Packed) -> Packed:
    """The numbers in order, each once. Sorting them is several times as fast as `np.unique`, which hashes them."""
    run = np.sort(run)
    return run[begins(run)]


def begins(ordered: NDArray[np.generic]) -> NDArray[np.bool_]:
    """True where a stretch of equal values begins."""
    first = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return first


def ranges(starts: Numbers, counts: Numbers) -> Numbers:
    """The numbers of several ranges, one range after the other, each given by its first number and its length."""
    shift = np.repeat(starts + counts - np.cumsum(counts), counts)
    shift += np.arange(len(shift))
    return shift


@dataclass(frozen=True, slots=True)
class _Run:
    """Rows by key: those of `keys[n]` are `rows[ends[n] : ends[n + 1]]`, ascending."""

    keys: Keys
    ends: NDArray[np.uint32]
    rows: NDArray[np.uint32]

    def packed(self) -> Packed:
        return (np.repeat(self.keys, np.diff(self.ends)).astype(np.uint64) << _HALF) | self.rows


def _newest(run: Packed, limit: int) -> _Run:
    """A sorted run by keys, with no more than the last `limit` rows of each."""
    keys = (run >> _HALF).astype(np.uint32)
    first = np.flatnonzero(begins(keys))
    counts = np.diff(first, append=len(keys))
    rows = (run & _LOW).astype(np.uint32)
    if len(counts) and int(counts.max()) > limit:
        kept = np.minimum(counts, limit)
        rows = rows[ranges(first + counts - kept, kept)]
        counts = kept
    ends = np.zeros(len(first) + 1, dtype=np.uint32)
    np.cumsum(counts, out=ends[1:])
    return _Run(keys[first], ends, rows)


class Postings:
    """An index from 32-bit keys to the newest rows that hold them.

    Rows grow with time: those of each run that is added are newer than all before. So the newest holders of a key
    stand last, and older ones can be let go for good once `limit` newer ones are there.
    """

    def __init__(self, limit: int) -> None:
        """`limit`: the rows that are kept for a key."""
        self._limit = limit
        self._runs: list[_Run] = []
        self._floor = 0
        self._swept = 0
        self._end = 0

    def add(self, run: Packed) -> None:
        """Adds a sorted run and merges smaller ones into it, so that there are only logarithmically many."""
        if not len(run):
            return
        self._end = max(self._end, int((run & _LOW).max()) + 1)
        while self._runs and len(self._runs[-1].rows) < 2 * len(run):
            run = np.concatenate((self._runs.pop().packed(), run))
            run.sort(kind="stable")
        self._runs.append(_newest(run, self._limit))

    def drop_below(self, row: int) -> None:
        """Forgets all rows before `row`; makes room only when there is much to be made."""
        self._floor = max(self._floor, row)
        if _SWEPT_AT_ONCE * (self._floor - self._swept) < self._end - self._swept:
            return
        packed = (run.packed() for run in self._runs)
        kept = (run[(run & _LOW) >= np.uint64(self._floor)] for run in packed)
        self._runs = [_newest(run, self._limit) for run in kept if len(run)]
        self._swept = self._floor

    def find(self, keys: Keys) -> tuple[Numbers, Numbers]:
        """For each row that is kept of each key: the key's position in `keys`, and the row.

        `keys` ascend. Sorted by position, then row; does not depend on how the runs were merged.
        """
        taken = np.zeros(len(keys), dtype=np.int64)
        found: list[tuple[Numbers, Numbers, Numbers]] = []
        for run in reversed(self._runs):
            at = np.searchsorted(run.keys, keys)
            np.minimum(at, len(run.keys) - 1, out=at)
            hits = np.flatnonzero((run.keys[at] == keys) & (taken < self._limit))
            at = at[hits]
            ends = run.ends[at + 1].astype(np.int64)
            counts = np.minimum(ends - run.ends[at], self._limit - taken[hits])
            taken[hits] += counts
            found.append((hits, ends - counts, counts))
        rows = np.empty(int(taken.sum()), dtype=np.int64)
        place = np.cumsum(taken) - taken
        for run, (hits, starts, counts) in zip(self._runs, reversed(found), strict=True):
            rows[ranges(place[hits], counts)] = run.rows[ranges(starts, counts)]
            place[hits] += counts
        which = np.repeat(np.arange(len(keys)), taken)
        if self._floor > self._swept:
            alive = rows >= self._floor
            which, rows = which[alive], rows[alive]
        return which, rows

    @property
    def size(self) -> int:
        """Bytes held."""
        return sum(run.keys.nbytes + run.ends.nbytes + run.rows.nbytes for run in self._runs)

    @property
    def runs(self) -> int:
        """How many runs a search looks at."""
        return len(self._runs)

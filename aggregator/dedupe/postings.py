"""Which rows hold a key: runs of distinct keys with their newest rows, merged geometrically."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Packed = NDArray[np.uint64]
"""Sorted numbers with a key in the upper half and a row in the lower."""
Keys = NDArray[np.uint32]
Rows = NDArray[np.uint32]
Places = NDArray[np.int32]
"""Places in arrays; half the width is less than half the time, where arrays are made and dropped by the megabyte."""
_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_SWEPT_AT_ONCE = 10
"""Forgotten rows are taken out when they are one in so many."""


def pack(keys: Keys, rows: NDArray[np.int64]) -> Packed:
    """A sorted run of distinct (key, row) pairs."""
    return distinct((keys.astype(np.uint64) << _HALF) | rows.astype(np.uint64))


def unpack(run: Packed) -> tuple[Keys, Rows]:
    """The keys and the rows of a run, in its order."""
    return (run >> _HALF).astype(np.uint32), run.astype(np.uint32)


def distinct(run: Packed) -> Packed:
    """The numbers in order, each once. Sorting them is several times as fast as `np.unique`, which hashes them."""
    run = np.sort(run)
    return run[begins(run)]


def begins(ordered: NDArray[np.generic]) -> NDArray[np.bool_]:
    """True where a stretch of equal values begins."""
    first = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return first


def ranges(starts: Places, counts: Places) -> Places:
    """The numbers of several ranges, one range after the other, each given by its first number and its length."""
    shift = np.repeat((starts + counts - np.cumsum(counts)).astype(np.int32), counts)
    shift += np.arange(len(shift), dtype=np.int32)
    return shift


@dataclass(frozen=True, slots=True)
class _Run:
    """Rows by key: those of `keys[n]` are `rows[ends[n] : ends[n + 1]]`, ascending."""

    keys: Keys
    ends: Places
    rows: Rows

    def packed(self) -> Packed:
        return (np.repeat(self.keys, np.diff(self.ends)).astype(np.uint64) << _HALF) | self.rows


def _newest(run: Packed, limit: int) -> _Run:
    """A sorted run by keys, with no more than the last `limit` rows of each."""
    keys = (run >> _HALF).astype(np.uint32)
    first = np.flatnonzero(begins(keys)).astype(np.int32)
    counts = np.diff(first, append=np.int32(len(keys)))
    rows = run.astype(np.uint32)
    if len(counts) and int(counts.max()) > limit:
        kept = np.minimum(counts, np.int32(limit))
        rows = rows[ranges(first + counts - kept, kept)]
        counts = kept
    ends = np.zeros(len(first) + 1, dtype=np.int32)
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

    def find(self, keys: Keys) -> tuple[Places, Rows]:
        """How many rows are kept of each key, and those rows: one key's after another's, each in order.

        `keys` ascend. What is found does not depend on how the runs were merged.
        """
        taken = np.zeros(len(keys), dtype=np.int32)
        found: list[tuple[Places, Places, Places]] = []
        for run in reversed(self._runs):
            at = np.searchsorted(run.keys, keys).astype(np.int32)
            np.minimum(at, np.int32(len(run.keys) - 1), out=at)
            hits = np.flatnonzero((run.keys.take(at) == keys) & (taken < self._limit)).astype(np.int32)
            at = at.take(hits)
            ends = run.ends.take(at + np.int32(1))
            counts = np.minimum(ends - run.ends.take(at), np.int32(self._limit) - taken.take(hits))
            taken[hits] += counts
            found.append((hits, ends - counts, counts))
        rows = np.empty(int(taken.sum()), dtype=np.uint32)
        place = np.cumsum(taken, dtype=np.int32) - taken
        for run, (hits, starts, counts) in zip(self._runs, reversed(found), strict=True):
            rows[ranges(place.take(hits), counts)] = run.rows.take(ranges(starts, counts))
            place[hits] += counts
        return self._alive(taken, rows) if self._floor > self._swept else (taken, rows)

    def _alive(self, counts: Places, rows: Rows) -> tuple[Places, Rows]:
        """What was found without the rows that are forgotten but not yet taken out."""
        alive = rows >= self._floor
        ends = np.cumsum(counts)
        before = np.concatenate(([0], np.cumsum(alive, dtype=np.int32)))
        return (before[ends] - before[ends - counts]).astype(np.int32), rows[alive]

    @property
    def size(self) -> int:
        """Bytes held."""
        return sum(run.keys.nbytes + run.ends.nbytes + run.rows.nbytes for run in self._runs)

    @property
    def runs(self) -> int:
        """How many runs a search looks at."""
        return len(self._runs)

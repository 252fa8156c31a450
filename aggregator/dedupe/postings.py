"""Which rows hold a key: sorted runs of 64-bit numbers (key in the upper half, row in the lower), merged geometrically."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Packed = NDArray[np.uint64]
_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)


def pack(keys: NDArray[np.uint32], rows: NDArray[np.int64]) -> Packed:
    """A sorted run of distinct (key, row) pairs."""
    return np.unique((keys.astype(np.uint64) << _HALF) | rows.astype(np.uint64))


def unpack(run: Packed) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """The keys and the rows of a run, in its order."""
    return (run >> _HALF).astype(np.uint32), (run & _LOW).astype(np.int64)


class Postings:
    """An index from 32-bit keys to row numbers. Rows grow with time, so the newest holders stand last in a run."""

    def __init__(self) -> None:
        self._runs: list[Packed] = []

    def add(self, run: Packed) -> None:
        """Adds a sorted run and merges smaller ones into it, so that there are only logarithmically many."""
        while self._runs and len(self._runs[-1]) < 2 * len(run):
            run = np.concatenate((self._runs.pop(), run))
            run.sort(kind="stable")
        self._runs.append(run)

    def drop_below(self, row: int) -> None:
        """Forgets all rows before `row`."""
        kept = (run[(run & _LOW) >= np.uint64(row)] for run in self._runs)
        self._runs = [run for run in kept if len(run)]

    def find(self, keys: NDArray[np.uint32], limit: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """For each of the newest `limit` holders of each key: the key's position in `keys`, and the row.

        `keys` ascend. Sorted by position, then row; does not depend on how the runs were merged.
        """
        low = keys.astype(np.uint64) << _HALF
        found = [self._find_in(run, low, limit) for run in self._runs]
        if not found:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        hits = np.concatenate(found)
        hits.sort(kind="stable")
        which = (hits >> _HALF).astype(np.int64)
        ends = np.searchsorted(which, np.arange(len(keys)), side="right")
        newest = ends[which] - np.arange(len(hits)) <= limit
        return which[newest], (hits[newest] & _LOW).astype(np.int64)

    @staticmethod
    def _find_in(run: Packed, low: Packed, limit: int) -> Packed:
        start = np.searchsorted(run, low, side="left")
        end = np.searchsorted(run, low | _LOW, side="right")
        start = np.maximum(start, end - limit)
        counts = end - start
        which = np.repeat(np.arange(len(low)), counts)
        first = np.cumsum(counts) - counts
        at = np.arange(len(which)) - np.repeat(first - start, counts)
        hits: Packed = (which.astype(np.uint64) << _HALF) | (run[at] & _LOW)
        return hits

    @property
    def size(self) -> int:
        """Bytes held."""
        return sum(run.nbytes for run in self._runs)

    @property
    def runs(self) -> int:
        """How many sorted runs a search looks at."""
        return len(self._runs)

"""What pairs of texts can have in common at most, for many pairs at once: the exact comparison is for the few."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aggregator.dedupe.tokens import SHINGLE, shingles

Numbers = NDArray[np.int64]

_SLOTS = 2048
"""A text's shingles are sorted into so many slots. More of them say more and cost more."""
_ONES = np.array([number.bit_count() for number in range(1 << 16)], dtype=np.uint8)


class Outlines:
    """For each text, the slots that its shingles fall into.

    A shingle whose slot the other text leaves empty does not stand in it. So what two texts share is never more than
    what these bounds say, and mostly not much less.
    """

    def __init__(self, bodies: Sequence[bytes]) -> None:
        """`bodies`: token hashes, as `Features` has them."""
        hashes = np.frombuffer(b"".join(bodies), dtype="<u4")
        sizes = np.fromiter(map(len, bodies), dtype=np.int64, count=len(bodies)) // 4
        self._lengths = np.maximum(sizes - SHINGLE + 1, 0)
        owners = np.repeat(np.arange(len(bodies)), sizes)
        inside = np.arange(len(hashes)) - np.repeat(np.cumsum(sizes) - sizes, sizes) < np.repeat(self._lengths, sizes)
        places = owners[inside] * _SLOTS + (shingles(hashes)[inside[: 1 - SHINGLE]] & np.uint32(_SLOTS - 1))
        taken = np.zeros(len(bodies) * _SLOTS, dtype=bool)
        taken[places] = True
        self._taken = np.packbits(taken).view(np.uint16).reshape(len(bodies), -1)

    def bounds(self, mine: Numbers, other: Numbers) -> tuple[Numbers, NDArray[np.float64]]:
        """For each pair of texts: the least number of shingles of the shorter one, and the most of their containment."""
        swap = self._lengths[mine] > self._lengths[other]
        short, long = np.where(swap, other, mine), np.where(swap, mine, other)
        taken = self._taken[short]
        missing = _ones(taken & ~self._taken[long])
        return _ones(taken), 1 - missing / np.maximum(self._lengths[short], 1)


def _ones(rows: NDArray[np.uint16]) -> Numbers:
    """The bits that are set in each row."""
    ones: Numbers = _ONES[rows].sum(axis=1, dtype=np.int64)
    return ones

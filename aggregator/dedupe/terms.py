"""Words for comparing what texts are about: the first letters of each, hashed, for a whole batch at once.

Cutting words to their first letters stands in for stemming in every language alike; function words are left to their
frequency. Source: DEDUPE section 2.6 (title twice, beginning of the text, the weightiest terms only).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from aggregator.dedupe.tokens import fold, tokenise

TEXT_LIMIT = 800
STEM = 5
"""Letters of a word that count."""
_TITLE_WEIGHT = 2
_SHORT = 3
"""Words of so few bytes count in titles only: elsewhere most of them are function words."""
_SLOTS = 1 << 18
_UNSEEN = 6
"""Documents without a term that are taken for granted: among few documents, rarity says little."""


class Rarity:
    """In how many documents each term stood so far; terms share slots where their hashes do."""

    def __init__(self) -> None:
        self._documents = 0
        self._holders = np.zeros(_SLOTS, dtype=np.int32)

    def count(self, documents: int, terms: NDArray[np.uint64]) -> None:
        """Notes the terms of some documents; a term is named once for each document that has it."""
        self._documents += documents
        self._holders += np.bincount(_slots(terms), minlength=_SLOTS).astype(np.int32)

    def of(self, terms: NDArray[np.uint64]) -> NDArray[np.float64]:
        """About 0 for a term that stands in all documents; more for rarer ones."""
        total = self._documents + _UNSEEN
        rarity: NDArray[np.float64] = np.log(total / (self._holders[_slots(terms)] + 1))
        return rarity


def _slots(terms: NDArray[np.uint64]) -> NDArray[np.int64]:
    slots: NDArray[np.int64] = (terms & np.uint64(_SLOTS - 1)).astype(np.int64)
    return slots


Vector = dict[int, float]


def vectors(texts: Sequence[tuple[str, str]], rarity: Rarity, most: int) -> list[Vector]:
    """For each (title, text): its weightiest terms, weightiest first, as a vector of length 1; counts them too."""
    if not texts:
        return []
    folded = [fold(part) for title, text in texts for part in (title, text[:TEXT_LIMIT])]
    tokens = tokenise(folded, stem=STEM)
    parts = np.repeat(np.arange(len(folded)), np.diff(tokens.bounds))
    telling = (tokens.sizes > _SHORT) | (parts & 1 == 0)
    parts, hashes = parts[telling], tokens.hashes[telling]
    keys = ((parts >> 1).astype(np.uint64) << np.uint64(32)) | hashes.astype(np.uint64)
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    if len(keys) == 0:
        return [{} for _ in texts]
    first = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    counts = np.add.reduceat(np.where(parts[order] & 1, 1, _TITLE_WEIGHT), first)
    owners, terms = (keys[first] >> np.uint64(32)).astype(np.int64), keys[first] & np.uint64(0xFFFFFFFF)
    rarity.count(len(texts), terms)
    weights = (1 + np.log(counts)) * rarity.of(terms)
    return _heaviest(owners, terms, weights, len(texts), most)


def _heaviest(
    owners: NDArray[np.int64], terms: NDArray[np.uint64], weights: NDArray[np.float64], documents: int, most: int
) -> list[Vector]:
    order = np.lexsort((terms, -weights, owners))
    owners, terms, weights = owners[order], terms[order], weights[order]
    rank = np.arange(len(owners)) - np.searchsorted(owners, owners)
    kept = (rank < most) & (weights > 0)
    owners, terms, weights = owners[kept], terms[kept], weights[kept]
    norms = np.sqrt(np.bincount(owners, weights=weights * weights, minlength=documents))
    names, values = terms.tolist(), (weights / norms[owners]).tolist()
    ends = np.searchsorted(owners, np.arange(documents + 1)).tolist()
    return [dict(zip(names[a:b], values[a:b], strict=True)) for a, b in pairwise(ends)]

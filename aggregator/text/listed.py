"""Sets of words that are written in the source as people read them."""

from __future__ import annotations


def listed(words: str) -> frozenset[str]:
    """The words of `words`, which stand apart by white space."""
    return frozenset(words.split())

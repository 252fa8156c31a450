"""The word lists in `data/`, read once."""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def rows(name: str) -> tuple[tuple[str, ...], ...]:
    """The rows of a tab-separated list without its comments and blank lines."""
    text = (resources.files("aggregator.normalise") / "data" / name).read_text("utf-8")
    return tuple(tuple(line.split("\t")) for line in text.splitlines() if line and not line.startswith("#"))


@cache
def words(name: str, kind: str) -> frozenset[str]:
    """Every word of the rows of one kind, casefolded."""
    return frozenset(word.casefold() for row_kind, *rest in rows(name) if row_kind == kind for word in rest if word)

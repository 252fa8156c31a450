"""The private corpus of real feeds: found by AGGREGATOR_CORPUS, never part of the repository."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path

import pytest


def corpus() -> Path:
    """Its folder. Skips where the variable is unset; a folder that is named but missing is a failure."""
    named = os.environ.get("AGGREGATOR_CORPUS")
    if not named:
        pytest.skip("AGGREGATOR_CORPUS is not set: the private corpus is not here")
    folder = Path(named)
    if not (folder / "feeds" / "manifest.tsv").is_file():
        pytest.fail(f"AGGREGATOR_CORPUS names {folder}, and no corpus is there")
    return folder


@dataclass(frozen=True)
class CorpusFeed:
    file: Path
    format: str
    entries: int


def feeds() -> list[CorpusFeed]:
    """Every feed of the corpus with the number of entries that its manifest counts."""
    folder = corpus() / "feeds"
    with (folder / "manifest.tsv").open(encoding="utf-8", newline="") as manifest:
        rows = list(csv.DictReader(manifest, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [CorpusFeed(folder / row["file"], row["format"], int(row["entries"])) for row in rows]

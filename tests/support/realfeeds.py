"""The private corpus of real feeds: found by an environment variable, never part of the repository."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest


def corpus() -> Path:
    """Its folder. Skips where the variable is not set; fails where it is set and nothing is there."""
    named = os.environ.get("AGGREGATOR_CORPUS")
    if not named:
        pytest.skip("AGGREGATOR_CORPUS is not set")
    folder = Path(named)
    assert (folder / "feeds" / "manifest.tsv").is_file(), f"AGGREGATOR_CORPUS names {folder}, where no corpus is"
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))

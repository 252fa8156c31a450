"""Deduplication tried on labelled articles, before a threshold is changed."""

from __future__ import annotations

from pathlib import Path

from aggregator.dedupe.backtest import Result, UnreadableItemError, read_items, run
from aggregator.errors import UsageError


def backtest(file: Path) -> Result:
    """Precision and recall over a JSONL file of labelled items. Raises UsageError where it cannot be read."""
    try:
        with file.open(encoding="utf-8") as lines:
            items = read_items(lines)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    except (UnreadableItemError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: {error}") from error
    return run(items)

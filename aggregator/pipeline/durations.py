"""Spans of time as operators write them on the command line."""

from __future__ import annotations

import re
from datetime import timedelta

from aggregator.errors import UsageError

_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def span(text: str) -> timedelta:
    """`30d`, `12h` or `2w` as a span. Raises UsageError for anything else."""
    match = re.fullmatch(r"(\d+)([hdw])", text.strip())
    if not match:
        raise UsageError(f"{text!r} is no span of time: write it like 12h, 30d or 2w")
    return timedelta(**{_UNITS[match.group(2)]: int(match.group(1))})

"""Spans of time and rates in an operator's words."""

from __future__ import annotations

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MONTH = 30 * DAY


def span(seconds: float) -> str:
    """``90 s``, ``45 min``, ``6 h``, ``3 d``: the largest unit that needs at most one decimal."""
    for unit, name in ((2 * DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= unit:
            size = DAY if name == "d" else unit
            return f"{seconds / size:.1f}".removesuffix(".0") + f" {name}"
    return f"{seconds:.0f} s"


def rate(per_day: float) -> str:
    """``about 3 a day``, ``about 2 a week``, ``about 1 a month``."""
    for days, name in ((1, "day"), (7, "week"), (30, "month")):
        if per_day * days >= 0.75:
            return f"about {per_day * days:.0f} a {name}"
    return "less than 1 a month"

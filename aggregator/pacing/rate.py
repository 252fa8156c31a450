"""How often a source posts, and how often it is worth asking (PROTOCOL P-23)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from math import sqrt

from aggregator.pacing.words import DAY, HOUR

KEPT = 40
"""Entry times that are remembered: enough for a rate, few enough to follow a change."""
ONE_A_DAY = 4 * HOUR
"""Seconds between polls of a source that posts once a day."""
_SILENCE = 3.0
"""A silence of so many mean gaps is hardly chance: the rate has fallen."""
_LEAST_SPAN = DAY
_RECENT = 10
_SURPRISE = 1.0
"""Entries a day that even a silent source may bring: real sources are less regular than their rate, and what comes
after a silence is what readers wait for."""


def remembered(old: Iterable[datetime], new: Iterable[datetime], now: datetime) -> tuple[datetime, ...]:
    """Both lists as one, newest first; the same entry in both counts once, and a date in the future is now."""
    times = Counter(old) | Counter(min(time, now) for time in new)
    return tuple(sorted(times.elements(), reverse=True)[:KEPT])


def per_day(times: tuple[datetime, ...], now: datetime) -> float:
    """Entries a day that may be expected from now on; 0.0: nothing was ever posted.

    The remembered entries count over the time since the oldest of them, or the newest ten over theirs if that is more:
    a source that wakes up is followed at once. A longer silence than chance explains lowers it.
    """
    if not times:
        return 0.0
    observed = max(_density(times, now), _density(times[:_RECENT], now))
    silence = (now - times[0]).total_seconds()
    return DAY * (min(observed, _SILENCE / silence) if silence > 0 else observed)


def _density(times: tuple[datetime, ...], now: datetime) -> float:
    """Entries a second; fewer than a day's worth of time is a day."""
    return len(times) / max((now - times[-1]).total_seconds(), _LEAST_SPAN)


def learned(expected: float) -> int:
    """Seconds between polls for an expected rate in entries a day (0 or more).

    The mean delay over many sources is least, for a given number of polls, where each interval goes with the inverse
    square root of its rate: minimise the sum of rate x interval for a constant sum of 1 / interval.
    """
    return int(ONE_A_DAY * sqrt((1 + _SURPRISE) / (expected + _SURPRISE)))

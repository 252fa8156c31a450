"""How often a source posts, and how often it is worth asking (PROTOCOL P-23)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, time
from math import exp, inf, sqrt

from aggregator.pacing.words import DAY, HOUR

KEPT = 40
"""Entry times that are remembered: enough for a rate, few enough to follow a change."""
ONE_A_DAY = 4 * HOUR
"""Seconds between polls of a source that posts once a day."""
_SILENCE = 3.0
"""A silence of so many mean gaps is hardly chance: the rate has fallen."""
_LEAST_SPAN = DAY
_RECENT = 10
_SURPRISE = 0.2
"""Entries a day that even a silent source may bring."""
_HOURS = 24
_BURST = HOUR
"""Entries that follow each other within so many seconds were posted on one occasion."""
_EVENLY = 6.0
"""Imagined occasions, spread evenly over the day: a few remembered ones say little about the hours."""
_WIDTH = 2.5
"""Hours by which an occasion may as well have been sooner or later: one standard deviation."""
_BELL = tuple(exp(-0.5 * (min(hours, _HOURS - hours) / _WIDTH) ** 2) for hours in range(_HOURS))
_KERNEL = tuple(weight / sum(_BELL) for weight in _BELL)
"""How much an occasion says for the hour that lies so many hours ahead."""


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


def expected_unheard(since: datetime, now: datetime) -> float:
    """Entries a day that may be expected of a source that has shown none since then: infinite at first."""
    silence = (now - since).total_seconds()
    return DAY * _SILENCE / silence if silence > 0 else inf


def _density(times: tuple[datetime, ...], now: datetime) -> float:
    """Entries a second; fewer than a day's worth of time is a day."""
    return len(times) / max((now - times[-1]).total_seconds(), _LEAST_SPAN)


def through_the_day(times: tuple[datetime, ...]) -> tuple[float, ...]:
    """How much likelier than on average each hour of the day is to bring an entry, from entry times, newest first.

    24 numbers with the mean 1, for the hours of UTC. People post while they are awake, and programs when they are told
    to. A burst counts once. What is dated midnight in its own offset is a date without a time and says nothing.
    """
    occasions = [0] * _HOURS
    last: datetime | None = None
    for entry in times:
        if entry.time() != time.min and (last is None or (last - entry).total_seconds() > _BURST):
            occasions[int(entry.timestamp() % DAY // HOUR)] += 1
        last = entry
    counted = [(hour, number) for hour, number in enumerate(occasions) if number]
    total = _EVENLY + sum(number for _, number in counted)
    return tuple(
        (_EVENLY / _HOURS + sum(number * _KERNEL[hour - place] for place, number in counted)) * _HOURS / total
        for hour in range(_HOURS)
    )


def evenly(expected: float, *, one_a_day: float = ONE_A_DAY) -> int:
    """Seconds between polls for an expected rate in entries a day (0 or more), at whatever hour.

    The mean delay over many sources is least, for a given number of polls, where each interval goes with the inverse
    square root of its rate: minimise the sum of rate x interval for a constant sum of 1 / interval. `one_a_day` is the
    interval for one entry a day: all others are in proportion to it.
    """
    return int(one_a_day / _often(expected))


def learned(expected: float, hours: tuple[float, ...], now: datetime, *, one_a_day: float = ONE_A_DAY) -> int:
    """Seconds from `now` until the next poll, by the same law for each of the `hours` that lie ahead."""
    left = one_a_day
    begin = at = now.timestamp()
    while True:
        often = _often(expected * hours[int(at % DAY // HOUR)])
        until = (at // HOUR + 1) * HOUR
        if left <= (until - at) * often:
            return int(at + left / often - begin)
        left -= (until - at) * often
        at = until


def _often(expected: float) -> float:
    """Polls for one of a source that posts once a day."""
    return sqrt((expected + _SURPRISE) / (1 + _SURPRISE))

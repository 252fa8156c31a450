"""The publisher's wishes inside the feed: ttl, skipHours, skipDays, sy:* (PROTOCOL P-21, P-22)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from aggregator.model.entry import Schedule
from aggregator.pacing.words import DAY, HOUR, MINUTE

_PERIODS = {"hourly": HOUR, "daily": DAY, "weekly": 7 * DAY, "monthly": 30 * DAY, "yearly": 365 * DAY}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def shortest(schedule: Schedule) -> tuple[int, str] | None:
    """Seconds that the feed itself wants between two polls at least, and by which element; None: no wish."""
    wishes = []
    minutes = _natural(schedule.ttl)
    if minutes:
        wishes.append((minutes * MINUTE, "ttl"))
    period = sy_period(schedule)
    if period:
        wishes.append((period, "sy:updatePeriod"))
    return max(wishes, default=None)


def sy_period(schedule: Schedule) -> int | None:
    """Seconds between two updates by RSS 1.0's syndication module; None: not said."""
    period = _PERIODS.get(schedule.update_period.strip().lower())
    if period is None:
        return None
    return period // (_natural(schedule.update_frequency) or 1)


def aligned(due: datetime, schedule: Schedule) -> datetime:
    """The first point of the publisher's own grid at or after `due`; `due` itself where there is no grid."""
    period = sy_period(schedule)
    base = _base(schedule.update_base)
    if not period or base is None:
        return due
    past = (due - base).total_seconds() % period
    return due if past == 0 else due + timedelta(seconds=period - past)


def skipped_hours(schedule: Schedule) -> frozenset[int]:
    """Hours (GMT) without polls; 24 is another 0; a list of all hours is nonsense and ignored."""
    hours = {number % 24 for number in map(_hour, schedule.skip_hours) if number is not None}
    return frozenset(hours) if len(hours) < 24 else frozenset()


def skipped_days(schedule: Schedule) -> frozenset[int]:
    """Days (GMT, Monday is 0) without polls; a list of all days is nonsense and ignored."""
    days = {_DAYS.index(name) for name in (day.strip().lower() for day in schedule.skip_days) if name in _DAYS}
    return frozenset(days) if len(days) < 7 else frozenset()


def is_all_skipped(schedule: Schedule) -> bool:
    """Whether the publisher skips everything, which nobody can mean."""
    hours = {number % 24 for number in map(_hour, schedule.skip_hours) if number is not None}
    days = {day.strip().lower() for day in schedule.skip_days} & set(_DAYS)
    return len(hours) == 24 or len(days) == 7


def next_open(due: datetime, schedule: Schedule, jitter: float) -> datetime:
    """`due`, or a moment in the first hour after it that is not skipped; not all at its first minute."""
    hours, days = skipped_hours(schedule), skipped_days(schedule)
    if not hours and not days:
        return due
    moment = due.astimezone(UTC)
    while moment.hour in hours or moment.weekday() in days:
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return due if moment == due else moment + timedelta(minutes=59 * jitter)


def _natural(text: str) -> int | None:
    stripped = text.strip()
    return int(stripped[:9]) if stripped.isascii() and stripped.isdigit() else None


def _hour(text: str) -> int | None:
    number = _natural(text)
    return number if number is not None and number <= 24 else None


def _base(text: str) -> datetime | None:
    try:
        base = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return base if base.tzinfo is not None else base.replace(tzinfo=UTC)

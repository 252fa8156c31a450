"""When an issue of a digest is due: the calendar in the operator's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from aggregator.model.config import DigestSettings

_LONGEST = 32


def counted(settings: DigestSettings) -> int | None:
    """N of ``every N items``; None: the digest goes by the calendar."""
    words = settings.period.split()
    return int(words[1]) if words[0] == "every" else None


def last_due(settings: DigestSettings, now: datetime) -> datetime:
    """The latest due time that is not after `now`, in UTC.

    An hour that daylight saving leaves out is the hour after it; one that comes twice is the first of the two.
    """
    zone = ZoneInfo(settings.timezone)
    today = now.astimezone(zone).date()
    days = (today + timedelta(days=1) - timedelta(days=back) for back in range(_LONGEST + 1))
    return next(due for day in days if _begins(settings, day) and (due := _instant(settings, day, zone)) <= now)


def next_due(settings: DigestSettings, now: datetime) -> datetime:
    """The first due time after `now`, in UTC."""
    zone = ZoneInfo(settings.timezone)
    today = now.astimezone(zone).date()
    days = (today - timedelta(days=1) + timedelta(days=ahead) for ahead in range(_LONGEST + 1))
    return next(due for day in days if _begins(settings, day) and (due := _instant(settings, day, zone)) > now)


def period_before(settings: DigestSettings, due: datetime) -> datetime:
    """Where the period that ends at `due` begins; for counted digests a week before."""
    return due - timedelta(days=7) if counted(settings) else last_due(settings, due - timedelta(microseconds=1))


def _begins(settings: DigestSettings, day: date) -> bool:
    match settings.period:
        case "weekly":
            return day.weekday() == settings.weekday
        case "monthly":
            return day.day == 1
        case _:
            return True


def _instant(settings: DigestSettings, day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(settings.hour), zone).astimezone(UTC)

"""The values in a query: numbers, ages, dates, and ranges of them."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta

from aggregator.curate.nodes import Between, Quantity

HOUR, DAY = 3600.0, 86_400.0
_AGES = {"h": HOUR, "d": DAY, "w": 7 * DAY, "m": 30 * DAY, "y": 365 * DAY}
_AGE = re.compile(r"(\d{1,5})([hdwmy])", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,9}")
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})Z?)?)?)?")
_RANGE = re.compile(r"\[\s*(\S+)\s+TO\s+(\S+)\s*\]|(\S+?)(?:\.\.|/)(\S+)")
_COMPARED = re.compile(r"(<=|>=|<|>|=)(.*)", re.DOTALL)

DATES = frozenset({Quantity.PUBLISHED, Quantity.UPDATED, Quantity.SEEN})


class ValueMisfitError(ValueError):
    """A value does not fit its quantity; the message says what would."""


def compared(quantity: Quantity, operator: str, value: str, shown: str) -> Between:
    """The bounds of ``quantity operator value``; a date stands for its whole day, month or year.

    Raises `ValueMisfitError` with what was expected.
    """
    first, last = _span(quantity, value)
    dated = quantity in DATES
    match operator:
        case "<":
            return Between(shown=shown, quantity=quantity, high=first, high_open=True)
        case "<=":
            return Between(shown=shown, quantity=quantity, high=last, high_open=dated)
        case ">":
            return Between(shown=shown, quantity=quantity, low=last, low_open=not dated)
        case ">=":
            return Between(shown=shown, quantity=quantity, low=first)
        case _:
            return Between(shown=shown, quantity=quantity, low=first, high=last, high_open=dated)


def valued(quantity: Quantity, value: str, shown: str) -> Between:
    """The bounds of ``quantity:value``: a range, a comparison, or one value. Raises `ValueMisfitError`."""
    if match := _RANGE.fullmatch(value):
        low, high = (match[1], match[2]) if match[1] else (match[3], match[4])
        return _between(quantity, low, high, shown)
    if match := _COMPARED.fullmatch(value):
        return compared(quantity, match[1], match[2], shown)
    if quantity is Quantity.AGE:
        raise ValueMisfitError(f"expected a comparison such as age<{value or '7d'}")
    return compared(quantity, "=", value, shown)


def _between(quantity: Quantity, low: str, high: str, shown: str) -> Between:
    first = None if low == "*" else _span(quantity, low)[0]
    last = None if high == "*" else _span(quantity, high)[1]
    if first is not None and last is not None and first > last:
        raise ValueMisfitError(f"the range ends before it begins: {low} is after {high}")
    return Between(shown=shown, quantity=quantity, low=first, high=last, high_open=quantity in DATES)


def _span(quantity: Quantity, value: str) -> tuple[float, float]:
    """The first and the last value that `value` stands for; for dates the second is the first one after it."""
    if quantity in DATES:
        return _date_span(value)
    if quantity is Quantity.AGE:
        if not (match := _AGE.fullmatch(value)):
            raise ValueMisfitError("expected an age such as 12h, 7d, 2w, 3m or 1y")
        seconds = int(match[1]) * _AGES[match[2].lower()]
        return seconds, seconds
    if not _NUMBER.fullmatch(value):
        raise ValueMisfitError("expected a whole number such as 200")
    return float(value), float(value)


def _date_span(value: str) -> tuple[float, float]:
    match = _DATE.fullmatch(value)
    if not match:
        raise ValueMisfitError("expected a date such as 2026-01-31, 2026-01 or 2026")
    year, month, day, hour, minute = (int(group) if group else None for group in match.groups())
    try:
        first = datetime(year or 0, month or 1, day or 1, hour or 0, minute or 0, tzinfo=UTC)
        after = first + _length(first, month=month, day=day, hour=hour)
    except (ValueError, OverflowError):
        raise ValueMisfitError(f"expected a date of the calendar, not {value}") from None
    return first.timestamp(), after.timestamp()


def _length(first: datetime, *, month: int | None, day: int | None, hour: int | None) -> timedelta:
    if hour is not None:
        return timedelta(minutes=1)
    if day is not None:
        return timedelta(days=1)
    if month is not None:
        return timedelta(days=monthrange(first.year, first.month)[1])
    return first.replace(year=first.year + 1) - first

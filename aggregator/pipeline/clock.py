"""The clock: the use cases ask it, tests give their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the present instant, aware, in UTC."""


def system_clock() -> datetime:
    """The machine's time."""
    return datetime.now(UTC)


def top_of_hour(now: datetime) -> datetime:
    """The hour that `now` lies in: ages and windows are evaluated there, so that one hour gives one edition."""
    return now.replace(minute=0, second=0, microsecond=0)

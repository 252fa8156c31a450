"""A publisher's date, with everything the publisher said about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import StrEnum


class Precision(StrEnum):
    """How much of the date the publisher gave."""

    SECOND = "second"
    MINUTE = "minute"
    DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A date as published: the instant, how precise it is, the offset it was given in, and the words themselves.

    A bare day is midnight in the source's time zone, so that ``24-12-2020`` prints as the 24th: use `local`.
    """

    instant: datetime
    """Aware, in UTC."""
    precision: Precision = Precision.SECOND
    offset: int = 0
    """Minutes east of UTC in which the publisher gave the date (or the source's zone, where none was given)."""
    raw: str = ""
    """The publisher's words, character for character."""
    clamped: bool = False
    """The date lay in the future and was moved back to the time of the fetch (PROTOCOL P-51)."""

    @property
    def local(self) -> datetime:
        """The instant in the publisher's own offset."""
        return self.instant.astimezone(timezone(timedelta(minutes=self.offset)))

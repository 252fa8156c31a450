from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from aggregator.curate.periods import counted, last_due, next_due, period_before
from tests.support.digests import settings

AMSTERDAM = "Europe/Amsterdam"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("period", "now", "last", "following"),
    [
        ("daily", "2026-03-02T06:00", "2026-03-02T06:00", "2026-03-03T06:00"),
        ("daily", "2026-03-02T05:59", "2026-03-01T06:00", "2026-03-02T06:00"),
        ("weekly", "2026-03-05T12:00", "2026-03-02T06:00", "2026-03-09T06:00"),
        ("weekly", "2026-03-02T05:00", "2026-02-23T06:00", "2026-03-02T06:00"),
        ("monthly", "2026-03-31T12:00", "2026-03-01T06:00", "2026-04-01T05:00"),
        ("monthly", "2026-01-01T05:00", "2025-12-01T06:00", "2026-01-01T06:00"),
    ],
)
def test_a_period_ends_at_the_hour_of_the_operators_zone(period: str, now: str, last: str, following: str) -> None:
    made = settings(period=period, timezone=AMSTERDAM, hour=7)
    assert last_due(made, at(now)) == at(last)
    assert next_due(made, at(now)) == at(following)


def test_each_day_of_a_year_has_one_due_time_through_both_changes_of_the_clock() -> None:
    made = settings(period="daily", timezone=AMSTERDAM, hour=2)
    due, seen = last_due(made, at("2026-01-01T12:00")), []
    for _ in range(365):
        due = next_due(made, due)
        seen.append(due)
    assert len({one.astimezone(UTC).date() for one in seen}) == 365
    assert {later - earlier for earlier, later in pairwise(seen)} <= {timedelta(hours=hours) for hours in (23, 24, 25)}


def test_the_due_time_before_the_next_one_is_the_last_one() -> None:
    made = settings(period="weekly", weekday=4, timezone="America/New_York", hour=17)
    now = at("2026-11-03T08:00")
    assert period_before(made, next_due(made, now)) == last_due(made, now)


def test_only_counted_digests_have_a_number() -> None:
    assert counted(settings(period="every 15 items")) == 15
    assert counted(settings(period="weekly")) is None

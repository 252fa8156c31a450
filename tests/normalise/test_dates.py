from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.model.moment import Precision
from aggregator.normalise.dates import moment

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def instant(raw: str, language: str | None = None, timezone: str | None = None) -> str | None:
    found = moment(raw, language=language, timezone=timezone, now=NOW)
    return found.instant.strftime("%Y-%m-%dT%H:%M:%SZ") if found else None


@pytest.mark.case("P-51")
@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Thu, 24 Dec 2020 10:11:12 GMT", "2020-12-24T10:11:12Z"),
        ("Thu, 24 Dec 2020 10:11:12 +0130", "2020-12-24T08:41:12Z"),
        ("24 Dec 2020 10:11:12 -0130", "2020-12-24T11:41:12Z"),
        ("Thu, 24 Dec 20 10:11 EST", "2020-12-24T15:11:00Z"),
        ("Thu, 24 Dec 98 10:11:00 PDT", "1998-12-24T17:11:00Z"),
        ("Thursday, 24-Dec-20 10:11:12 UT", "2020-12-24T10:11:12Z"),
        ("Fri, 24 Dec 2020 10:11:12 GMT", "2020-12-24T10:11:12Z"),
        ("Thu, 24 Dec 2020 10:11:12 GMT+0200", "2020-12-24T08:11:12Z"),
        ("Thu, 24 Dec 2020 10:11:12 +02:00 (CEST)", "2020-12-24T08:11:12Z"),
        ("Thu, 24 Dec 2020 24:00:00 +0000", "2020-12-25T00:00:00Z"),
        ("Thu, 31 Dec 2020 23:59:60 GMT", "2021-01-01T00:00:00Z"),
        ("Thu,  4 December 2020 10:11:12 GMT", "2020-12-04T10:11:12Z"),
        ("Thu, 24 Dec 2020 10:11:12", "2020-12-24T10:11:12Z"),
        ("2020-12-24T10:11:12Z", "2020-12-24T10:11:12Z"),
        ("2020-12-24T10:11:12.123456789Z", "2020-12-24T10:11:12Z"),
        ("2020-12-24T10:11:12+02:00", "2020-12-24T08:11:12Z"),
        ("2020-12-24T10:11:12+0200", "2020-12-24T08:11:12Z"),
        ("2020-12-24 10:11:12 +0200", "2020-12-24T08:11:12Z"),
        ("2020-12-24T24:00:00Z", "2020-12-25T00:00:00Z"),
        ("20201224T101112Z", "2020-12-24T10:11:12Z"),
        ("2020/12/24 10:11", "2020-12-24T10:11:00Z"),
        ("Thu Dec 24 10:11:12 2020", "2020-12-24T10:11:12Z"),
        ("Thu Dec 24 10:11:12 EST 2020", "2020-12-24T15:11:12Z"),
        ("December 24, 2020", "2020-12-24T00:00:00Z"),
        ("Dec 24th, 2020 at 5:00 PM EST", "2020-12-24T22:00:00Z"),
        ("1608804672", "2020-12-24T10:11:12Z"),
    ],
)
def test_the_forms_of_the_standards_and_their_usual_faults_are_read(raw: str, expected: str) -> None:
    assert instant(raw, "en") == expected


@pytest.mark.case("P-51")
@pytest.mark.parametrize(
    "raw",
    [
        "", "   ", "soon", "yesterday", "3 days ago", "2026-13-45", "32 Dec 2020", "Sat, 30 Feb 2021 10:00:00 GMT",
        "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT", "1989-12-31T23:59:59Z",
        "0000-00-00 00:00:00", "2020-12-24T25:00:00Z", "x" * 5000, "-0001-11-30T00:00:00+00:00",
    ],
)  # fmt: skip
def test_what_is_no_date_is_none_and_never_now(raw: str) -> None:
    assert instant(raw, "en") is None


@pytest.mark.case("P-51")
def test_a_date_more_than_ten_minutes_ahead_is_moved_back_to_the_fetch_and_says_so() -> None:
    ahead = moment((NOW + timedelta(days=3)).isoformat(), language=None, timezone=None, now=NOW)
    near = moment((NOW + timedelta(minutes=9)).isoformat(), language=None, timezone=None, now=NOW)
    assert ahead is not None
    assert (ahead.instant, ahead.clamped) == (NOW, True)
    assert ahead.raw.startswith("2026-03-04")
    assert near is not None
    assert (near.instant, near.clamped) == (NOW + timedelta(minutes=9), False)


@pytest.mark.case("P-51")
def test_a_bare_day_of_a_dutch_feed_is_that_day_in_the_netherlands() -> None:
    found = moment("24-12-2020", language="nl", timezone=None, now=NOW)
    assert found is not None
    assert found.precision is Precision.DAY
    assert found.instant == datetime(2020, 12, 23, 23, tzinfo=UTC)
    assert found.local.strftime("%d-%m-%Y %H:%M") == "24-12-2020 00:00"
    assert found.raw == "24-12-2020"


@pytest.mark.parametrize(
    ("raw", "language", "timezone", "expected"),
    [
        ("04-12-2020", "nl", None, "2020-12-03T23:00:00Z"),
        ("04/12/2020", "en-GB", None, "2020-12-04T00:00:00Z"),
        ("04/12/2020", "en-US", None, "2020-04-12T00:00:00Z"),
        ("12/24/2020", "nl", None, "2020-12-23T23:00:00Z"),
        ("24/12/2020", "en-US", None, "2020-12-24T00:00:00Z"),
        ("12/24/2020 3:15 PM", "en-us", None, "2020-12-24T15:15:00Z"),
        ("24.12.2020 10:30 Uhr", "de", None, "2020-12-24T09:30:00Z"),
        ("24.07.2020, 10:30", "de-DE", None, "2020-07-24T08:30:00Z"),
        ("24 december 2020", "nl", None, "2020-12-23T23:00:00Z"),
        ("Do, 24 Dez 2020 10:00:00 +0100", "de", None, "2020-12-24T09:00:00Z"),
        ("24 décembre 2020 à 10h30", "fr", None, "2020-12-24T09:30:00Z"),
        ("24 de diciembre de 2020", "es", None, "2020-12-24T00:00:00Z"),
        ("24 декабря 2020 г. 10:30", "ru", None, "2020-12-24T07:30:00Z"),
        ("2020年12月24日 10:30", "zh", None, "2020-12-24T02:30:00Z"),
        ("24-12-2020 10:30", "nl", "America/New_York", "2020-12-24T15:30:00Z"),
        ("2020-12-24T10:30:00", "nl", None, "2020-12-24T10:30:00Z"),
        ("2020-12-24T10:30:00", "nl", "Europe/Amsterdam", "2020-12-24T09:30:00Z"),
        ("2020-12-24", "en", "No/Such_Zone", "2020-12-24T00:00:00Z"),
    ],
)
def test_everyday_forms_are_read_in_the_order_and_the_zone_of_the_source(
    raw: str, language: str, timezone: str | None, expected: str
) -> None:
    assert instant(raw, language, timezone) == expected


@pytest.mark.parametrize(
    ("raw", "precision", "offset"),
    [
        ("Thu, 24 Dec 2020 10:11:12 -0330", Precision.SECOND, -210),
        ("2020-12-24T10:11+05:30", Precision.MINUTE, 330),
        ("2020-12-24", Precision.DAY, 0),
        ("Thu, 24 Dec 2020", Precision.DAY, 0),
    ],
)
def test_precision_and_offset_are_those_the_publisher_gave(raw: str, precision: Precision, offset: int) -> None:
    found = moment(raw, language="en", timezone=None, now=NOW)
    assert found is not None
    assert (found.precision, found.offset) == (precision, offset)


@settings(deadline=None)
@given(st.datetimes(min_value=datetime(1990, 1, 2), max_value=datetime(2026, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001
def test_an_iso_date_with_any_offset_is_that_instant(wall: datetime, minutes: int) -> None:
    sign = "-" if minutes < 0 else "+"
    raw = f"{wall.strftime('%Y-%m-%dT%H:%M:%S')}{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    found = moment(raw, language=None, timezone=None, now=NOW)
    if found is not None:
        assert found.instant == wall.replace(microsecond=0, tzinfo=UTC) - timedelta(minutes=minutes)
    else:
        assert wall - timedelta(minutes=minutes) < datetime(1990, 1, 3)  # noqa: DTZ001


@settings(deadline=None)
@given(st.text(alphabet="0123456789-/:. TZ+GMTDecJan,APM", max_size=40))
def test_no_words_make_it_raise_or_give_a_date_outside_of_sense(words: str) -> None:
    found = moment(words, language="nl", timezone="Europe/Amsterdam", now=NOW)
    assert found is None or datetime(1989, 12, 30, tzinfo=UTC) < found.instant <= NOW + timedelta(minutes=10)

"""The words that an operator reads, and what a state takes over from a document."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.model.entry import Schedule
from aggregator.model.fetch import FetchReason, Freshness
from aggregator.model.source import SourceState, WindowEntry
from aggregator.pacing.backoff import RULES
from aggregator.pacing.freshness import merged
from aggregator.pacing.moves import with_updates
from aggregator.pacing.observed import Observed
from aggregator.pacing.rate import KEPT, learned, per_day, remembered, through_the_day
from aggregator.pacing.wishes import aligned, next_open, shortest
from aggregator.pacing.words import DAY, HOUR, rate, span
from tests.support.clock import START
from tests.support.polls import Player, body, failure, unchanged


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (90, "1.5 min"), (3599, "60 min"), (3600, "1 h"), (21600, "6 h"),
     (86400, "24 h"), (172800, "2 d"), (216000, "2.5 d")],
)  # fmt: skip
def test_spans_read_as_an_operator_says_them(seconds: int, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize(
    ("daily", "words"),
    [(50, "about 50 a day"), (0.75, "about 1 a day"), (0.5, "about 4 a week"), (1 / 7, "about 1 a week"),
     (0.1, "about 3 a month"), (0.03, "about 1 a month"), (0.01, "less than 1 a month")],
)  # fmt: skip
def test_rates_read_as_an_operator_says_them(daily: float, words: str) -> None:
    assert rate(daily) == words


FULL = Observed(
    schedule=Schedule(ttl="90"),
    body_hash="h",
    window=(WindowEntry(key="k", raw_hash="r"),),
    identity_rung=2,
    quirks=("ill-formed",),
    feed_title="T",
    feed_home_url="https://a.test/",
    feed_updated="2026-03-01T00:00:00Z",
)


def taken(state: SourceState) -> tuple[object, ...]:
    return (
        state.schedule,
        state.body_hash,
        state.window,
        state.identity_rung,
        state.quirks,
        state.feed_title,
        state.feed_home_url,
        state.feed_updated,
    )


EXPECTED = (
    FULL.schedule,
    FULL.body_hash,
    FULL.window,
    FULL.identity_rung,
    FULL.quirks,
    FULL.feed_title,
    FULL.feed_home_url,
    FULL.feed_updated,
)


def test_what_a_document_says_is_kept_until_another_says_otherwise() -> None:
    player = Player()
    player.poll(body(), FULL)
    assert taken(player.state) == EXPECTED
    player.next(body(), Observed())
    assert taken(player.state) == EXPECTED
    player.next(unchanged())
    assert taken(player.state) == EXPECTED
    player.next(failure(FetchReason.NOT_FOUND, 404))
    assert taken(player.state) == EXPECTED
    player.next(body(), Observed(quirks=(), feed_title=""))
    assert (player.state.quirks, player.state.feed_title, player.state.feed_home_url) == ((), "", "https://a.test/")


def test_each_poll_leaves_its_time_and_its_outcome() -> None:
    player = Player()
    first = player.poll(body())
    assert (first.last_poll_at, first.last_success_at, first.last_outcome) == (START, START, "fetched")
    second = player.next(unchanged())
    assert (second.last_poll_at, second.last_success_at, second.last_outcome) == (
        player.now,
        player.now,
        "not-modified",
    )
    before = player.now
    third = player.next(failure(FetchReason.NOT_FOUND, 404))
    assert (third.last_poll_at, third.last_success_at, third.last_outcome) == (player.now, before, "not-found")
    assert (third.last_message, third.why) == ("It failed.", "It failed.")
    assert third.due_reason == "not-found once: waits 1 h"
    assert player.next(failure(FetchReason.NOT_FOUND, 404)).due_reason == "not-found 2 times in a row: waits 2 h"


@pytest.mark.case("P-21", "P-22")
def test_the_reason_names_the_publishers_own_times() -> None:
    player = Player(now=datetime(2026, 3, 6, 23, 30, tzinfo=UTC))
    assert player.poll(body(), Observed(schedule=Schedule(skip_days=("Saturday",)))).due_reason == (
        "the publisher's skipHours and skipDays"
    )
    player = Player(now=datetime(2026, 3, 6, 22, 30, tzinfo=UTC))
    assert player.poll(body(), Observed(schedule=Schedule(skip_hours=("23",)))).due_reason == (
        "the publisher's skipHours and skipDays"
    )
    daily = Schedule(update_period="daily", update_frequency="2", update_base="2000-01-01T06:00")
    assert Player().poll(body(), Observed(schedule=daily)).due_reason == "the publisher's sy:updateBase"
    assert Player().poll(body(), Observed(schedule=Schedule(ttl="60000"))).due_reason == (
        "ttl 41.7 d, but at least every 24 h"
    )


def test_the_reason_names_the_ceiling_of_a_quiet_source() -> None:
    times = tuple(START - timedelta(days=40 * n + 40) for n in range(5))
    player = Player(jitter=0.99)
    player.source = replace(player.source, max_interval=5 * HOUR)
    assert player.poll(body(), Observed(entry_times=times)).due_reason == "posts about 1 a month; at least every 5 h"
    assert player.pause <= 6 * HOUR
    assert Player().poll(body()).due_reason in {"its posting rate is not known yet", "no more often than every 1 h"}


@pytest.mark.case("P-23")
def test_the_reason_names_the_ceiling_only_where_the_rate_asks_for_less() -> None:
    times = tuple(START - timedelta(hours=37 * n + 37) for n in range(40))
    wanted = learned(per_day(times, START), through_the_day(times), START)
    player = Player()
    player.source = replace(player.source, max_interval=wanted)
    assert player.poll(body(), Observed(entry_times=times)).due_reason == "posts about 5 a week"
    player = Player()
    player.source = replace(player.source, max_interval=wanted - 1)
    assert "at least every" in player.poll(body(), Observed(entry_times=times)).due_reason


@pytest.mark.case("P-07")
def test_a_304_drops_the_stored_expires_only_with_a_new_cache_control() -> None:
    stored = Freshness(cache_control="max-age=60", expires="old", age="5", date="then")
    assert merged(stored, Freshness()) == Freshness(cache_control="max-age=60", expires="old")
    assert merged(stored, Freshness(cache_control="no-cache")) == Freshness(cache_control="no-cache")
    assert merged(stored, Freshness(expires="new")) == Freshness(cache_control="max-age=60", expires="new")


@pytest.mark.case("P-08")
def test_a_304_for_a_url_whose_validators_are_not_held_changes_none() -> None:
    player = Player()
    player.poll(body('"e1"'))
    assert with_updates(player.state, unchanged('"x"', url="https://b.test/").validators) is player.state


@pytest.mark.case("P-24")
def test_a_possible_loss_is_forgotten_after_two_weeks() -> None:
    player = Player()
    weekly = tuple(START - timedelta(days=7 * n) for n in range(20))
    player.poll(body(), Observed(entry_times=weekly))
    player.state = replace(player.state, possible_loss_at=START - timedelta(days=14), interval=3600)
    assert player.poll(unchanged()).due_reason.startswith("posts about")
    player.state = replace(player.state, possible_loss_at=START - timedelta(days=13), interval=3600)
    assert player.poll(unchanged()).due_reason.startswith("entries may have been missed")


@pytest.mark.case("P-22")
@pytest.mark.parametrize(
    ("period", "seconds"),
    [("hourly", HOUR), ("Daily ", DAY), ("weekly", 7 * DAY), ("monthly", 30 * DAY), ("yearly", 365 * DAY)],
)
def test_the_periods_of_the_syndication_module(period: str, seconds: int) -> None:
    assert shortest(Schedule(update_period=period)) == (seconds, "sy:updatePeriod")
    assert shortest(Schedule(update_period=period, update_frequency="2")) == (seconds // 2, "sy:updatePeriod")


def test_a_grid_is_met_exactly_and_its_base_may_lack_a_zone_or_lie_ahead() -> None:
    grid = Schedule(update_period="daily", update_base="2026-03-02T12:00")
    assert aligned(START, grid) == START
    assert aligned(START + timedelta(seconds=1), grid) == START + timedelta(days=1)
    offset = Schedule(update_period="daily", update_base="2030-01-01T01:00+01:00")
    assert aligned(START, offset) == START + timedelta(hours=12)
    assert aligned(START, Schedule(update_base="2026-03-02T12:00")) == START


def test_the_last_hour_before_an_open_one_is_still_closed() -> None:
    almost_all = Schedule(skip_hours=tuple(str(hour) for hour in range(23)))
    assert next_open(START, almost_all, 0.0) == START.replace(hour=23)
    six_days = Schedule(skip_days=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"))
    assert next_open(START, six_days, 0.0) == datetime(2026, 3, 8, 0, 0, tzinfo=UTC)
    assert next_open(START, six_days, 1.0) == datetime(2026, 3, 8, 0, 59, tzinfo=UTC)


@pytest.mark.case("P-23")
def test_a_rate_is_taken_over_the_newest_entries_and_at_least_a_day() -> None:
    times = remembered((), (START - timedelta(minutes=n) for n in range(100)), START)
    assert len(times) == KEPT == 40
    assert per_day((START,), START) == 1.0
    assert per_day((START, START - timedelta(days=4)), START) == 0.5
    assert per_day((START - timedelta(seconds=1),), START) == 1.0


WAITS = {
    FetchReason.DNS: (1, 24),
    FetchReason.DNS_NOT_FOUND: (6, 168),
    FetchReason.CONNECT: (1, 24),
    FetchReason.TLS: (6, 24),
    FetchReason.TOO_LARGE: (24, 168),
    FetchReason.REDIRECT_LOOP: (6, 168),
    FetchReason.REDIRECT_REFUSED: (24, 168),
    FetchReason.PRIVATE_ADDRESS: (24, 168),
    FetchReason.BAD_URL: (24, 168),
    FetchReason.NOT_FOUND: (1, 168),
    FetchReason.RATE_LIMITED: (1, 24),
    FetchReason.CLIENT_ERROR: (1, 168),
    FetchReason.SERVER_ERROR: (1, 24),
    FetchReason.ROBOTS: (24, 168),
    FetchReason.OPTED_OUT: (168, 168),
    FetchReason.FILE_MISSING: (1, 24),
    FetchReason.FILE_UNREADABLE: (1, 24),
    FetchReason.FILE_OUTSIDE: (24, 24),
}


@pytest.mark.case("P-34", "P-35", "P-36")
@pytest.mark.parametrize("reason", list(WAITS))
def test_the_first_and_the_longest_wait_of_each_reason(reason: FetchReason) -> None:
    first, longest = WAITS[reason]
    assert (RULES[reason].wait(1), RULES[reason].wait(99)) == (first * HOUR, longest * HOUR)

"""What a failure does to a source: it waits, says why, and never dies silently."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model.config import FetchSettings
from aggregator.model.entry import ParseFailed, ParseReason
from aggregator.model.fetch import FetchReason
from aggregator.model.source import Health
from aggregator.pacing.backoff import RULES
from aggregator.pacing.failing import NEVER
from aggregator.pacing.hosts import host_block
from aggregator.pacing.observed import Observed
from aggregator.pacing.outage import outage
from aggregator.text.http import parse_http_date, parse_retry_after
from tests.support.clock import START
from tests.support.polls import DAY, HOUR, URL, Player, body, failure, hop, unchanged

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.case("P-26")
@pytest.mark.parametrize(
    "text",
    [
        "Mon, 02 Mar 2026 14:00:00 GMT",
        "Monday, 02-Mar-26 14:00:00 GMT",
        "Mon Mar  2 14:00:00 2026",
        "mon, 2 mar 2026 14:00:00 +0000",
    ],
)
def test_an_http_date_is_read_in_all_its_forms(text: str) -> None:
    assert parse_http_date(text, NOW) == NOW + timedelta(hours=2)


@pytest.mark.case("P-26")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "soon",
        "2026-03-02T14:00:00Z",
        "Mon, 32 Mar 2026 14:00:00 GMT",
        "Mon, 02 Foo 2026 14:00:00 GMT",
        "Mon, 02 Mar 2026 25:00:00 GMT",
    ],
)
def test_what_is_no_http_date_is_none(text: str) -> None:
    assert parse_http_date(text, NOW) is None


def test_a_two_digit_year_is_of_this_century_unless_far_ahead() -> None:
    assert parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", NOW) == datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)
    assert parse_http_date("Thursday, 06-Nov-70 08:49:37 GMT", NOW) == datetime(2070, 11, 6, 8, 49, 37, tzinfo=UTC)


@pytest.mark.case("P-25", "P-26", "P-27")
@pytest.mark.parametrize(
    ("value", "date", "seconds"),
    [
        ("7200", "", 7200),
        (" 60 ", "", 60),
        ("0", "", 0),
        ("Mon, 02 Mar 2026 14:00:00 GMT", "", 7200),
        ("Mon, 02 Mar 2026 14:00:00 GMT", "Mon, 02 Mar 2026 13:30:00 GMT", 1800),
        ("Mon Mar  2 14:00:00 2026", "", 7200),
        ("Mon, 02 Mar 2026 11:00:00 GMT", "", None),
        ("-1", "", None),
        ("1.5", "", None),
        ("soon", "", None),
        ("", "", None),
        ("٣", "", None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(value: str, date: str, seconds: int | None) -> None:
    assert parse_retry_after(value, date, NOW) == seconds


@given(st.text(), st.text())
def test_no_retry_after_however_odd_breaks_anything(value: str, date: str) -> None:
    seconds = parse_retry_after(value, date, NOW)
    assert seconds is None or seconds >= 0


@pytest.mark.case("P-25", "P-26", "P-27")
@pytest.mark.parametrize(
    ("status", "reason"),
    [(429, FetchReason.RATE_LIMITED), (503, FetchReason.UNAVAILABLE), (301, FetchReason.UNAVAILABLE)],
)
@pytest.mark.parametrize("value", ["7200", "Mon, 02 Mar 2026 14:00:00 GMT"])
def test_retry_after_is_kept_to(status: int, reason: FetchReason, value: str) -> None:
    player = Player()
    player.poll(failure(reason, status, retry_after=value))
    assert player.pause == 7200
    assert player.state.health is Health.SLOWED
    assert player.state.due_reason == "the source asked for 2 h (Retry-After)"


@pytest.mark.case("P-27")
def test_a_retry_after_of_years_is_cut_and_a_bad_one_is_the_usual_back_off() -> None:
    player = Player()
    player.poll(failure(FetchReason.UNAVAILABLE, 503, retry_after="315360000"))
    assert player.pause == DAY
    for value in ("-1", "soon", "Mon, 02 Mar 2020 14:00:00 GMT", ""):
        player = Player()
        pauses = []
        for _ in range(7):
            player.next(failure(FetchReason.RATE_LIMITED, 429, retry_after=value))
            pauses.append(player.pause)
        assert pauses == [HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR, DAY, DAY]
        assert player.state.health is Health.SLOWED


@pytest.mark.case("P-25")
def test_a_block_is_for_the_whole_host_and_lasts_as_long_as_was_asked() -> None:
    settings = FetchSettings()
    block = host_block(settings, failure(FetchReason.RATE_LIMITED, 429, retry_after="7200"))
    assert block is not None
    assert (block.host, block.until) == ("a.test", START + timedelta(hours=2))
    bare = host_block(settings, failure(FetchReason.RATE_LIMITED, 429))
    assert bare is not None
    assert bare.until == START + timedelta(hours=1)
    capped = host_block(settings, failure(FetchReason.UNAVAILABLE, 503, retry_after="99999999"))
    assert capped is not None
    assert capped.until == START + timedelta(days=1)


@pytest.mark.case("P-25", "P-27")
def test_other_replies_block_no_host() -> None:
    settings = FetchSettings()
    for outcome in (
        failure(FetchReason.UNAVAILABLE, 503),
        failure(FetchReason.SERVER_ERROR, 500, retry_after="60"),
        failure(FetchReason.RATE_LIMITED, None, retry_after="60"),
        body(retry_after="60"),
        unchanged(),
    ):
        assert host_block(settings, outcome) is None


@pytest.mark.case("P-25")
def test_a_source_held_back_for_its_host_has_not_failed() -> None:
    player = Player()
    player.poll(body())
    before = player.state
    player.next(failure(FetchReason.RATE_LIMITED, None, retry_after="500"))
    assert player.pause == 500
    assert replace(player.state, due=before.due, due_reason=before.due_reason) == before


@pytest.mark.case("P-33")
def test_gone_stops_everything_and_says_so() -> None:
    player = Player()
    player.poll(body())
    state = player.next(failure(FetchReason.GONE, 410))
    assert (state.health, state.due, state.since) == (Health.GONE, NEVER, player.now)
    assert state.why
    assert state.remedy
    assert state.validators is not None


@pytest.mark.case("P-33")
def test_gone_adopts_the_permanent_redirect_that_was_seen_before() -> None:
    player = Player()
    target = "https://b.test/feed"
    player.poll(body(url=target, hops=(hop(301, URL, target),)))
    state = player.next(failure(FetchReason.GONE, 410))
    assert (state.url, state.aliases) == (target, (URL,))
    assert player.pause == HOUR
    assert state.health is not Health.GONE


@pytest.mark.case("P-34")
def test_a_404_is_asked_less_and_less_often_up_to_a_week_then_monthly() -> None:
    player = Player()
    pauses = []
    while player.now < START + timedelta(days=130):
        player.next(failure(FetchReason.NOT_FOUND, 404))
        pauses.append(player.pause)
    assert pauses[:9] == [HOUR * 2**n for n in range(8)] + [7 * DAY]
    assert all(later >= earlier for earlier, later in pairwise(pauses))
    assert pauses[-1] == 30 * DAY
    assert player.state.health is Health.FAILING
    assert player.state.since == START
    assert "asked once a month" in player.state.due_reason


@pytest.mark.case("P-34")
def test_the_first_success_forgives_everything() -> None:
    player = Player()
    for _ in range(3):
        player.next(failure(FetchReason.NOT_FOUND, 404))
    assert player.state.health is Health.FAILING
    state = player.next(body())
    assert (state.failures, state.first_failure_at, state.health, state.why) == (0, None, Health.HEALTHY, "")
    assert state.since == player.now
    player.next(failure(FetchReason.NOT_FOUND, 404))
    assert player.pause == HOUR


@pytest.mark.case("P-35")
@pytest.mark.parametrize(
    "reason",
    [FetchReason.UNAUTHORISED, FetchReason.FORBIDDEN, FetchReason.BOT_WALL, FetchReason.PAYMENT, FetchReason.LEGAL],
)
def test_a_refusal_waits_a_day_and_more(reason: FetchReason) -> None:
    player = Player()
    player.poll(failure(reason, 403))
    assert player.pause == DAY
    assert player.state.last_outcome == reason.value
    assert player.state.health is Health.FAILING
    player.next(failure(reason, 403))
    assert player.pause == 2 * DAY


@pytest.mark.case("P-35")
def test_a_wall_against_robots_comes_with_a_text_for_the_publisher() -> None:
    player = Player()
    player.poll(failure(FetchReason.BOT_WALL, 403))
    assert player.state.remedy.startswith("Send this to the publisher: ")


@pytest.mark.case("P-36")
def test_server_errors_back_off_with_jitter_up_to_a_day() -> None:
    for jitter, most in ((0.0, DAY), (0.99, 1.25 * DAY)):
        player = Player(jitter=jitter)
        pauses = []
        for _ in range(8):
            player.next(failure(FetchReason.SERVER_ERROR, 500))
            pauses.append(player.pause)
        assert pauses[0] >= HOUR
        assert all(later >= earlier for earlier, later in pairwise(pauses))
        assert DAY <= pauses[-1] <= most


@pytest.mark.case("P-36")
def test_a_missing_name_waits_longer_than_a_name_server_that_fails() -> None:
    pauses = {}
    for reason in (FetchReason.DNS, FetchReason.TIMEOUT, FetchReason.DNS_NOT_FOUND):
        player = Player()
        player.poll(failure(reason))
        pauses[reason] = player.pause
    assert pauses[FetchReason.DNS] == pauses[FetchReason.TIMEOUT] == HOUR
    assert pauses[FetchReason.DNS_NOT_FOUND] == 6 * HOUR


@pytest.mark.case("P-36")
def test_a_passing_fault_is_called_failing_from_the_third_time_on() -> None:
    player = Player()
    seen = [player.next(failure(FetchReason.TIMEOUT)).health for _ in range(4)]
    assert seen == [Health.SLOWED, Health.SLOWED, Health.FAILING, Health.FAILING]
    assert player.state.failures == 4


@pytest.mark.case("P-36")
def test_our_own_outage_is_held_against_nobody() -> None:
    player = Player()
    player.poll(body())
    before = player.state
    player.outage = True
    state = player.next(failure(FetchReason.DNS))
    assert (state.failures, state.health, state.first_failure_at) == (0, before.health, None)
    assert player.pause == 900
    assert "network" in state.due_reason
    state = player.next(failure(FetchReason.SERVER_ERROR, 500))
    assert state.failures == 1


@pytest.mark.case("P-36")
@pytest.mark.parametrize(
    ("silent", "answered", "expected"),
    [(5, 0, True), (4, 0, False), (4, 1, False), (9, 1, True), (8, 2, False), (17, 4, True)],
)
def test_an_outage_is_when_more_than_four_fifths_of_the_hosts_are_silent(
    silent: int, answered: int, *, expected: bool
) -> None:
    results = [failure(FetchReason.TIMEOUT, url=f"https://s{n}.example/") for n in range(silent)]
    kept = [body(url=f"https://a{n}.example/") for n in range(answered)]
    assert outage([*results, *kept]) is expected


@pytest.mark.case("P-36")
def test_many_sources_of_one_domain_or_many_error_pages_are_no_outage() -> None:
    assert not outage([failure(FetchReason.CONNECT, url=f"https://h{n}.example.org/") for n in range(50)])
    assert not outage([failure(FetchReason.SERVER_ERROR, 500, url=f"https://s{n}.example/") for n in range(50)])
    assert not outage([failure(FetchReason.FILE_MISSING, url=f"samples/{n}.xml") for n in range(50)])


@pytest.mark.case("P-38", "P-32")
def test_a_page_instead_of_a_feed_is_a_failure_with_its_own_reason() -> None:
    player = Player()
    player.poll(body())
    seen = Observed(parse_failed=ParseFailed(reason=ParseReason.HTML, detail="A web page."), complete=False)
    state = player.next(body('"x"', url=URL), seen)
    assert (state.last_outcome, state.last_message, state.failures) == ("html", "A web page.", 1)
    assert player.pause == HOUR
    assert [player.next(body(), seen).health for _ in range(2)] == [Health.SLOWED, Health.FAILING]


def test_a_source_without_validators_is_not_asked_hourly_because_it_failed() -> None:
    player = Player()
    player.poll(body(None, None))
    player.next(failure(FetchReason.SERVER_ERROR, 500))
    assert player.pause >= DAY


def test_a_poll_that_was_cut_short_is_repeated_soon_and_not_counted() -> None:
    player = Player()
    player.poll(body())
    state = player.next(failure(FetchReason.CANCELLED))
    assert player.pause <= 60
    assert (state.failures, state.health) == (0, Health.HEALTHY)


def test_a_paused_source_that_is_polled_by_hand_stays_paused() -> None:
    player = Player()
    player.source = replace(player.source, paused=True)
    assert player.poll(body()).health is Health.PAUSED


@pytest.mark.parametrize("reason", list(FetchReason))
def test_every_reason_has_a_wait_and_a_remedy(reason: FetchReason) -> None:
    rule = RULES[reason]
    assert rule.remedy.strip()
    assert HOUR <= rule.wait(1) <= rule.wait(2) <= rule.wait(100) <= 30 * DAY


@pytest.mark.parametrize("reason", [reason for reason in FetchReason if reason is not FetchReason.CANCELLED])
def test_no_failure_makes_polls_more_frequent_than_the_floor_or_silent(reason: FetchReason) -> None:
    player = Player()
    player.poll(body())
    state = player.next(failure(reason, 400))
    assert player.pause >= HOUR
    assert state.why
    assert state.remedy
    assert state.since is not None
    assert state.health is not Health.HEALTHY

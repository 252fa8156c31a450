"""The edges of the pacing: exactly at a limit, the second before it, and what a state keeps there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model.config import FetchSettings
from aggregator.model.entry import ParseFailed, ParseReason, Schedule
from aggregator.model.fetch import FetchReason, Freshness, Validators
from aggregator.model.ids import SourceId
from aggregator.model.source import Health, HubLease, RedirectSighting, Source, SourceState
from aggregator.pacing.after import after_poll
from aggregator.pacing.due import Bounds, bounds, without_hub
from aggregator.pacing.failing import NEVER
from aggregator.pacing.freshness import lifetime
from aggregator.pacing.moves import is_upgrade, moved, rebased
from aggregator.pacing.observed import Observed
from aggregator.pacing.rate import per_day
from aggregator.pacing.wishes import is_all_skipped, next_open, shortest, skipped_days, skipped_hours
from aggregator.pacing.words import rate
from tests.support.clock import START
from tests.support.polls import DAY, HOUR, URL, Player, body, failure, hop, unchanged

B = "https://b.test/feed"
SETTINGS = FetchSettings()
SOURCE = Source(id=SourceId("s"), url=URL)
SAME = Observed(body_hash="h")


def entries(per: timedelta, count: int = 40) -> Observed:
    return Observed(entry_times=tuple(START - per * (n + 0.5) for n in range(count)))


# due times


def test_bounds_are_the_operators_and_the_ceiling_lies_above_the_floor() -> None:
    assert bounds(SETTINGS, SOURCE, conditional=True) == Bounds(HOUR, DAY, "no more often than every 1 h")
    own = replace(SOURCE, min_interval=10 * HOUR, max_interval=HOUR)
    assert bounds(SETTINGS, own, conditional=True) == Bounds(10 * HOUR, 11 * HOUR, "no more often than every 10 h")
    daily = replace(SOURCE, min_interval=DAY)
    assert bounds(SETTINGS, daily, conditional=False).why == "no more often than every 24 h"


@pytest.mark.parametrize(("own", "seconds", "words"), [(None, 60, "1 min"), (10, 60, "1 min"), (600, 600, "10 min")])
def test_a_local_file_is_looked_at_as_often_as_the_operator_wants_but_once_a_minute(
    own: int | None, seconds: int, words: str
) -> None:
    player = Player(source=replace(SOURCE, url="a.xml", min_interval=own), jitter=0.9)
    state = player.poll(body(url="a.xml"))
    assert (player.pause, state.interval) == (seconds, seconds)
    assert state.due_reason == f"a local file: looked at every {words}"


@pytest.mark.case("P-20")
def test_due_times_spread_over_a_fifth_of_the_interval_and_at_the_ceiling_before_it() -> None:
    pauses = []
    for jitter in (0.0, 0.5, 1.0):
        player = Player(jitter=jitter)
        player.poll(body(cache_control="max-age=7200"))
        pauses.append(player.pause)
    assert pauses == [7200, 7920, 8640]
    quiet = Observed(entry_times=(START - timedelta(days=4000),))
    pauses = []
    for jitter in (0.0, 0.5, 1.0):
        player = Player(jitter=jitter, settings=FetchSettings(max_interval=5 * HOUR))
        player.poll(body(), quiet)
        pauses.append(player.pause)
    assert pauses == [4 * HOUR, 4.5 * HOUR, 5 * HOUR]


def test_of_two_equal_reasons_the_operators_is_told() -> None:
    player = Player()
    assert player.poll(body()).due_reason == "no more often than every 1 h"
    assert player.poll(body(), Observed(schedule=Schedule(ttl="60"))).due_reason == "no more often than every 1 h"


def test_what_a_publisher_wants_is_told_as_it_is_up_to_the_ceiling() -> None:
    player = Player()
    assert player.poll(body(cache_control="max-age=86400")).due_reason == "max-age 24 h from the last 200"
    assert player.poll(body(cache_control="max-age=86401")).due_reason.endswith(", but at least every 24 h")
    player = Player(source=replace(SOURCE, max_interval=4 * HOUR))
    assert player.poll(body(), Observed(entry_times=(START,))).due_reason == "posts about 1 a day"


@pytest.mark.case("P-22")
def test_the_publishers_grid_is_met_up_to_the_ceiling() -> None:
    noon_and_midnight = Schedule(update_period="daily", update_frequency="2", update_base="2000-01-01T00:00Z")
    player = Player(jitter=0.5)
    assert player.poll(body(), Observed(schedule=noon_and_midnight)).due == START + timedelta(days=1)
    player = Player(jitter=0.5, settings=FetchSettings(max_interval=DAY - 1))
    assert player.poll(body(), Observed(schedule=noon_and_midnight)).due < START + timedelta(hours=15)


# possible losses


@pytest.mark.case("P-24")
@pytest.mark.parametrize(("waited", "pause"), [(4000, 2000), (3600 * 100, 10182)])
def test_after_a_gap_the_next_wait_is_half_of_the_last_one_or_of_the_interval(waited: int, pause: int) -> None:
    player = Player(settings=FetchSettings(min_interval=60))
    weekly = entries(timedelta(days=7))
    player.poll(body(), weekly)
    player.state = replace(player.state, interval=20364)
    player.wait(seconds=waited)
    player.poll(body(), replace(weekly, overlap=0, new=1))
    assert player.pause == pause
    assert player.state.possible_loss_at == player.now


@pytest.mark.case("P-24")
def test_what_a_first_poll_may_have_missed_halves_the_usual_wait() -> None:
    player = Player(settings=FetchSettings(min_interval=60, default_interval=7200))
    player.state = replace(player.state, interval=1000)
    player.poll(body(), Observed(overlap=0, new=1))
    assert player.pause == 500


@pytest.mark.case("P-24")
def test_an_interval_that_has_grown_back_has_its_own_reason_again() -> None:
    player = Player(settings=FetchSettings(default_interval=7200))
    player.state = replace(player.state, possible_loss_at=START, interval=5760)
    assert player.poll(body()).due_reason == "its posting rate is not known yet"
    player.state = replace(player.state, possible_loss_at=START, interval=5759)
    assert player.poll(body()).due_reason == "entries may have been missed: asked more often"


def test_a_poll_that_says_nothing_of_new_entries_has_missed_none() -> None:
    player = Player()
    player.poll(body())
    assert player.next(body(), Observed(overlap=0)).possible_loss_at is None


# a hub that fails


def pushed(state: SourceState) -> SourceState:
    lease = HubLease(
        hub="https://h.test/", topic=URL, state="active", expires_at=START + timedelta(days=9), last_delivery_at=START
    )
    return replace(state, hub=lease)


def slowed_by_its_hub(validators: bool = True) -> Player:
    player = Player(settings=FetchSettings(min_interval=60, default_interval=7200))
    player.state = pushed(player.state)
    player.poll(body('"e"' if validators else None))
    return player


def hub_failed(player: Player, **changes: object) -> SourceState:
    state = replace(player.state, hub=None, **changes)  # type: ignore[arg-type]
    return without_hub(player.settings, player.source, state, now=player.now, jitter=player.jitter)


@pytest.mark.case("P-69")
def test_a_source_whose_hub_fails_is_due_when_it_would_have_been_without_one() -> None:
    player = slowed_by_its_hub()
    assert player.state.due == START + timedelta(seconds=DAY * 0.8)
    player.wait(minutes=10)
    again = hub_failed(player)
    assert (again.due, again.due_reason) == (START + timedelta(hours=2), "its hub fails: polled as usual")
    assert (
        replace(again, due=player.state.due, due_reason=player.state.due_reason, hub=player.state.hub) == player.state
    )
    player.jitter = 0.5
    assert hub_failed(player).due == START + timedelta(hours=2.2)
    player.jitter = 0.0
    player.wait(hours=5)
    assert hub_failed(player).due == player.now


@pytest.mark.case("P-69", "P-20")
def test_a_source_whose_hub_fails_keeps_its_own_bounds() -> None:
    player = slowed_by_its_hub(validators=False)
    late = player.now + timedelta(days=9)
    assert hub_failed(player, due=late).due == START + timedelta(days=1)
    held = Validators(url=B, last_modified="m")
    assert hub_failed(player, due=late, target_validators=held).due == START + timedelta(days=1)
    assert hub_failed(player, due=late, validators=held).due == START + timedelta(hours=2)


@pytest.mark.case("P-69")
def test_a_failing_hub_moves_no_poll_away_and_none_of_a_source_that_waits_for_another_reason() -> None:
    player = slowed_by_its_hub()
    usual = START + timedelta(hours=2)
    for changes in (
        {"due": START + timedelta(minutes=5)},
        {"due": usual},
        {"last_poll_at": None},
        {"failures": 1},
    ):
        state = hub_failed(player, **changes)
        assert state == replace(player.state, hub=None, **changes)
    player.source = replace(player.source, url="a.xml")
    assert hub_failed(player).due == player.state.due


# after a reply


def test_a_failure_counts_unless_our_own_network_is_known_to_be_down() -> None:
    state = SourceState(source_id=SOURCE.id, url=URL, due=START)
    after = after_poll(SETTINGS, SOURCE, state, failure(FetchReason.DNS), Observed(), now=START, jitter=0.0)
    assert (after.failures, after.health) == (1, Health.SLOWED)


def test_a_success_takes_back_every_word_of_the_failure() -> None:
    player = Player()
    player.poll(failure(FetchReason.FORBIDDEN, 403))
    assert player.state.remedy
    state = player.next(body())
    assert (state.why, state.remedy, state.last_message) == ("", "", "")
    player.next(failure(FetchReason.FORBIDDEN, 403))
    state = player.next(unchanged())
    assert (state.why, state.remedy, state.last_message) == ("", "", "")


@pytest.mark.case("P-15")
def test_a_body_that_was_asked_for_without_validators_says_nothing_of_the_etag() -> None:
    player = Player()
    player.poll(body('"e"'), SAME)
    player.next(body('"e"'), SAME)
    assert player.state.ignored_etags == 1
    player.next(body('"e"', unconditional=True), SAME)
    assert player.state.ignored_etags == 1
    player.next(body('"e"', unconditional=True), Observed(body_hash="other"))
    assert player.state.ignored_etags == 1


@pytest.mark.case("P-15")
def test_a_changed_body_forgives_an_etag_and_a_rest_lasts_its_month() -> None:
    player = Player()
    for _ in range(3):
        player.next(body('"e"'), SAME)
    assert player.state.ignored_etags == 2
    assert player.next(body('"e"'), Observed(body_hash="new")).ignored_etags == 0
    rested = replace(player.state, ignored_etags=3, etag_ignored_since=player.now)
    for spent, resting in ((timedelta(days=30, seconds=-1), True), (timedelta(days=30), False)):
        player.state, player.now = rested, rested.etag_ignored_since + spent if rested.etag_ignored_since else START
        state = player.poll(body('"e"'), Observed(body_hash="newer"))
        assert (state.ignored_etags, state.etag_ignored_since is not None) == ((3, True) if resting else (0, False))
        player.state = rested
        state = player.poll(unchanged())
        assert (state.ignored_etags, state.etag_ignored_since is not None) == ((3, True) if resting else (0, False))


@pytest.mark.case("P-15")
def test_an_etag_rests_from_the_third_identical_body_on_also_a_second_time() -> None:
    player = Player()
    player.poll(body('"e"', "m"), SAME)
    player.state = replace(player.state, ignored_etags=3, etag_ignored_since=START - timedelta(days=31))
    player.next(body('"e"', "m"), SAME)
    assert (player.state.ignored_etags, player.state.etag_ignored_since) == (4, player.now)


# failures


@pytest.mark.case("P-34")
@pytest.mark.parametrize(
    ("reason", "days", "dead"),
    [
        (FetchReason.NOT_FOUND, 90, True),
        (FetchReason.DNS_NOT_FOUND, 90, True),
        (FetchReason.CLIENT_ERROR, 90, True),
        (FetchReason.NOT_FOUND, 89.99, False),
        (FetchReason.SERVER_ERROR, 900, False),
    ],
)
def test_after_ninety_days_without_a_page_it_is_asked_for_once_a_month(
    reason: FetchReason, days: float, *, dead: bool
) -> None:
    player = Player()
    first = START - timedelta(days=days)
    player.state = replace(player.state, failures=99, first_failure_at=first)
    state = player.poll(failure(reason, 404))
    assert ("asked once a month" in state.due_reason) is dead
    assert (player.pause == 30 * DAY) is dead
    assert state.first_failure_at == first


@pytest.mark.case("P-36")
def test_failures_spread_over_a_quarter_of_the_wait() -> None:
    player = Player(jitter=0.5)
    player.poll(failure(FetchReason.SERVER_ERROR, 500))
    assert player.pause == HOUR * 1.125


@pytest.mark.case("P-36")
def test_a_poll_during_our_outage_is_noted_and_the_next_ones_spread() -> None:
    player = Player(outage=True, jitter=0.5)
    state = player.poll(failure(FetchReason.DNS))
    assert player.pause == 1350
    assert (state.last_poll_at, state.last_outcome, state.last_message) == (START, "dns", "It failed.")
    assert state.due_reason == "our own network seems to be down"


def test_a_poll_that_was_cut_short_leaves_nothing_but_another_due_time() -> None:
    player = Player(jitter=0.5)
    before = player.poll(body())
    state = player.next(failure(FetchReason.CANCELLED))
    assert player.pause == 30
    assert state.due_reason == "the last poll was cut short"
    assert replace(state, due=before.due, due_reason=before.due_reason) == before


@pytest.mark.case("P-25")
def test_sources_that_are_held_back_for_their_host_come_back_one_after_another() -> None:
    player = Player(jitter=0.5)
    state = player.poll(failure(FetchReason.RATE_LIMITED, None, retry_after="1000"))
    assert (player.pause, state.due_reason) == (1050, "It failed.")


@pytest.mark.case("P-33")
def test_gone_is_one_more_failure_and_the_last() -> None:
    player = Player()
    state = player.poll(failure(FetchReason.GONE, 410))
    assert (state.failures, state.first_failure_at, state.due) == (1, START, NEVER)
    assert state.due_reason == "gone: asked again only when resumed"
    assert (state.last_poll_at, state.last_outcome, state.last_message) == (START, "gone", "It failed.")
    player = Player()
    player.poll(failure(FetchReason.NOT_FOUND, 404))
    state = player.next(failure(FetchReason.GONE, 410))
    assert (state.failures, state.first_failure_at) == (2, START)


@pytest.mark.case("P-33")
def test_gone_with_a_new_address_says_that_it_is_used() -> None:
    player = Player()
    player.poll(body(url=B, hops=(hop(301, URL, B),)))
    state = player.next(failure(FetchReason.GONE, 410))
    assert state.due_reason == "the old url is gone; the new one it had pointed to is used"
    assert state.last_outcome == "gone"


@pytest.mark.case("P-38")
def test_a_document_that_is_no_feed_was_a_poll_too() -> None:
    player = Player()
    player.poll(body())
    seen = Observed(parse_failed=ParseFailed(reason=ParseReason.HTML, detail="A web page."), complete=False)
    assert player.next(body(), seen).last_poll_at == player.now


# freshness


@pytest.mark.case("P-17")
@pytest.mark.parametrize(
    ("fresh", "found"),
    [
        (Freshness(cache_control="max-age=60"), (60, "max-age")),
        (Freshness(cache_control="max-age=60", age=" 20 "), (40, "max-age")),
        (Freshness(cache_control="no-store"), (0, "no-cache")),
        (Freshness(expires="soon"), (0, "Expires")),
        (Freshness(expires="Mon, 02 Mar 2026 12:01:00 GMT"), (60, "Expires")),
    ],
)
def test_freshness_names_its_header(fresh: Freshness, found: tuple[int, str]) -> None:
    assert lifetime(fresh, START) == found


# moves


@pytest.mark.case("P-14")
def test_a_state_that_knows_no_declaration_yet_keeps_its_url() -> None:
    state = SourceState(source_id=SOURCE.id, url=B, due=START, validators=Validators(url=B, etag='"e"'))
    assert rebased(SOURCE, state) == replace(state, declared_url=URL)


@pytest.mark.case("P-14")
def test_a_url_that_was_edited_to_its_redirects_target_is_asked_anew() -> None:
    held = Validators(url=B, etag='"b"')
    state = SourceState(source_id=SOURCE.id, url=URL, declared_url=URL, due=START, target_validators=held)
    edited = rebased(replace(SOURCE, url=B), state)
    assert edited == replace(state, url=B, declared_url=B, aliases=(URL,), target_validators=None)


@pytest.mark.case("P-28")
def test_a_moved_source_keeps_the_validators_of_its_new_url_in_their_proper_place() -> None:
    held = Validators(url=B, etag='"b"')
    state = SourceState(source_id=SOURCE.id, url=URL, declared_url=URL, due=START, target_validators=held)
    assert moved(state, B) == replace(state, url=B, aliases=(URL,), validators=held, target_validators=None)


@pytest.mark.case("P-28")
@pytest.mark.parametrize(
    ("url", "target", "upgrade"),
    [
        ("http://a.test:80/feed", "https://a.test/feed", True),
        ("http://a.test:81/feed", "https://a.test/feed", False),
        ("http://a.test", "https://a.test/", True),
        ("http://a.test/", "https://a.test", True),
        ("http://a.test/feed", "http://a.test/feed", False),
        ("https://a.test/feed", "https://a.test/feed", False),
    ],
)
def test_an_upgrade_changes_the_scheme_and_nothing_else(url: str, target: str, *, upgrade: bool) -> None:
    assert is_upgrade(url, target) is upgrade


@pytest.mark.case("P-28")
def test_a_sighting_keeps_when_it_began_when_it_was_last_seen_and_the_way() -> None:
    player = Player()
    first, second = (hop(301, URL, B),), (hop(308, URL, B), hop(302, B, B))
    player.poll(body(url=B, hops=first))
    assert player.state.sightings == RedirectSighting(target=B, count=1, first_seen=START, last_seen=START, hops=first)
    player.next(body(url=B, hops=second))
    assert player.state.sightings == RedirectSighting(
        target=B, count=2, first_seen=START, last_seen=player.now, hops=second
    )


# rates and wishes


@pytest.mark.case("P-23")
def test_the_ten_newest_entries_tell_that_a_source_has_woken_up() -> None:
    newest = tuple(START - timedelta(hours=2 * n) for n in range(10))
    old = tuple(START - timedelta(days=100 + n) for n in range(20))
    assert per_day(newest + old, START) == 10.0


def test_a_rate_of_less_than_three_quarters_a_month_is_none() -> None:
    assert rate(0.025) == "about 1 a month"
    assert rate(0.0249) == "less than 1 a month"


@pytest.mark.case("P-21", "P-22")
def test_of_two_wishes_the_longer_counts() -> None:
    assert shortest(Schedule(ttl="180", update_period="hourly")) == (3 * HOUR, "ttl")
    assert shortest(Schedule(ttl="30", update_period="hourly")) == (HOUR, "sy:updatePeriod")


@pytest.mark.case("P-22")
def test_a_grid_may_be_written_with_space_around_it() -> None:
    grid = Schedule(update_period="daily", update_base=" 2026-03-02T18:00Z\n")
    player = Player(settings=FetchSettings(max_interval=2 * DAY))
    assert player.poll(body(), Observed(schedule=grid)).due == START + timedelta(hours=30)
    assert player.state.due_reason == "the publisher's sy:updateBase"


ALL_HOURS = tuple(str(hour) for hour in range(24))
ALL_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@pytest.mark.case("P-21")
def test_a_list_of_everything_is_ignored_and_the_other_list_is_not() -> None:
    assert skipped_hours(Schedule(skip_hours=ALL_HOURS)) == frozenset()
    assert skipped_hours(Schedule(skip_hours=ALL_HOURS[:-1])) == frozenset(range(23))
    assert skipped_hours(Schedule(skip_hours=("24", "25", "-1", "1.0", " 3 "))) == {0, 3}
    assert skipped_days(Schedule(skip_days=ALL_DAYS)) == frozenset()
    assert skipped_days(Schedule(skip_days=(" monday ", *ALL_DAYS[1:6]))) == frozenset(range(6))
    assert is_all_skipped(Schedule(skip_hours=(*ALL_HOURS, "24")))
    assert is_all_skipped(Schedule(skip_days=(" MONDAY ", *ALL_DAYS[1:])))
    assert not is_all_skipped(Schedule(skip_hours=ALL_HOURS[1:], skip_days=ALL_DAYS[1:]))


@pytest.mark.case("P-21")
@given(
    st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sets(st.sampled_from(ALL_HOURS)),
    st.sets(st.sampled_from(ALL_DAYS)),
    st.floats(0, 1, exclude_max=True),
)
def test_an_open_hour_is_always_found_and_not_passed(
    due: datetime, hours: set[str], days: set[str], jitter: float
) -> None:
    schedule = Schedule(skip_hours=tuple(hours), skip_days=tuple(days))
    closed_hours, closed_days = skipped_hours(schedule), skipped_days(schedule)
    found = next_open(due, schedule, jitter)
    assert found.hour not in closed_hours
    assert found.weekday() not in closed_days
    assert due <= found <= due + timedelta(days=7)
    if found != due:
        opens = found.replace(minute=0, second=0, microsecond=0)
        assert found == opens + timedelta(minutes=59 * jitter)
        before = opens - timedelta(hours=1)
        assert before.hour in closed_hours or before.weekday() in closed_days

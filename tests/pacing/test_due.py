"""When a source that answers is asked again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from math import exp, inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model.config import FetchSettings
from aggregator.model.entry import Schedule
from aggregator.model.fetch import Freshness
from aggregator.model.ids import SourceId
from aggregator.model.source import HubLease, Source, SourceState
from aggregator.pacing.after import after_poll
from aggregator.pacing.freshness import lifetime
from aggregator.pacing.observed import Observed
from aggregator.pacing.rate import evenly, expected_unheard, learned, per_day, through_the_day
from aggregator.pacing.wishes import is_all_skipped
from tests.support.clock import START
from tests.support.polls import DAY, HOUR, URL, Player, body, unchanged

NOW_TEXT = "Mon, 02 Mar 2026 12:00:00 GMT"
IN_TWO_HOURS = "Mon, 02 Mar 2026 14:00:00 GMT"


@pytest.mark.case("P-17")
@pytest.mark.parametrize(
    ("fresh", "seconds"),
    [
        (Freshness(cache_control="max-age=43200"), 43200),
        (Freshness(cache_control="max-age=3600", age="3000"), 600),
        (Freshness(cache_control="max-age=3600", age="4000"), 0),
        (Freshness(cache_control="max-age=3600", age="x"), 3600),
        (Freshness(cache_control="s-maxage=43200"), None),
        (Freshness(cache_control="s-maxage=43200, max-age=60"), 60),
        (Freshness(cache_control="max-age=60", expires=IN_TWO_HOURS, date=NOW_TEXT), 60),
        (Freshness(expires=IN_TWO_HOURS, date=NOW_TEXT), 7200),
        (Freshness(expires=IN_TWO_HOURS, date="Mon, 02 Mar 2026 13:00:00 GMT"), 3600),
        (Freshness(expires=IN_TWO_HOURS, date=NOW_TEXT, age="200"), 7000),
        (Freshness(expires=IN_TWO_HOURS), 7200),
        (Freshness(expires=NOW_TEXT, date=IN_TWO_HOURS), 0),
        (Freshness(expires="0"), 0),
        (Freshness(expires="-1"), 0),
        (Freshness(expires="soon"), 0),
        (Freshness(cache_control='max-age="600"'), 600),
        (Freshness(cache_control="MAX-AGE=600"), 600),
        (Freshness(cache_control="Public , max-age = 600"), 600),
        (Freshness(cache_control="max-age=900, max-age=600"), 600),
        (Freshness(cache_control="max-age=x, max-age=600"), 600),
        (Freshness(cache_control="max-age=1.5"), None),
        (Freshness(cache_control="max-age=-5"), None),
        (Freshness(cache_control="max-age"), None),
        (Freshness(cache_control="x-max-age=5"), None),
        (Freshness(cache_control="max-age=1.5", expires=IN_TWO_HOURS, date=NOW_TEXT), 7200),
        (Freshness(cache_control="no-cache"), 0),
        (Freshness(cache_control="no-store"), 0),
        (Freshness(cache_control="max-age=99999999999999999999"), 999999999999),
        (Freshness(), None),
    ],
)
def test_freshness_is_what_http_says(fresh: Freshness, seconds: int | None) -> None:
    found = lifetime(fresh, START)
    assert (found[0] if found is not None else None) == seconds


@given(st.text(), st.text(), st.text(), st.text())
def test_no_header_however_odd_breaks_freshness(cache_control: str, expires: str, date: str, age: str) -> None:
    found = lifetime(Freshness(cache_control=cache_control, expires=expires, date=date, age=age), START)
    assert found is None or found[0] >= 0


@pytest.mark.case("P-18")
@pytest.mark.parametrize(
    ("cache_control", "seconds"),
    [("no-cache", HOUR), ("max-age=0", HOUR), ("max-age=7200", 7200), ("max-age=31536000", DAY)],
)
def test_the_floor_and_the_ceiling_hold_whatever_the_server_says(cache_control: str, seconds: int) -> None:
    player = Player()
    player.poll(body(cache_control=cache_control))
    assert player.pause == seconds


@pytest.mark.case("P-18")
def test_a_source_has_its_own_bounds() -> None:
    player = Player()
    player.source = replace(player.source, min_interval=1800, max_interval=3 * DAY)
    player.poll(body(cache_control="max-age=3300"), Observed(entry_times=(START,) * 40))
    assert player.pause == 3300
    player.next(unchanged(cache_control="max-age=31536000"))
    assert player.pause == 3 * DAY


@pytest.mark.case("P-19")
def test_a_304_makes_the_freshness_begin_again() -> None:
    player = Player()
    player.poll(body(cache_control="max-age=21600"))
    for _ in range(5):
        player.next(unchanged(cache_control="max-age=21600"))
        assert player.pause == 21600
    assert player.state.due_reason == "max-age 6 h from the last 304"


@pytest.mark.case("P-19")
def test_freshness_that_a_304_does_not_repeat_still_holds_but_an_age_does_not() -> None:
    player = Player()
    player.poll(body(cache_control="max-age=21600", age="3600"))
    assert player.pause == 18000
    player.next(unchanged())
    assert player.pause == 21600


@pytest.mark.case("P-20", "P-03")
def test_a_source_without_validators_is_asked_once_a_day() -> None:
    player = Player()
    player.poll(body(None, None, cache_control="max-age=60"), Observed(entry_times=(START,) * 40))
    assert player.pause >= DAY
    assert player.state.due_reason == "no validators: once in 24 h"
    player.next(body('"e"'), Observed(entry_times=(player.state.due,) * 40))
    assert player.pause == HOUR


@pytest.mark.case("P-20")
def test_a_redirects_target_without_validators_is_asked_once_a_day() -> None:
    player = Player()
    player.poll(body('"e"'))
    player.next(body(None, None, url="https://b.test/", hops=()))
    assert player.pause >= DAY


@pytest.mark.case("P-20")
def test_due_times_of_equal_sources_spread() -> None:
    minutes: Counter[int] = Counter()
    dues = []
    for number in range(1000):
        player = Player(jitter=number / 1000)
        player.poll(body(cache_control="max-age=7200"))
        dues.append(player.pause)
        minutes[int(player.pause // 60)] += 1
    assert min(dues) >= 7200
    assert max(minutes.values()) <= 2 * 1000 / len(minutes)
    assert len(minutes) >= 20


@pytest.mark.case("P-20")
@given(
    st.floats(0, 1, exclude_max=True), st.integers(0, 10**6), st.integers(0, 3000), st.sampled_from(["", "30", "600"])
)
def test_no_poll_is_sooner_than_the_floor_or_the_freshness(jitter: float, age: int, ttl: int, count: str) -> None:
    player = Player(jitter=jitter)
    times = tuple(START - timedelta(seconds=age * n) for n in range(int(count or 0)))
    player.poll(body(cache_control=f"max-age={age}"), Observed(entry_times=times, schedule=Schedule(ttl=str(ttl))))
    assert min(DAY, max(HOUR, age, ttl * 60)) <= player.pause <= DAY


@pytest.mark.case("P-21")
@pytest.mark.parametrize(
    ("ttl", "seconds"), [("180", 3 * HOUR), ("0", HOUR), ("-5", HOUR), ("x", HOUR), ("", HOUR), ("99999", DAY)]
)
def test_ttl_is_a_lower_bound_and_nonsense_is_none(ttl: str, seconds: int) -> None:
    player = Player()
    player.poll(body(), Observed(schedule=Schedule(ttl=ttl), entry_times=(START,) * 40))
    assert player.pause == seconds


@pytest.mark.case("P-21")
def test_wishes_in_the_feed_hold_for_a_304_too_and_the_longest_wins() -> None:
    player = Player()
    player.poll(body(cache_control="max-age=7200"), Observed(schedule=Schedule(ttl="180")))
    assert player.state.due_reason == "ttl 3 h"
    player.next(unchanged())
    assert player.pause == 3 * HOUR
    player.next(unchanged(cache_control="max-age=20000"))
    assert player.pause == 20000


def due_with(schedule: Schedule, *, at: datetime, jitter: float = 0.0) -> datetime:
    player = Player(now=at, jitter=jitter)
    player.poll(body(), Observed(schedule=schedule, entry_times=(at,) * 40))
    return player.state.due


@pytest.mark.case("P-21")
def test_no_poll_falls_into_skipped_hours() -> None:
    night = Schedule(skip_hours=("24", "1", "2", "3", "4", "5", " 6 ", "x", "77"))
    midnight = datetime(2026, 3, 2, 23, 10, tzinfo=UTC)
    assert due_with(night, at=midnight) == datetime(2026, 3, 3, 7, 0, tzinfo=UTC)
    assert due_with(night, at=midnight, jitter=0.5) == datetime(2026, 3, 3, 7, 29, 30, tzinfo=UTC)
    assert due_with(night, at=datetime(2026, 3, 2, 12, 10, tzinfo=UTC)) == datetime(2026, 3, 2, 13, 10, tzinfo=UTC)


@pytest.mark.case("P-21")
def test_no_poll_falls_on_skipped_days() -> None:
    weekend = Schedule(skip_days=("Saturday", "sunday", "Caturday"), skip_hours=("0",))
    friday = datetime(2026, 3, 6, 23, 30, tzinfo=UTC)
    assert due_with(weekend, at=friday) == datetime(2026, 3, 9, 1, 0, tzinfo=UTC)


@pytest.mark.case("P-21")
@pytest.mark.parametrize(
    "schedule",
    [
        Schedule(skip_hours=tuple(str(hour) for hour in range(24))),
        Schedule(skip_days=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")),
    ],
)
def test_a_publisher_who_skips_everything_is_not_believed(schedule: Schedule) -> None:
    assert due_with(schedule, at=START) == START + timedelta(hours=1)
    assert is_all_skipped(schedule)
    assert not is_all_skipped(Schedule(skip_hours=("1",), skip_days=("Monday",)))


@pytest.mark.case("P-22")
def test_updates_twice_a_day_are_met_on_the_publishers_grid() -> None:
    daily = Schedule(update_period="daily", update_frequency="2", update_base="2000-01-01T06:00+00:00")
    assert due_with(daily, at=START) == datetime(2026, 3, 3, 6, 0, tzinfo=UTC)
    assert due_with(daily, at=datetime(2026, 3, 2, 6, 0, tzinfo=UTC)) == datetime(2026, 3, 2, 18, 0, tzinfo=UTC)


@pytest.mark.case("P-22")
@pytest.mark.parametrize(
    ("schedule", "hours"),
    [
        (Schedule(update_period="hourly", update_frequency="1"), 1),
        (Schedule(update_period="hourly", update_frequency="4"), 1),
        (Schedule(update_period="daily", update_frequency="4"), 6),
        (Schedule(update_period="daily", update_frequency="0"), 24),
        (Schedule(update_period="yearly"), 24),
        (Schedule(update_period="often"), 1),
        (Schedule(update_period="hourly", update_base="whenever"), 1),
    ],
)
def test_an_update_period_never_lowers_the_floor_nor_lifts_the_ceiling(schedule: Schedule, hours: int) -> None:
    assert due_with(schedule, at=START) == START + timedelta(hours=hours)


def interval_of(times: tuple[datetime, ...]) -> float:
    player = Player()
    player.poll(body(), Observed(entry_times=times))
    return player.pause


def spread_over(per: timedelta, count: int, *, until: datetime = START) -> tuple[datetime, ...]:
    return tuple(until - per * (n + 0.5) for n in range(count))


@pytest.mark.case("P-23")
def test_a_busier_source_is_asked_more_often() -> None:
    fifty = interval_of(spread_over(timedelta(days=1 / 50), 40))
    one = interval_of(spread_over(timedelta(days=1), 40))
    weekly = interval_of(spread_over(timedelta(days=7), 40))
    silent = interval_of(spread_over(timedelta(days=1), 40, until=START - timedelta(days=90)))
    assert HOUR == fifty < one < weekly < silent < DAY
    assert one == pytest.approx(4 * HOUR, rel=0.1)
    assert weekly == pytest.approx(4 * HOUR * (1.2 / (1 / 7 + 0.2)) ** 0.5, rel=0.1)
    assert silent == pytest.approx(4 * HOUR * (1.2 / (1 / 30 + 0.2)) ** 0.5, rel=0.1)


@pytest.mark.case("P-23")
def test_a_burst_followed_by_silence_is_no_busy_source() -> None:
    burst = tuple(START - timedelta(days=7, minutes=3 * n) for n in range(20))
    assert per_day(burst, START) == pytest.approx(3 / 7, rel=0.05)
    assert per_day(tuple(time + timedelta(days=7) for time in burst), START) == pytest.approx(20)
    assert per_day((), START) == 0.0


@pytest.mark.case("P-23")
def test_a_source_that_wakes_up_is_found_within_the_ceiling_and_followed() -> None:
    player = Player()
    player.poll(body(), Observed(entry_times=spread_over(timedelta(days=1), 10, until=START - timedelta(days=90))))
    assert player.pause <= DAY
    asleep = player.pause
    fresh = tuple(START + timedelta(hours=n) for n in range(12))
    player.wait(hours=19)
    player.poll(body(), Observed(entry_times=fresh))
    assert player.pause < asleep / 2


@pytest.mark.case("P-23")
def test_entries_are_counted_once_however_often_the_window_shows_them() -> None:
    player = Player()
    times = (START - timedelta(days=1), START - timedelta(days=1), START - timedelta(days=2), START + timedelta(days=9))
    player.poll(body(), Observed(entry_times=times))
    player.poll(body(), Observed(entry_times=times))
    assert player.state.entry_times == (START, times[0], times[0], times[2])


@pytest.mark.case("P-23")
def test_the_reason_names_the_rate() -> None:
    player = Player()
    player.poll(body(), Observed(entry_times=spread_over(timedelta(hours=11), 40)))
    assert player.state.due_reason == "posts about 2 a day"
    assert player.state.interval == pytest.approx(4 * HOUR * (1.2 / 2.2) ** 0.5, rel=0.1)
    assert interval_of(()) == HOUR


EVENINGS = tuple(START.replace(hour=19, minute=n) - timedelta(days=n + 1) for n in range(40))


@pytest.mark.case("P-23")
@pytest.mark.parametrize(("hour", "word"), [(7, "seldom"), (18, "mostly")])
def test_a_source_is_asked_more_often_at_the_hours_at_which_it_posts(hour: int, word: str) -> None:
    player = Player(now=START.replace(hour=hour))
    player.poll(body(), Observed(entry_times=EVENINGS))
    usual = evenly(per_day(EVENINGS, player.now))
    assert (player.state.interval > usual * 1.2) is (word == "seldom")
    assert (player.state.interval < usual / 1.2) is (word == "mostly")
    assert player.state.due_reason == f"posts about 1 a day, {word} at this time of day"


@pytest.mark.case("P-23")
def test_over_a_whole_day_the_hours_only_move_polls_about() -> None:
    hours = through_the_day(EVENINGS)
    assert sum(hours) == pytest.approx(24)
    assert max(hours) == hours[19]
    assert min(hours) == hours[7]
    assert hours[18] == pytest.approx(hours[20])
    now, polls = START, 0
    while now < START + timedelta(days=30):
        now += timedelta(seconds=learned(1.0, hours, now))
        polls += 1
    assert polls / 30 == pytest.approx(6, rel=0.2)


@pytest.mark.case("P-23")
def test_an_occasion_speaks_for_the_hours_around_it_and_little_for_the_others() -> None:
    hours = through_the_day((START.replace(hour=0, minute=59),))
    bell = [exp(-(min(n, 24 - n) ** 2) / (2 * 2.5**2)) for n in range(24)]
    assert hours == pytest.approx([(6 / 24 + weight / sum(bell)) * 24 / 7 for weight in bell])


@pytest.mark.case("P-23")
@pytest.mark.parametrize(("apart", "occasions"), [(3600, 1), (3601, 2)])
def test_entries_within_an_hour_of_each_other_are_one_occasion(apart: int, occasions: int) -> None:
    at = START.replace(hour=12, minute=30)
    both = through_the_day((at, at - timedelta(seconds=apart)))
    assert (both == through_the_day((at,))) is (occasions == 1)


@pytest.mark.case("P-23")
def test_the_wait_goes_on_at_the_pace_of_each_hour_that_it_passes() -> None:
    hours = (0.0,) * 12 + (2.0,) * 12
    slow, quick = (0.2 / 1.2) ** 0.5, (2.2 / 1.2) ** 0.5
    at = datetime(2026, 3, 2, 11, 30, tzinfo=UTC)
    assert learned(1.0, hours, at) == int(1800 + (4 * HOUR - 1800 * slow) / quick)
    assert learned(1.0, hours, at, one_a_day=1800 * slow) == 1800
    assert learned(1.0, hours, at.replace(hour=23), one_a_day=1620 * quick) == 1620
    assert learned(1.0, hours, at.replace(hour=23)) == int(1800 + (4 * HOUR - 1800 * quick) / slow)


@pytest.mark.case("P-23")
def test_a_burst_counts_once_for_the_hours_and_dates_without_a_time_not_at_all() -> None:
    burst = tuple(START.replace(hour=3) - timedelta(minutes=3 * n) for n in range(20))
    assert through_the_day(burst) == pytest.approx(through_the_day(burst[:1]))
    west = timezone(timedelta(hours=-5))
    days = tuple(datetime(2026, 2, day, tzinfo=zone) for day in range(28, 0, -1) for zone in (UTC, west))
    assert through_the_day(days) == (1.0,) * 24
    assert through_the_day(()) == (1.0,) * 24


@pytest.mark.case("P-23")
def test_three_entries_are_expected_in_a_time_as_long_as_a_source_has_shown_none() -> None:
    assert expected_unheard(START, START) == inf
    assert expected_unheard(START, START + timedelta(seconds=1)) == 3 * DAY
    assert expected_unheard(START, START + timedelta(days=6)) == 0.5


@pytest.mark.case("P-23")
def test_a_source_that_shows_nothing_is_asked_less_and_less() -> None:
    player = Player(settings=FetchSettings(min_interval=60, default_interval=1800))
    player.poll(body())
    pauses = [player.pause]
    for _ in range(300):
        player.next(unchanged())
        pauses.append(player.pause)
    assert player.state.due_reason == "its posting rate is not known yet"
    assert pauses[0] == 1800
    assert pauses == sorted(pauses)
    assert pauses[-1] == pytest.approx(4 * HOUR * (1.2 / 0.2) ** 0.5, rel=0.1)


@pytest.mark.case("P-73")
def test_a_hub_that_delivers_leaves_only_the_safety_poll() -> None:
    player = Player()
    lease = HubLease(hub="https://h.test/", topic=URL, state="active", expires_at=START + timedelta(days=5))
    player.state = replace(player.state, hub=lease)
    frequent = Observed(entry_times=(START,) * 40)
    player.poll(body(), frequent)
    assert player.pause == HOUR, "it has not delivered anything yet"
    player.state = replace(player.state, hub=replace(lease, last_delivery_at=START))
    player.poll(body(), frequent)
    assert 11 * HOUR * 0.6 <= player.pause <= 12 * HOUR
    rare = Observed(entry_times=(START - timedelta(days=30),))
    player.poll(body(), rare)
    assert player.pause <= DAY
    player.state = replace(player.state, hub=replace(lease, last_delivery_at=START, expires_at=START))
    player.poll(body(), frequent)
    assert player.pause == HOUR


@pytest.mark.case("P-24")
def test_a_window_without_overlap_is_a_possible_loss_and_shortens_the_interval() -> None:
    player = Player()
    weekly = spread_over(timedelta(days=7), 20)
    player.poll(body(), Observed(entry_times=weekly, new=20))
    before = player.pause
    player.next(body(), Observed(entry_times=weekly, new=20, overlap=0))
    assert player.state.possible_loss_at == player.now
    assert player.pause <= before / 2
    assert player.state.due_reason == "entries may have been missed: asked more often"
    pauses = []
    for _ in range(12):
        player.next(body(), Observed(entry_times=weekly, overlap=20))
        pauses.append(player.pause)
    assert all(later >= earlier for earlier, later in pairwise(pauses))
    assert pauses[0] < before
    assert pauses[-1] >= before


@pytest.mark.case("P-24", "P-54")
@pytest.mark.parametrize(
    ("delta", "seen"),
    [
        (True, Observed(new=20, overlap=0)),
        (False, Observed(new=20, overlap=1)),
        (False, Observed(new=0, overlap=0)),
        (False, Observed(new=20, overlap=None)),
    ],
)
def test_a_delta_or_an_overlap_or_a_first_window_is_no_loss(*, delta: bool, seen: Observed) -> None:
    player = Player()
    player.poll(body())
    player.next(body(delta=delta), seen)
    assert player.state.possible_loss_at is None


@pytest.mark.case("P-24")
def test_a_possible_loss_does_not_outweigh_the_publishers_freshness() -> None:
    player = Player()
    player.poll(body(cache_control="max-age=20000"))
    player.next(body(cache_control="max-age=20000"), Observed(new=20, overlap=0))
    assert player.pause == 20000


def test_a_lab_may_ask_as_often_as_it_likes() -> None:
    settings = FetchSettings(min_interval=0, max_interval=2, default_interval=1, unconditional_interval=0)
    player = Player(settings=settings, source=Source(id=Player().source.id, url=URL))
    player.poll(body(None, None))
    assert player.pause <= 2


def test_a_local_file_is_looked_at_every_minute_whatever_its_entries_say() -> None:
    source = Source(id=SourceId("s"), url="feeds/samples/a.xml")
    state = SourceState(source_id=source.id, url=source.url, declared_url=source.url, due=START)
    outcome = body(url=source.url)
    later = after_poll(FetchSettings(), source, state, outcome, Observed(), now=START, jitter=0.5)
    assert later.due == START + timedelta(seconds=60)
    assert later.due_reason.startswith("a local file")

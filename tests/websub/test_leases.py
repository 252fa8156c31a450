"""The life of a subscription, as values."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from aggregator.model.fetch import HubLinks
from aggregator.model.source import HubLease
from aggregator.pacing import leases
from tests.support.clock import START

HUB, TOPIC = "https://hub.test/", "https://a.test/feed"
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def asked(now: datetime = START) -> HubLease:
    found = HubLinks(hubs=(HUB,), topic=TOPIC)
    lease = leases.noticed(None, found, now)
    assert lease is not None
    return leases.asked(lease, callback="https://us.test/cb", secret="s", now=now)


def active(**changes: object) -> HubLease:
    lease = leases.delivered(leases.verified(asked(), 864_000, START), START)
    return replace(lease, **changes)  # type: ignore[arg-type]


@pytest.mark.case("P-66")
def test_the_header_counts_before_the_document_and_https_before_http() -> None:
    header = HubLinks(hubs=("http://one.test/", "https://two.test/"), topic="https://a.test/header")
    body = HubLinks(hubs=("https://three.test/",), topic="https://a.test/body")
    assert leases.best(header, body, "u") == HubLinks(hubs=("https://two.test/",), topic="https://a.test/header")
    assert leases.best(HubLinks(), body, "u") == body
    mixed = leases.best(HubLinks(topic="https://a.test/header"), body, "u")
    assert mixed == HubLinks(hubs=body.hubs, topic="https://a.test/header")


@pytest.mark.case("P-66")
def test_a_feed_that_does_not_name_itself_is_known_by_its_url() -> None:
    found = leases.best(HubLinks(hubs=("http://one.test/",)), HubLinks(), "https://a.test/final")
    assert found == HubLinks(hubs=("http://one.test/",), topic="https://a.test/final")


def test_only_web_addresses_are_hubs() -> None:
    assert leases.best(HubLinks(hubs=("xmpp:hub@a.test", "")), HubLinks(), "u") == HubLinks()


def test_links_of_a_document_are_told_apart_by_their_relation() -> None:
    pairs = [("alternate", "https://a.test/"), ("hub", HUB), ("self", TOPIC), ("hub", HUB), ("self", "x"), ("hub", "")]
    assert leases.links_of(pairs) == HubLinks(hubs=(HUB,), topic=TOPIC)


@pytest.mark.case("P-69")
@pytest.mark.parametrize(
    ("seconds", "granted"),
    [
        (864_000, 10 * DAY),
        (60, timedelta(seconds=60)),
        (315_360_000, 14 * DAY),
        (None, 10 * DAY),
        (0, 10 * DAY),
    ],
)
def test_a_lease_is_renewed_at_half_time_and_never_thought_longer_than_a_fortnight(
    seconds: int | None, granted: timedelta
) -> None:
    lease = leases.verified(asked(), seconds, START)
    assert lease.expires_at == START + granted
    assert lease.renew_at == START + granted / 2
    assert not leases.wants_request(lease, START + granted / 2 - timedelta(seconds=1))
    assert leases.wants_request(lease, START + granted / 2)


@pytest.mark.case("P-69")
def test_another_hub_or_topic_is_a_new_subscription_and_the_same_is_not() -> None:
    lease = active()
    assert leases.noticed(lease, HubLinks(hubs=(HUB,), topic=TOPIC), START) is lease
    moved = leases.noticed(lease, HubLinks(hubs=("https://new.test/",), topic=TOPIC), START)
    assert moved is not None
    assert (moved.state, moved.hub, moved.callback, moved.secret) == ("pending", "https://new.test/", "", "")
    renamed = leases.noticed(lease, HubLinks(hubs=(HUB,), topic="https://a.test/2"), START)
    assert renamed is not None
    assert (renamed.topic, renamed.state) == ("https://a.test/2", "pending")


def test_a_feed_that_names_a_hub_again_is_subscribed_to_again() -> None:
    gone = leases.noticed(active(), HubLinks(), START)
    assert gone is not None
    assert gone.state == "ended"
    assert leases.noticed(gone, HubLinks(), START) is gone
    back = leases.noticed(gone, HubLinks(hubs=(HUB,), topic=TOPIC), START)
    assert back is not None
    assert leases.wants_request(back, START)


@pytest.mark.case("P-69")
def test_what_is_not_verified_within_an_hour_is_asked_again_less_and_less_often() -> None:
    lease, now, waits = asked(), START, []
    for _ in range(7):
        now += HOUR
        assert leases.overdue(lease, now - timedelta(seconds=1)) == lease
        lease = leases.overdue(lease, now)
        assert lease.renew_at is not None
        waits.append((lease.renew_at - now) / HOUR)
        now = lease.renew_at
        lease = leases.asked(lease, callback=lease.callback, secret=lease.secret, now=now)
    assert waits == [1, 2, 4, 8, 16, 24, 24]


@pytest.mark.case("P-69")
def test_a_lease_that_ran_out_is_asked_for_again_and_slows_nothing() -> None:
    lease = active(renew_at=None)
    over = leases.overdue(lease, START + 10 * DAY)
    assert (over.state, over.expires_at) == ("pending", None)
    assert leases.wants_request(over, START + 10 * DAY)
    assert not leases.is_pushing(lease, START + 10 * DAY)


@pytest.mark.case("P-69", "P-73")
def test_only_a_hub_that_delivers_and_renews_slows_polls() -> None:
    assert leases.is_pushing(active(), START)
    assert not leases.is_pushing(None, START)
    assert not leases.is_pushing(active(last_delivery_at=None), START)
    assert not leases.is_pushing(leases.refused(active(), "no", START), START)
    assert not leases.is_pushing(active(state="unreliable"), START)
    assert not leases.is_pushing(asked(), START)


@pytest.mark.case("P-73")
def test_the_safety_poll_is_twelve_times_rarer_a_day_at_most_and_within_the_lease() -> None:
    assert leases.safety_interval(active(), 600, START) == 7200
    assert leases.safety_interval(active(), 86_400, START) == 86_400
    assert leases.safety_interval(active(), 10_000, START) == 86_400
    assert leases.safety_interval(active(), 3600, START + 10 * DAY - 2 * HOUR) == 7200
    assert leases.safety_interval(active(), 3600, START + 10 * DAY - HOUR / 2) == 3600


@pytest.mark.case("P-73")
@pytest.mark.parametrize(
    ("published", "missed"),
    [
        (START + timedelta(hours=10), True),
        (START + timedelta(hours=23), True),
        (START + timedelta(hours=23, minutes=1), False),
        (START - HOUR, False),
        (START + 2 * DAY, False),
    ],
)
def test_an_entry_older_than_an_hour_that_a_poll_finds_first_was_missed(published: datetime, missed: bool) -> None:
    lease = leases.polled(active(), [published], last_poll_at=START, now=START + DAY)
    assert (lease.state == "unreliable") is missed


@pytest.mark.case("P-73")
def test_undated_entries_are_missed_where_nothing_was_delivered_between_two_far_polls() -> None:
    lease = active(last_delivery_at=START - HOUR)
    assert leases.polled(lease, [None], last_poll_at=START, now=START + 3 * HOUR).state == "unreliable"
    assert leases.polled(lease, [None], last_poll_at=START, now=START + HOUR).state == "active"
    assert leases.polled(lease, [None], last_poll_at=None, now=START + DAY).state == "active"
    lately = active(last_delivery_at=START + HOUR)
    assert leases.polled(lately, [None], last_poll_at=START, now=START + 3 * HOUR).state == "active"


@pytest.mark.case("P-73")
def test_an_unreliable_hub_is_trusted_again_only_after_it_has_delivered() -> None:
    missed = leases.polled(active(), [START + HOUR], last_poll_at=START, now=START + DAY)
    renewed = leases.verified(missed, 864_000, START + 5 * DAY)
    assert (renewed.state, renewed.why) == ("unreliable", missed.why)
    late = leases.delivered(missed, START + 2 * DAY)
    again = leases.verified(late, 864_000, START + 5 * DAY)
    assert (again.state, again.since, again.why) == ("active", START + 5 * DAY, "")


@pytest.mark.case("P-72")
def test_a_denied_hub_may_be_asked_again_after_a_week() -> None:
    lease = leases.denied(active(), "", START)
    assert (lease.state, lease.expires_at, lease.renew_at) == ("denied", None, None)
    found = HubLinks(hubs=(HUB,), topic=TOPIC)
    assert leases.noticed(lease, found, START + 7 * DAY - timedelta(seconds=1)) is lease
    again = leases.noticed(lease, found, START + 7 * DAY)
    assert again is not None
    assert again.state == "pending"
    assert not leases.takes_deliveries(lease)


@pytest.mark.case("P-66")
def test_an_address_is_known_in_either_case_and_the_first_of_equals_counts() -> None:
    hubs = ("http://one.test/", "HTTP://two.test/")
    assert leases.best(HubLinks(hubs=hubs), HubLinks(), "u").hubs == ("http://one.test/",)
    assert leases.best(HubLinks(hubs=hubs[1:]), HubLinks(), "u").hubs == ("HTTP://two.test/",)
    assert leases.best(HubLinks(hubs=(*hubs, "HTTPS://three.test/")), HubLinks(), "u").hubs == ("HTTPS://three.test/",)


@pytest.mark.case("P-66")
def test_a_new_subscription_is_asked_for_at_once_and_only_where_hub_and_topic_are_known() -> None:
    found = HubLinks(hubs=(HUB, "https://second.test/"), topic=TOPIC)
    assert leases.noticed(None, found, START) == HubLease(hub=HUB, topic=TOPIC, renew_at=START, since=START)
    assert leases.noticed(None, HubLinks(hubs=(HUB,)), START) is None
    assert leases.noticed(None, HubLinks(topic=TOPIC), START) is None


@pytest.mark.case("P-67", "P-69")
def test_a_request_is_remembered_whole_until_the_hub_answers() -> None:
    lease = HubLease(hub=HUB, topic=TOPIC, renew_at=START, since=START)
    sent = leases.asked(lease, callback="https://us.test/cb", secret="s", now=START)
    assert sent == replace(
        lease,
        callback="https://us.test/cb",
        secret="s",
        requested_at=START,
        verify_until=START + HOUR,
        renew_at=None,
        why="asked the hub",
    )
    assert not leases.wants_request(sent, START + DAY)
    no = leases.refused(sent, "No.", START + HOUR)
    assert no == replace(sent, failures=1, verify_until=None, renew_at=START + 2 * HOUR, why="No.")
    yes = leases.verified(replace(no, denied_until=START, verify_until=START), 1, START + HOUR)
    assert yes == replace(
        no,
        state="active",
        since=START + HOUR,
        expires_at=START + HOUR + timedelta(seconds=1),
        renew_at=START + HOUR + timedelta(seconds=0.5),
        failures=0,
        why="",
    )


@pytest.mark.case("P-69")
@pytest.mark.parametrize(
    ("state", "wants"),
    [("pending", True), ("active", True), ("unreliable", True), ("denied", False), ("ended", False), ("", False)],
)
def test_requests_and_deliveries_go_with_a_lease_that_is_wanted(state: str, *, wants: bool) -> None:
    lease = HubLease(hub=HUB, topic=TOPIC, state=state, renew_at=START)
    assert leases.wants_request(lease, START) is wants
    assert leases.takes_deliveries(lease) is wants


@pytest.mark.case("P-69")
def test_a_renewal_changes_neither_the_beginning_nor_the_trust_of_an_active_lease() -> None:
    lease = active(why="asked the hub")
    renewed = leases.verified(lease, 864_000, START + 5 * DAY)
    assert (renewed.state, renewed.since, renewed.why) == ("active", START, "")


@pytest.mark.case("P-69", "P-73")
@pytest.mark.parametrize("state", ["active", "unreliable"])
def test_a_lease_that_ran_out_is_pending_from_then_on(state: str) -> None:
    lease = active(state=state, renew_at=START + 11 * DAY)
    end = START + 10 * DAY
    assert leases.overdue(lease, end - timedelta(seconds=1)) is lease
    assert leases.overdue(lease, end) == replace(lease, state="pending", since=end, expires_at=None)
    asking = replace(lease, renew_at=None, verify_until=end + HOUR)
    assert leases.overdue(asking, end).renew_at == end + HOUR


@pytest.mark.case("P-73")
def test_a_delivery_at_the_moment_it_was_found_unreliable_proves_nothing() -> None:
    lease = active(state="unreliable", since=START, last_delivery_at=START)
    assert leases.verified(lease, None, START + DAY).state == "unreliable"
    later = replace(lease, last_delivery_at=START + timedelta(seconds=1))
    assert leases.verified(later, None, START + DAY).state == "active"


@pytest.mark.case("P-69", "P-72")
def test_what_is_stopped_forgets_every_appointment_and_says_why() -> None:
    lease = active(failures=2, verify_until=START + HOUR)
    stopped = replace(
        lease, since=START + DAY, why="No.", expires_at=None, renew_at=None, verify_until=None, failures=0
    )
    assert leases.ended(lease, "No.", START + DAY) == replace(stopped, state="ended")
    assert leases.denied(lease, "No.", START + DAY) == replace(
        stopped, state="denied", denied_until=START + DAY + 7 * DAY
    )
    assert leases.denied(lease, "", START).why == "the hub denied the subscription"


@pytest.mark.case("P-73")
def test_one_missed_entry_among_others_is_enough_and_the_lease_says_so() -> None:
    found = [START + 23.5 * HOUR, START + HOUR, None]
    lease = leases.polled(active(), found, last_poll_at=START, now=START + DAY)
    assert (lease.state, lease.since) == ("unreliable", START + DAY)
    assert lease.why == "a poll found what the hub had not delivered"
    silent = leases.polled(active(last_delivery_at=None), found, last_poll_at=START, now=START + DAY)
    assert silent.why == "the hub has never delivered"
    assert leases.polled(active(), [], last_poll_at=START, now=START + DAY).state == "active"


@pytest.mark.case("P-73")
def test_an_entry_of_the_moment_the_lease_began_was_not_missed() -> None:
    lease = active(since=START)
    assert leases.polled(lease, [START], last_poll_at=START, now=START + DAY).state == "active"
    after = START + timedelta(seconds=1)
    assert leases.polled(lease, [after], last_poll_at=START, now=START + DAY).state == "unreliable"


@pytest.mark.case("P-73")
@pytest.mark.parametrize(
    ("hours", "delivered", "missed"),
    [(1.99, -1, False), (2, -1, True), (3, -1, True), (3, 0, False), (3, 1, False)],
)
def test_polls_are_far_apart_from_two_hours_on(hours: float, delivered: int, *, missed: bool) -> None:
    lease = active(since=START - DAY, last_delivery_at=START + delivered * HOUR)
    found = leases.polled(lease, [None], last_poll_at=START, now=START + hours * HOUR)
    assert (found.state == "unreliable") is missed

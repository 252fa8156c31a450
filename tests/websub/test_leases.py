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

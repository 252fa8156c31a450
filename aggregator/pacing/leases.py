"""The life of a WebSub subscription of ours as a pure function of what happens to it (PROTOCOL P-66 to P-73).

Polling never ends: a hub that is known to deliver only makes polls rarer. One that has not delivered yet, whose renewal
fails, or that has kept an entry from us changes nothing about them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from aggregator.model.fetch import HubLinks
from aggregator.model.source import HubLease
from aggregator.pacing.words import DAY, HOUR

LEASE_SECONDS = 10 * DAY
"""What we ask for, and what a hub that names none is taken to have granted."""
LONGEST = 14 * DAY
VERIFY_SECONDS = HOUR
"""How long a hub may take to verify a request."""
DENIED_SECONDS = 7 * DAY
MISSED_SECONDS = HOUR
"""An entry that is older than this when a poll finds it, the hub has not delivered."""
SAFETY_FACTOR = 12
SAFETY_SECONDS = DAY
_FIRST_RETRY = HOUR


def best(header: HubLinks, body: HubLinks, url: str) -> HubLinks:
    """One hub and one topic out of what a reply's header and its body say; the header counts first (WebSub section 4).

    An https hub is preferred; `url`, where the reply came from, is the topic of a feed that names none. Without hubs:
    there is none to ask.
    """
    hubs = [hub for hub in header.hubs or body.hubs if hub.lower().startswith(("https://", "http://"))]
    if not hubs:
        return HubLinks()
    hub = next((hub for hub in hubs if hub.lower().startswith("https://")), hubs[0])
    return HubLinks(hubs=(hub,), topic=header.topic or body.topic or url)


def noticed(lease: HubLease | None, found: HubLinks, now: datetime) -> HubLease | None:
    """The lease after discovery has been done again: the same, a new one to ask for, or one that has ended."""
    if not found.hubs or found.topic is None:
        if lease is None or lease.state == "ended":
            return lease
        return ended(lease, "the feed names no hub any more", now)
    hub, topic = found.hubs[0], found.topic
    if (
        lease is None
        or (lease.hub, lease.topic) != (hub, topic)
        or lease.state == "ended"
        or _may_ask_again(lease, now)
    ):
        return HubLease(hub=hub, topic=topic, renew_at=now, since=now)
    return lease


def _may_ask_again(lease: HubLease, now: datetime) -> bool:
    return lease.state == "denied" and (lease.denied_until is None or lease.denied_until <= now)


def wants_request(lease: HubLease, now: datetime) -> bool:
    """Whether a request to the hub is due: the first one, a renewal, or another try."""
    return lease.state in {"pending", "active", "unreliable"} and lease.renew_at is not None and lease.renew_at <= now


def asked(lease: HubLease, *, callback: str, secret: str, now: datetime) -> HubLease:
    """A request goes out now; the hub may verify it before it answers, so this is kept first."""
    until = now + timedelta(seconds=VERIFY_SECONDS)
    return replace(
        lease,
        callback=callback,
        secret=secret,
        requested_at=now,
        verify_until=until,
        renew_at=None,
        why="asked the hub",
    )


def refused(lease: HubLease, why: str, now: datetime) -> HubLease:
    """The hub refused a request or could not be reached: tried again after one hour, two, four … at most a day."""
    failures = lease.failures + 1
    wait = min(_FIRST_RETRY * 2 ** min(failures - 1, 10), DAY)
    return replace(lease, failures=failures, verify_until=None, renew_at=now + timedelta(seconds=wait), why=why)


def overdue(lease: HubLease, now: datetime) -> HubLease:
    """The lease after a look at the clock: what was not verified in time has failed, what ran out is no longer held."""
    if lease.verify_until is not None and lease.verify_until <= now:
        lease = refused(lease, "the hub did not verify the request", now)
    if lease.state in {"active", "unreliable"} and lease.expires_at is not None and lease.expires_at <= now:
        lease = replace(
            lease, state="pending", since=now, expires_at=None, renew_at=lease.renew_at or lease.verify_until or now
        )
    return lease


def verified(lease: HubLease, seconds: int | None, now: datetime) -> HubLease:
    """The hub has verified our request and leases for `seconds` (None: it does not say).

    Renewed at half time, after 7 days at most. A hub that was found unreliable is trusted again only if it has
    delivered since.
    """
    granted = min(seconds if seconds is not None and seconds > 0 else LEASE_SECONDS, LONGEST)
    state = "unreliable" if _stays_unreliable(lease) else "active"
    return replace(
        lease,
        state=state,
        since=lease.since if state == lease.state else now,
        expires_at=now + timedelta(seconds=granted),
        renew_at=now + timedelta(seconds=granted / 2),
        verify_until=None,
        failures=0,
        denied_until=None,
        why=lease.why if state == "unreliable" else "",
    )


def _stays_unreliable(lease: HubLease) -> bool:
    if lease.state != "unreliable":
        return False
    return lease.last_delivery_at is None or (lease.since is not None and lease.last_delivery_at <= lease.since)


def denied(lease: HubLease, reason: str, now: datetime) -> HubLease:
    """The hub will not have us (WebSub section 5.2): not asked again for a week, polled meanwhile."""
    return replace(
        _stopped(lease, "denied", reason or "the hub denied the subscription", now),
        denied_until=now + timedelta(seconds=DENIED_SECONDS),
    )


def ended(lease: HubLease, why: str, now: datetime) -> HubLease:
    """We don't want it any more: deliveries are answered with 410."""
    return _stopped(lease, "ended", why, now)


def _stopped(lease: HubLease, state: str, why: str, now: datetime) -> HubLease:
    return replace(
        lease, state=state, since=now, why=why, expires_at=None, renew_at=None, verify_until=None, failures=0
    )


def takes_deliveries(lease: HubLease) -> bool:
    """Whether a body posted to the callback may be content: some hubs deliver before our reply to them is stored."""
    return lease.state in {"pending", "active", "unreliable"}


def delivered(lease: HubLease, now: datetime) -> HubLease:
    return replace(lease, last_delivery_at=now)


def polled(
    lease: HubLease, new: Sequence[datetime | None], *, last_poll_at: datetime | None, now: datetime
) -> HubLease:
    """The lease after a poll that found these new entries (when they were published; None: not told)."""
    if lease.state != "active" or not any(_was_missed(lease, when, last_poll_at, now) for when in new):
        return lease
    why = "a poll found what the hub had not delivered" if lease.last_delivery_at else "the hub has never delivered"
    return replace(lease, state="unreliable", since=now, why=why)


def _was_missed(lease: HubLease, when: datetime | None, last_poll_at: datetime | None, now: datetime) -> bool:
    began = lease.since or now
    patience = timedelta(seconds=MISSED_SECONDS)
    if when is not None:
        return began < when <= now - patience
    if last_poll_at is None or last_poll_at < began or now - last_poll_at < 2 * patience:
        return False
    return lease.last_delivery_at is None or lease.last_delivery_at < last_poll_at


def is_pushing(lease: HubLease | None, now: datetime) -> bool:
    """Whether polls may be rarer for its sake: verified, renewed in time, and known to deliver."""
    if lease is None or lease.state != "active" or lease.last_delivery_at is None or lease.failures:
        return False
    return lease.expires_at is not None and lease.expires_at > now


def safety_interval(lease: HubLease, interval: int, now: datetime) -> int:
    """Seconds to the next poll beside a hub that delivers; `interval` would be due without it.

    Twelve times as long, a day at most, and never past the end of the lease.
    """
    assert lease.expires_at is not None
    left = int((lease.expires_at - now).total_seconds())
    return max(interval, min(SAFETY_SECONDS, SAFETY_FACTOR * interval, left))


def links_of(links: Iterable[tuple[str, str]]) -> HubLinks:
    """Hubs and topic out of a document's links, given as (relation, absolute url)."""
    pairs = list(links)
    topic = next((url for relation, url in pairs if relation == "self" and url), None)
    return HubLinks(hubs=tuple(dict.fromkeys(url for relation, url in pairs if relation == "hub" and url)), topic=topic)

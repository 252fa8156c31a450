"""The subscriber's half of WebSub on the wire: requests to a hub, and what a hub sends back (PROTOCOL P-67 to P-72)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qsl, urlencode

from aggregator.fetch.gate import BlockedError, HostGate
from aggregator.fetch.redirects import Refusal, next_hop
from aggregator.fetch.request import user_agent
from aggregator.model.config import FetchSettings
from aggregator.model.fetch import Hop
from aggregator.model.source import HubLease
from aggregator.net.codings import decode
from aggregator.net.failure import NetError, NetFailed
from aggregator.net.message import HttpOutcome, HttpRequest
from aggregator.text.urls import host

FORM = "application/x-www-form-urlencoded"
ALGORITHMS = frozenset({"sha1", "sha256", "sha384", "sha512"})
_REDIRECTS = frozenset({301, 302, 307, 308})
_INTENT = frozenset({"hub.mode", "hub.topic", "hub.challenge", "hub.lease_seconds", "hub.reason"})
_LONGEST_REPLY = 64 * 2**10
_DEADLINE = 30.0


class Sends(Protocol):
    """Whatever carries a request: `aggregator.net.client.HttpClient`, or a simulated network."""

    async def send(self, request: HttpRequest) -> HttpOutcome: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """With what and as whom hubs are asked."""

    client: Sends
    gate: HostGate
    settings: FetchSettings
    base_url: str


async def subscribe(asking: Asking, lease: HubLease, seconds: int, feed_id: str) -> str:
    """Ask the hub of `lease` for a subscription of `seconds`; returns why it refused, or nothing.

    Redirects are followed with the same request (WebSub section 5.1), never from https to http.
    """
    url = lease.hub
    hops: tuple[Hop, ...] = ()
    while True:
        step = await _post(asking, url, hops, _form(lease, seconds), feed_id)
        if not isinstance(step, Hop):
            return step
        url, hops = step.target, (*hops, step)


def _form(lease: HubLease, seconds: int) -> bytes:
    fields = {
        "hub.mode": "subscribe",
        "hub.topic": lease.topic,
        "hub.callback": lease.callback,
        "hub.lease_seconds": str(seconds),
    }
    if lease.secret:
        fields["hub.secret"] = lease.secret
    return urlencode(fields).encode()


async def _post(asking: Asking, url: str, hops: tuple[Hop, ...], form: bytes, feed_id: str) -> str | Hop:
    agent = user_agent(asking.settings, asking.base_url, feed_id, 1)
    request = HttpRequest(
        url=url,
        method="POST",
        headers=(("User-Agent", agent), ("Content-Type", FORM), ("Accept", "*/*")),
        body=form,
        deadline=min(_DEADLINE, asking.settings.deadline),
        max_body=_LONGEST_REPLY,
    )
    try:
        async with asking.gate.turn(host(url)):
            reply = await asking.client.send(request)
    except BlockedError as blocked:
        return blocked.why
    if isinstance(reply, NetFailed):
        return reply.detail
    if reply.status in _REDIRECTS:
        hop = next_hop(url, reply.status, reply.header("location"), hops, asking.settings.max_redirects)
        return hop.detail if isinstance(hop, Refusal) else hop
    if 200 <= reply.status < 300:
        return ""
    words = " ".join(reply.body[:200].decode("utf-8", "replace").split())
    return f"The hub answered {reply.status}: {words}" if words else f"The hub answered {reply.status}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A hub's GET to a callback: it verifies a request, or says that it denies one."""

    mode: str
    topic: str
    challenge: str = ""
    lease_seconds: int | None = None
    reason: str = ""


def intent_of(query: str) -> Intent | None:
    """What the query of a GET to a callback says; None: it is no verification (unknown or repeated parameters)."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True, max_num_fields=16, errors="strict")
    except ValueError:
        return None
    fields = dict(pairs)
    if len(fields) != len(pairs) or not {"hub.mode"} <= fields.keys() <= _INTENT:
        return None
    lease = fields.get("hub.lease_seconds", "")
    return Intent(
        mode=fields["hub.mode"],
        topic=fields.get("hub.topic", ""),
        challenge=fields.get("hub.challenge", ""),
        lease_seconds=int(lease[:12]) if lease.isascii() and lease.isdigit() else None,
        reason=fields.get("hub.reason", "")[:200],
    )


def is_signed(header: str, secret: str, body: bytes) -> bool:
    """Whether ``X-Hub-Signature`` is the HMAC of the raw bytes (WebSub section 7.1); compared in constant time."""
    algorithm, _, signature = header.strip().partition("=")
    if algorithm.lower() not in ALGORITHMS or not signature.isascii():
        return False
    expected = hmac.new(secret.encode(), body, algorithm.lower()).hexdigest()
    return hmac.compare_digest(expected, signature.strip().lower())


def body_of(raw: bytes, coding: str, limit: int) -> bytes | None:
    """A delivery's body with its content codings undone, `limit` bytes at most; None: it cannot be had."""
    if not coding:
        return raw if len(raw) <= limit else None
    try:
        return decode(raw, coding, limit)[0]
    except NetError:
        return None

"""WebSub for those who read us, as values: what hubs are told, and what our own hub agrees to (PROTOCOL B-40, B-41)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode

from aggregator.publish import document
from aggregator.text.urls import is_http, registrable_domain, split

HUB = "/websub/hub"
FORM = "application/x-www-form-urlencoded"
_HOUR = 3600
DEFAULT_LEASE = 10 * 24 * _HOUR
SHORTEST_LEASE = _HOUR
"""Shorter leases would have us verify all the time."""
LONGEST_LEASE = 30 * 24 * _HOUR
LONGEST_SECRET = 199
"""Bytes (WebSub section 5.1)."""
_LONGEST_URL = 2048
_PING_WAITS = (60, 300, 900, _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR)
"""Seconds after each failed ping; then it is given up, for the next change brings another."""
_DELIVERY_WAITS = (60, 300, 900, _HOUR, 3 * _HOUR, 6 * _HOUR)
_TYPES = {
    "atom": f"{document.ATOM}; charset=utf-8",
    "rss": f"{document.RSS}; charset=utf-8",
    "json": document.JSON_FEED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """A hub that has still to be told of a changed feed document."""

    hub: str
    topic: str
    due: datetime
    failures: int = 0


def planned(
    waiting: Iterable[Ping],
    announced: Mapping[str, str],
    current: Mapping[str, str],
    hubs: Collection[str],
    now: datetime,
) -> tuple[Ping, ...]:
    """The pings to send: those that wait for another try, and one per hub for each document that has changed.

    `announced` and `current` give the hash of each document's bytes, as last told and as they are. A hub that is no
    longer named, and a document that is no longer there, need none.
    """
    changed = {topic for topic, digest in current.items() if announced.get(topic) != digest}
    kept = [one for one in waiting if one.hub in hubs and one.topic in current and one.topic not in changed]
    return (*kept, *(Ping(hub=hub, topic=topic, due=now) for topic in sorted(changed) for hub in hubs))


def tried_again(ping: Ping, now: datetime) -> Ping | None:
    """The ping after it has failed; None: it is given up."""
    if ping.failures >= len(_PING_WAITS):
        return None
    wait = timedelta(seconds=_PING_WAITS[ping.failures])
    return replace(ping, failures=ping.failures + 1, due=now + wait)


def ping_form(topic: str) -> bytes:
    """The form for a hub; WebSub leaves it to hubs, which read either name (PubSubHubbub 0.4 section 7.1)."""
    return urlencode({"hub.mode": "publish", "hub.url": topic, "hub.topic": topic}).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody asks of our hub."""

    mode: str
    """``subscribe``, ``unsubscribe`` or ``publish``."""
    topic: str
    callback: str = ""
    secret: str = ""
    lease: int = DEFAULT_LEASE
    """Seconds, within our bounds."""

    @property
    def owner(self) -> str:
        """The domain that is called back."""
        return registrable_domain(self.callback)


def request_of(form: bytes, topics: Collection[str]) -> Request | str:
    """The request of a posted form, or a sentence on what is wrong with it; unknown parameters are ignored."""
    try:
        pairs = parse_qsl(form.decode("utf-8"), keep_blank_values=True, max_num_fields=50, errors="strict")
    except ValueError:
        return "The body is no form in UTF-8."
    fields = dict(reversed(pairs))
    mode = fields.get("hub.mode", "")
    topic = fields.get("hub.topic", "") or (fields.get("hub.url", "") if mode == "publish" else "")
    if mode not in {"subscribe", "unsubscribe", "publish"}:
        return "hub.mode is subscribe or unsubscribe."
    if topic not in topics:
        return "hub.topic is not a feed of this site."
    if mode == "publish":
        return Request(mode=mode, topic=topic)
    callback, secret = fields.get("hub.callback", ""), fields.get("hub.secret", "")
    problem = _problem(callback, secret)
    lease = lease_of(fields.get("hub.lease_seconds", ""))
    return problem or Request(mode=mode, topic=topic, callback=callback, secret=secret, lease=lease)


def _problem(callback: str, secret: str) -> str:
    parts = split(callback) if is_http(callback) and len(callback) <= _LONGEST_URL else None
    if parts is None or "@" in parts.netloc or not callback.isprintable() or " " in callback:
        return "hub.callback is not an http or https address that can be called."
    if len(secret.encode()) > LONGEST_SECRET:
        return "hub.secret is shorter than 200 bytes."
    return ""


def lease_of(wanted: str) -> int:
    """Seconds granted where so many were asked for."""
    if not (wanted.isascii() and wanted.isdigit()):
        return DEFAULT_LEASE
    return max(SHORTEST_LEASE, min(int(wanted[:12]), LONGEST_LEASE))


def verification_url(request: Request, challenge: str) -> str:
    """Where to ask whether the request was meant: the callback, its own query kept (WebSub section 5.3)."""
    asked = {"hub.mode": request.mode, "hub.topic": request.topic, "hub.challenge": challenge}
    if request.mode == "subscribe":
        asked["hub.lease_seconds"] = str(request.lease)
    bare = request.callback.partition("#")[0]
    joint = "&" if "?" in bare else "?"
    return f"{bare}{joint}{urlencode(asked)}"


def delivery_headers(hub: str, topic: str, secret: str, body: bytes) -> tuple[tuple[str, str], ...]:
    """The headers of a delivery: what it is, of what, from which hub, and signed where a secret was given."""
    headers = [
        ("Content-Type", content_type(topic)),
        ("Link", f'<{hub}>; rel="hub", <{topic}>; rel="self"'),
    ]
    if secret:
        headers.append(("X-Hub-Signature", signature(secret, body)))
    return tuple(headers)


def content_type(topic: str) -> str:
    """That of the document as it is served."""
    return _TYPES.get(topic.rpartition(".")[2], "application/octet-stream")


def signature(secret: str, body: bytes) -> str:
    """HMAC of the bytes as sent (WebSub section 7.1)."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def next_try(failures: int, now: datetime) -> datetime:
    """When a delivery that has failed so many times in a row (1 or more) is tried again; never given up."""
    return now + timedelta(seconds=_DELIVERY_WAITS[min(failures, len(_DELIVERY_WAITS)) - 1])

"""What came of asking a source: every fact that is needed to decide when to come back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """ETag and Last-Modified, byte for byte as received, tied to the url that gave them (PROTOCOL P-02, P-13)."""

    url: str
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """The caching headers of a reply, as received (RFC 9111 section 4.2; PROTOCOL P-17)."""

    cache_control: str = ""
    expires: str = ""
    date: str = ""
    age: str = ""
    retry_after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One redirect: where from, with which status, where to."""

    status: int
    source: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HubLinks:
    """WebSub links of a reply's header or body (PROTOCOL P-66)."""

    hubs: tuple[str, ...] = ()
    topic: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A whole body: content codings undone, length and caps checked."""

    url: str
    """The final url, after redirects."""
    status: int
    body: bytes
    content_type: str | None
    validators: Validators
    freshness: Freshness
    received_at: datetime
    hops: tuple[Hop, ...] = ()
    hub: HubLinks = HubLinks()
    delta: bool = False
    """The body holds only what is new (RFC 3229, 226 or 200 with ``IM: feed``): merge, never replace."""
    unconditional: bool = True
    """No validators were sent."""
    wire_bytes: int = 0
    """Bytes of the body as transferred."""
    quirks: tuple[str, ...] = ()
    """Odd but bearable things about the reply, such as a mislabelled coding (PROTOCOL P-40)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """A 304 to a conditional request; its metadata replace the stored ones where present (PROTOCOL P-07, P-08)."""

    url: str
    validators: Validators
    freshness: Freshness
    received_at: datetime
    hops: tuple[Hop, ...] = ()
    hub: HubLinks = HubLinks()


class FetchReason(StrEnum):
    """Why nothing came. The values are stable: they are shown, logged, counted and tested."""

    DNS = "dns"
    DNS_NOT_FOUND = "dns-not-found"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    DEADLINE = "deadline"
    PROTOCOL = "protocol"
    """The server broke HTTP, such as a 304 to an unconditional request (PROTOCOL P-09)."""
    TRUNCATED = "truncated"
    TOO_LARGE = "too-large"
    BAD_CODING = "bad-coding"
    EMPTY = "empty"
    ODD_SUCCESS = "odd-success"
    """204, 205, 206 or an unasked 226 (PROTOCOL P-37)."""
    REDIRECT_LOOP = "redirect-loop"
    REDIRECT_REFUSED = "redirect-refused"
    PRIVATE_ADDRESS = "private-address"
    BAD_URL = "bad-url"
    UNAUTHORISED = "unauthorised"
    FORBIDDEN = "forbidden"
    BOT_WALL = "bot-wall"
    PAYMENT = "payment"
    LEGAL = "legal"
    NOT_FOUND = "not-found"
    GONE = "gone"
    RATE_LIMITED = "rate-limited"
    UNAVAILABLE = "unavailable"
    CLIENT_ERROR = "client-error"
    SERVER_ERROR = "server-error"
    ROBOTS = "robots"
    OPTED_OUT = "opted-out"
    FILE_MISSING = "file-missing"
    FILE_UNREADABLE = "file-unreadable"
    FILE_OUTSIDE = "file-outside"
    """A local path that is not below the feeds folder."""
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchFailed:
    """Nothing usable came; `detail` is one sentence for the operator and names no secret."""

    url: str
    reason: FetchReason
    detail: str
    received_at: datetime
    status: int | None = None
    freshness: Freshness = Freshness()
    hops: tuple[Hop, ...] = ()


FetchOutcome = Fetched | NotModified | FetchFailed

"""Inbound feeds: what the operator declared, and what we have learnt about each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from aggregator.model.entry import Schedule
from aggregator.model.fetch import Freshness, Hop, Validators
from aggregator.model.ids import SourceId


class Republish(StrEnum):
    """How much of an article may be republished."""

    FULL = "full"
    EXCERPT = "excerpt"
    LINK = "link"
    REFUSE = "refuse"


class SourceRole(StrEnum):
    """The operator's word on what a source is; evidence for who was first (DEDUPE section 4)."""

    UNKNOWN = "unknown"
    ORIGINAL = "original"
    AGENCY = "agency"
    AGGREGATOR = "aggregator"


class Declared(StrEnum):
    """Where a source or a topic was declared: files are the truth for theirs, the database for the others."""

    FILE = "file"
    COMMAND = "command"


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """A written permission to republish, with its own limits."""

    text: str
    granted: date | None = None
    policy: Republish = Republish.FULL
    excludes: tuple[str, ...] = ()
    """Bylines, agencies or credits that the permission does not cover, such as ``Reuters``."""
    expires: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What of a source's word is believed; False makes us ignore it."""

    ids: bool = True
    dates: bool = True
    authors: bool = True
    language: bool = True
    charset: bool = True
    """True: the order of RFC 7303. False: valid UTF-8 wins over every declaration (PROTOCOL P-45)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A secret by reference: exactly one of the two is set. The value is read when used and never stored."""

    env: str | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSelectors:
    """CSS selectors for a site without a feed."""

    item: str
    title: str
    link: str
    date: str | None = None
    image: str | None = None
    author: str | None = None
    summary: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One subscribed inbound feed (or page) and its settings. None: the site's default applies."""

    id: SourceId
    url: str
    """http(s), or a path below the feeds folder."""
    title: str | None = None
    home_url: str | None = None
    language: str | None = None
    """BCP 47; used where the feed and its entries declare none, or where its declaration is not trusted."""
    timezone: str | None = None
    """IANA name; for dates without one."""
    tags: tuple[str, ...] = ()
    weight: float = 1.0
    owner: str | None = None
    """Who runs it: sources of one owner count once where independence matters."""
    role: SourceRole = SourceRole.UNKNOWN
    licence: str | None = None
    """The licence of its articles by the operator's knowledge: an id, url or name."""
    permission: Permission | None = None
    policy: Republish | None = None
    trust: Trust = Trust()
    min_interval: int | None = None
    """Seconds."""
    max_interval: int | None = None
    """Seconds."""
    backfill_days: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    username: str | None = None
    password: Secret | None = None
    bearer: Secret | None = None
    proxy: Secret | None = None
    verify_tls: bool = True
    http1_only: bool = False
    obey_robots: bool = False
    websub: bool = True
    history: bool = False
    """Walk its archives when it is new (RFC 5005)."""
    full_text: bool = False
    private: bool = False
    """Its url is a secret: never shown in outputs, OPML or `source` elements."""
    page: PageSelectors | None = None
    paused: bool = False
    declared: Declared = Declared.FILE
    aliases: tuple[str, ...] = ()
    stands_for: tuple[SourceId, ...] = ()
    """Sources that have moved to its url for good (PROTOCOL P-28): what it brings counts as theirs too."""


class Health(StrEnum):
    HEALTHY = "healthy"
    SLOWED = "slowed"
    FAILING = "failing"
    PAUSED = "paused"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectSighting:
    """A permanent redirect seen on several polls: kept only after enough of them (PROTOCOL P-28)."""

    target: str
    count: int
    first_seen: datetime
    last_seen: datetime
    hops: tuple[Hop, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowEntry:
    """An entry of the newest document of a source: what is needed to see that it did not change."""

    key: str
    """Its identity key (`aggregator.model.article.EntryIdentity.key`)."""
    raw_hash: str
    """Hash of the parsed entry as published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubLease:
    """A WebSub subscription of ours (PROTOCOL P-66 to P-73)."""

    hub: str
    topic: str
    state: str = "pending"
    """``pending``, ``active``, ``denied``, ``unreliable``, ``ended``."""
    callback: str = ""
    secret: str = ""
    requested_at: datetime | None = None
    expires_at: datetime | None = None
    renew_at: datetime | None = None
    """When the next request goes out: the first one, a renewal, or another try; None: none is planned."""
    last_delivery_at: datetime | None = None
    denied_until: datetime | None = None
    why: str = ""
    since: datetime | None = None
    """When it came into its state."""
    verify_until: datetime | None = None
    """The hub is expected to verify our request until then; None: nothing was asked, or it has been verified."""
    failures: int = 0
    """Requests in a row that the hub refused or did not verify."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What we have learnt about a source. Committed with the poll's articles or not at all."""

    source_id: SourceId
    url: str
    """The url polls start at: the declared one, or where a permanent redirect has moved it to."""
    declared_url: str = ""
    """The url of the declaration that `url` was derived from; another one there resets validators (PROTOCOL P-14)."""
    aliases: tuple[str, ...] = ()
    """Former urls."""
    due: datetime
    due_reason: str = "new source"
    """One phrase for the operator: ``max-age 6 h from the last 304``."""
    health: Health = Health.HEALTHY
    since: datetime | None = None
    why: str = ""
    remedy: str = ""
    """What would change its health, in one sentence."""
    validators: Validators | None = None
    target_validators: Validators | None = None
    """Of the url that a redirect of the last polls led to: kept beside those of `url`, never in their place."""
    freshness: Freshness = field(default_factory=Freshness)
    """The caching headers that hold now: those of the last reply over the stored ones (RFC 9111 section 4.3.4)."""
    schedule: Schedule = field(default_factory=Schedule)
    """The publisher's wishes as the last feed had them: they hold for a 304 too."""
    body_hash: str = ""
    """Hash of the last body that was parsed and committed."""
    last_poll_at: datetime | None = None
    last_success_at: datetime | None = None
    last_unconditional_at: datetime | None = None
    last_outcome: str = ""
    """``fetched``, ``not-modified`` or a reason code."""
    last_message: str = ""
    failures: int = 0
    """Failures in a row."""
    first_failure_at: datetime | None = None
    not_modified_streak: int = 0
    not_modified_since: datetime | None = None
    ignored_etags: int = 0
    """Identical bodies in a row although the ETag was sent (PROTOCOL P-15)."""
    etag_ignored_since: datetime | None = None
    entry_times: tuple[datetime, ...] = ()
    """When the newest entries appeared (published, else first seen), newest first, bounded: the posting rate and hours."""
    interval: int = 3600
    """Seconds; the learned interval the last due time was computed from."""
    sightings: RedirectSighting | None = None
    window: tuple[WindowEntry, ...] = ()
    identity_rung: int = 0
    """Rung of the identity ladder in use (DEDUPE section 2.1)."""
    quirks: tuple[str, ...] = ()
    possible_loss_at: datetime | None = None
    archives_done: tuple[str, ...] = ()
    hub: HubLease | None = None
    feed_title: str = ""
    feed_home_url: str = ""
    feed_updated: str = ""
    """The source feed's ``updated`` of the last poll that brought something new (RFC 3339)."""

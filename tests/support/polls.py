"""A source played forward in virtual time: outcomes in, states out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from aggregator.model.config import FetchSettings
from aggregator.model.fetch import (
    Fetched,
    FetchFailed,
    FetchOutcome,
    FetchReason,
    Freshness,
    Hop,
    NotModified,
    Validators,
)
from aggregator.model.ids import SourceId
from aggregator.model.source import Source, SourceState
from aggregator.pacing.after import after_poll
from aggregator.pacing.observed import Observed
from tests.support.clock import START

URL = "https://a.test/feed"
HOUR = 3600
DAY = 24 * HOUR


def body(
    etag: str | None = '"e1"',
    modified: str | None = None,
    *,
    url: str = URL,
    hops: tuple[Hop, ...] = (),
    unconditional: bool = False,
    delta: bool = False,
    **headers: str,
) -> Fetched:
    """A 200; `headers` are those of `Freshness`."""
    return Fetched(
        url=url,
        status=200,
        body=b"",
        content_type=None,
        validators=Validators(url=url, etag=etag, last_modified=modified),
        freshness=Freshness(**headers),
        received_at=START,
        hops=hops,
        unconditional=unconditional,
        delta=delta,
    )


def unchanged(
    etag: str | None = None, modified: str | None = None, *, url: str = URL, hops: tuple[Hop, ...] = (), **headers: str
) -> NotModified:
    """A 304."""
    return NotModified(
        url=url,
        validators=Validators(url=url, etag=etag, last_modified=modified),
        freshness=Freshness(**headers),
        received_at=START,
        hops=hops,
    )


def failure(reason: FetchReason, status: int | None = None, *, url: str = URL, **headers: str) -> FetchFailed:
    return FetchFailed(
        url=url, reason=reason, detail="It failed.", received_at=START, status=status, freshness=Freshness(**headers)
    )


def hop(status: int, source: str, target: str) -> Hop:
    return Hop(status=status, source=source, target=target)


@dataclass
class Player:
    """Polls one source at the times its states ask for (or when told), and keeps every state."""

    settings: FetchSettings = field(default_factory=FetchSettings)
    source: Source = field(default_factory=lambda: Source(id=SourceId("s"), url=URL))
    now: datetime = START
    jitter: float = 0.0
    outage: bool = False
    state: SourceState = field(init=False)

    def __post_init__(self) -> None:
        self.state = SourceState(source_id=self.source.id, url=self.source.url, due=self.now)

    def poll(self, outcome: FetchOutcome, seen: Observed | None = None) -> SourceState:
        """One poll now; the clock stands."""
        self.state = after_poll(
            self.settings,
            self.source,
            self.state,
            replace(outcome, received_at=self.now),
            seen or Observed(),
            now=self.now,
            jitter=self.jitter,
            outage=self.outage,
        )
        return self.state

    def next(self, outcome: FetchOutcome, seen: Observed | None = None) -> SourceState:
        """One poll at the due time."""
        self.now = max(self.now, self.state.due)
        return self.poll(outcome, seen)

    def wait(self, **parts: float) -> None:
        self.now += timedelta(**parts)

    @property
    def pause(self) -> float:
        """Seconds from now to the next poll."""
        return (self.state.due - self.now).total_seconds()

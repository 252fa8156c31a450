"""Hosts that asked to be left alone (PROTOCOL P-25)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from aggregator.model.config import FetchSettings
from aggregator.model.fetch import FetchFailed, FetchOutcome
from aggregator.pacing.words import span
from aggregator.text.http import parse_retry_after
from aggregator.text.urls import host


@dataclass(frozen=True, slots=True, kw_only=True)
class HostBlock:
    """No request goes to any source of this host before `until`; it must outlive a restart."""

    host: str
    until: datetime
    why: str


def host_block(settings: FetchSettings, outcome: FetchOutcome) -> HostBlock | None:
    """The block that a reply asks for; None: it asks for none."""
    if not isinstance(outcome, FetchFailed) or outcome.status not in {429, 503}:
        return None
    seconds = retry_after(settings, outcome)
    if seconds is None and outcome.status == 429:
        seconds = settings.min_interval
    if seconds is None:
        return None
    name = host(outcome.url)
    why = f"{name} asked us to stay away for {span(seconds)} (status {outcome.status})."
    return HostBlock(host=name, until=outcome.received_at + timedelta(seconds=seconds), why=why)


def retry_after(settings: FetchSettings, outcome: FetchFailed) -> int | None:
    """Seconds to stay away by Retry-After, no more than the operator believes; None: not said, or nonsense."""
    seconds = parse_retry_after(outcome.freshness.retry_after, outcome.freshness.date, outcome.received_at)
    return None if seconds is None else min(seconds, settings.max_retry_after)

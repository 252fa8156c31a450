"""The one funnel out of a poll: from what was observed to the next state of the source."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from aggregator.model.config import FetchSettings
from aggregator.model.fetch import Fetched, FetchFailed, FetchOutcome, NotModified
from aggregator.model.source import Health, Source, SourceState
from aggregator.pacing.backoff import UNPARSED
from aggregator.pacing.due import with_due
from aggregator.pacing.failing import Failure, after_failure, failed, with_health
from aggregator.pacing.freshness import merged
from aggregator.pacing.moves import after_redirects, rebased, with_updates, with_validators
from aggregator.pacing.observed import Observed
from aggregator.pacing.rate import remembered
from aggregator.pacing.words import MONTH

IGNORED_ETAGS = 3
"""Identical bodies in spite of a sent ETag, after which it is left out for a month (PROTOCOL P-15)."""


def after_poll(
    settings: FetchSettings,
    source: Source,
    state: SourceState,
    outcome: FetchOutcome,
    seen: Observed,
    *,
    now: datetime,
    jitter: float,
    outage: bool = False,
) -> SourceState:
    """The state after a poll; commit it with the poll's articles or not at all.

    `jitter` lies in [0, 1) and spreads due times; `outage` says that our own network is down, so that nothing is held
    against the source (see `aggregator.pacing.outage.outage`).
    """
    state = rebased(source, state)
    match outcome:
        case FetchFailed():
            return after_failure(settings, source, state, outcome, now=now, jitter=jitter, outage=outage)
        case NotModified():
            return _after_304(settings, source, state, outcome, now=now, jitter=jitter)
        case Fetched() if seen.parse_failed is not None:
            sentence = seen.parse_failed.detail
            failure = Failure(code=seen.parse_failed.reason.value, sentence=sentence, rule=UNPARSED)
            noted = _streak_ended(state, outcome, now)
            return failed(settings, source, noted, failure, now=now, jitter=jitter)
        case Fetched():
            return _after_body(settings, source, state, outcome, seen, now=now, jitter=jitter)
        case _:
            assert_never(outcome)


def _after_304(
    settings: FetchSettings, source: Source, state: SourceState, outcome: NotModified, *, now: datetime, jitter: float
) -> SourceState:
    updated = replace(
        with_updates(state, outcome.validators),
        freshness=merged(state.freshness, outcome.freshness),
        not_modified_streak=state.not_modified_streak + 1,
        not_modified_since=state.not_modified_since or now,
        last_outcome="not-modified",
    )
    if state.etag_ignored_since is None or _is_month_old(state.etag_ignored_since, now):
        updated = replace(updated, ignored_etags=0, etag_ignored_since=None)
    well = _well(source, after_redirects(updated, outcome.hops, now), now)
    due = with_due(settings, source, well, now=now, jitter=jitter, url=outcome.url, last="304", gap=False)
    return replace(due, last_poll_at=now)


def _after_body(
    settings: FetchSettings,
    source: Source,
    state: SourceState,
    outcome: Fetched,
    seen: Observed,
    *,
    now: datetime,
    jitter: float,
) -> SourceState:
    gap = not outcome.delta and seen.overlap == 0 and seen.new > 0
    learnt = _learnt(state, outcome, seen, now)
    if gap:
        learnt = replace(learnt, possible_loss_at=now)
    if seen.complete:
        learnt = with_validators(_etags_judged(learnt, state, outcome, seen, now), outcome.validators)
    well = _well(source, after_redirects(learnt, outcome.hops, now), now)
    due = with_due(settings, source, well, now=now, jitter=jitter, url=outcome.url, last="200", gap=gap)
    return replace(due, last_poll_at=now)


def _learnt(state: SourceState, outcome: Fetched, seen: Observed, now: datetime) -> SourceState:
    """What the document says, over what the state holds."""
    return replace(
        _streak_ended(state, outcome, now),
        freshness=outcome.freshness,
        last_outcome="fetched",
        schedule=state.schedule if seen.schedule is None else seen.schedule,
        entry_times=remembered(state.entry_times, seen.entry_times, now),
        body_hash=seen.body_hash if seen.body_hash is not None and seen.complete else state.body_hash,
        window=state.window if seen.window is None else seen.window,
        identity_rung=state.identity_rung if seen.identity_rung is None else seen.identity_rung,
        quirks=state.quirks if seen.quirks is None else seen.quirks,
        feed_title=state.feed_title if seen.feed_title is None else seen.feed_title,
        feed_home_url=state.feed_home_url if seen.feed_home_url is None else seen.feed_home_url,
        feed_updated=state.feed_updated if seen.feed_updated is None else seen.feed_updated,
    )


def _streak_ended(state: SourceState, outcome: Fetched, now: datetime) -> SourceState:
    return replace(
        state,
        not_modified_streak=0,
        not_modified_since=None,
        last_unconditional_at=now if outcome.unconditional else state.last_unconditional_at,
    )


def _etags_judged(
    learnt: SourceState, before: SourceState, outcome: Fetched, seen: Observed, now: datetime
) -> SourceState:
    """Counts bodies that came again although their ETag was sent (PROTOCOL P-15)."""
    resting = before.etag_ignored_since is not None and not _is_month_old(before.etag_ignored_since, now)
    if resting or outcome.unconditional:
        return learnt
    held = before.validators
    sent = held is not None and held.etag is not None and held.url == outcome.url
    if not sent or seen.body_hash is None or seen.body_hash != before.body_hash:
        return replace(learnt, ignored_etags=0, etag_ignored_since=None)
    times = before.ignored_etags + 1
    return replace(learnt, ignored_etags=times, etag_ignored_since=now if times >= IGNORED_ETAGS else None)


def _well(source: Source, state: SourceState, now: datetime) -> SourceState:
    health = Health.PAUSED if source.paused else Health.HEALTHY
    well = with_health(state, health, now, why="", remedy="")
    return replace(well, failures=0, first_failure_at=None, last_success_at=now, last_message="")


def _is_month_old(since: datetime, now: datetime) -> bool:
    return now - since >= timedelta(seconds=MONTH)

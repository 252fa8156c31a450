"""The state of a source after a failure: it never dies silently (PROTOCOL P-25 to P-27, P-33 to P-36)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from aggregator.model.config import FetchSettings
from aggregator.model.fetch import FetchFailed, FetchReason
from aggregator.model.source import Health, Source, SourceState
from aggregator.pacing.backoff import DEAD_AFTER, OFFLINE, PROBE, RULES, Rule
from aggregator.pacing.due import bounds
from aggregator.pacing.hosts import retry_after
from aggregator.pacing.moves import moved
from aggregator.pacing.wishes import next_open
from aggregator.pacing.words import MONTH, span

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
OFFLINE_WAIT = 900
_JITTER = 0.25
_CALLED_FAILING = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A failure in the words that the state keeps."""

    code: str
    sentence: str
    rule: Rule
    asked: int | None = None
    """Seconds that the server asked us to stay away."""


def after_failure(
    settings: FetchSettings,
    source: Source,
    state: SourceState,
    outcome: FetchFailed,
    *,
    now: datetime,
    jitter: float,
    outage: bool,
) -> SourceState:
    """The state after a poll that brought nothing usable. What was stored stays."""
    reason = outcome.reason
    noted = replace(state, last_poll_at=now, last_outcome=reason.value, last_message=outcome.detail)
    if reason is FetchReason.CANCELLED:
        return replace(state, due=now + timedelta(seconds=60 * jitter), due_reason="the last poll was cut short")
    if outage and reason in OFFLINE:
        wait = timedelta(seconds=OFFLINE_WAIT * (1 + jitter))
        return replace(noted, due=now + wait, due_reason="our own network seems to be down")
    if reason is FetchReason.RATE_LIMITED and outcome.status is None:
        return _held_back(settings, state, outcome, now, jitter)
    if reason is FetchReason.GONE:
        return _gone(settings, noted, outcome, now)
    failure = Failure(
        code=reason.value, sentence=outcome.detail, rule=RULES[reason], asked=retry_after(settings, outcome)
    )
    if reason is FetchReason.ODD_SUCCESS and outcome.status == 226:
        noted = replace(noted, validators=None)
    return failed(settings, source, _canary_done(noted, now), failure, now=now, jitter=jitter)


def failed(
    settings: FetchSettings, source: Source, state: SourceState, failure: Failure, *, now: datetime, jitter: float
) -> SourceState:
    """The state with one more failure counted, its health judged and its due time set."""
    failures = state.failures + 1
    first = state.first_failure_at or now
    slowed = failure.asked is not None or failure.code == FetchReason.RATE_LIMITED
    health = Health.SLOWED if slowed or (failure.rule.transient and failures < _CALLED_FAILING) else Health.FAILING
    counted = replace(
        with_health(state, health, now, why=failure.sentence, remedy=failure.rule.remedy),
        failures=failures,
        first_failure_at=first,
        last_outcome=failure.code,
        last_message=failure.sentence,
        last_poll_at=now,
    )
    wait, why = _wait(counted, failure, now)
    wait = max(wait, bounds(settings, source, conditional=_may_ask_often(counted)).floor)
    wait += int(wait * _JITTER * jitter)
    return replace(counted, due=next_open(now + timedelta(seconds=wait), state.schedule, jitter), due_reason=why)


def _may_ask_often(state: SourceState) -> bool:
    """A source that has never answered is not known to lack validators."""
    return state.last_success_at is None or state.validators is not None or state.target_validators is not None


def _wait(state: SourceState, failure: Failure, now: datetime) -> tuple[int, str]:
    times = "once" if state.failures == 1 else f"{state.failures} times in a row"
    if failure.asked is not None:
        return failure.asked, f"the source asked for {span(failure.asked)} (Retry-After)"
    first = state.first_failure_at or now
    if (now - first).total_seconds() >= DEAD_AFTER and failure.code in _DEADLY:
        return PROBE, f"{failure.code} for {span((now - first).total_seconds())}: asked once a month"
    wait = failure.rule.wait(state.failures)
    return wait, f"{failure.code} {times}: waits {span(wait)}"


_DEADLY = {FetchReason.NOT_FOUND.value, FetchReason.DNS_NOT_FOUND.value, FetchReason.CLIENT_ERROR.value}


def _held_back(
    settings: FetchSettings, state: SourceState, outcome: FetchFailed, now: datetime, jitter: float
) -> SourceState:
    """The host is blocked and nothing was sent: nothing happened to this source but a delay."""
    wait = retry_after(settings, outcome) or settings.min_interval
    return replace(state, due=now + timedelta(seconds=wait * (1 + 0.1 * jitter)), due_reason=outcome.detail)


def _gone(settings: FetchSettings, state: SourceState, outcome: FetchFailed, now: datetime) -> SourceState:
    """410: no more requests, unless a permanent redirect was seen before (PROTOCOL P-33)."""
    if state.sightings is not None:
        return replace(
            moved(state, state.sightings.target),
            due=now + timedelta(seconds=settings.min_interval),
            due_reason="the old url is gone; the new one it had pointed to is used",
        )
    gone = with_health(state, Health.GONE, now, why=outcome.detail, remedy=RULES[FetchReason.GONE].remedy)
    return replace(
        gone,
        failures=state.failures + 1,
        first_failure_at=state.first_failure_at or now,
        due=NEVER,
        due_reason="gone: asked again only when resumed",
    )


def _canary_done(state: SourceState, now: datetime) -> SourceState:
    """A canary that failed counts as sent: it is not repeated for another 30 days (PROTOCOL P-10)."""
    since = state.not_modified_since
    if since is None or (now - since).total_seconds() < MONTH:
        return state
    return replace(state, last_unconditional_at=now)


def with_health(state: SourceState, health: Health, now: datetime, *, why: str, remedy: str) -> SourceState:
    """The state with a health; `since` moves only when the health changes."""
    since = state.since if state.health is health and state.since is not None else now
    return replace(state, health=health, since=since, why=why, remedy=remedy)

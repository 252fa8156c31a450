"""The due time of a source that answered, and its reason in one phrase (PROTOCOL P-17 to P-24)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aggregator.model.config import FetchSettings
from aggregator.model.source import Source, SourceState
from aggregator.pacing import wishes
from aggregator.pacing.freshness import lifetime
from aggregator.pacing.leases import is_pushing, safety_interval
from aggregator.pacing.moves import holds_validators
from aggregator.pacing.rate import evenly, expected_unheard, learned, per_day, through_the_day
from aggregator.pacing.words import rate, span

_JITTER = 0.2
"""Of the interval, at most: due times spread although their intervals are equal."""
_MARKED = 1.2
"""From this ratio on the time of day is worth a word in the reason."""
_LOSS_REMEMBERED = timedelta(days=14)
_GROWTH = 1.25
_LOCAL_SECONDS = 60
"""A file below the feeds folder burdens nobody, and whoever edits it wants to see what comes of it."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Seconds: never sooner, never later. `why` says what makes `floor`."""

    floor: int
    ceiling: int
    why: str


def bounds(settings: FetchSettings, source: Source, *, conditional: bool) -> Bounds:
    """The operator's limits; a source without validators is a burden and asked once a day only (PROTOCOL P-20)."""
    floor = settings.min_interval if source.min_interval is None else source.min_interval
    why = f"no more often than every {span(floor)}"
    if not conditional and floor < settings.unconditional_interval:
        floor = settings.unconditional_interval
        why = f"no validators: once in {span(floor)}"
    ceiling = settings.max_interval if source.max_interval is None else source.max_interval
    return Bounds(floor, max(ceiling, floor + floor // 10), why)


def with_due(
    settings: FetchSettings,
    source: Source,
    state: SourceState,
    *,
    now: datetime,
    jitter: float,
    url: str,
    last: str,
    gap: bool,
) -> SourceState:
    """The state with its next due time.

    `url` is where the reply came from, `last` names the reply in the reason, `gap` says that entries may have been
    missed.
    """
    if "://" not in source.url:
        seconds = max(_LOCAL_SECONDS, source.min_interval or 0)
        why = f"a local file: looked at every {span(seconds)}"
        return replace(state, due=now + timedelta(seconds=seconds), due_reason=why, interval=seconds)
    limits = bounds(settings, source, conditional=holds_validators(state, url))
    least, why_least = _least(state, limits, now, last)
    interval, why = _wanted(settings, state, limits, now)
    if gap or _is_after_loss(state, now):
        interval, why = _shortened(state, interval, why, now, gap=gap)
    if interval <= least:
        interval, why = least, why_least
    interval = min(interval, limits.ceiling)
    due = _spread(now, interval, least, limits.ceiling, jitter)
    placed = wishes.next_open(_on_grid(due, state, limits, now), state.schedule, jitter)
    if placed != due:
        why = "the publisher's skipHours and skipDays" if _is_skipped(due, state) else "the publisher's sy:updateBase"
    return replace(state, due=placed, due_reason=why, interval=interval)


def without_hub(
    settings: FetchSettings, source: Source, state: SourceState, *, now: datetime, jitter: float
) -> SourceState:
    """The state of a source whose hub has just failed it: due when it would have been without one (PROTOCOL P-69)."""
    if state.last_poll_at is None or state.failures or "://" not in source.url:
        return state
    held = state.validators
    url = held.url if held is not None else state.url
    again = with_due(settings, source, state, now=state.last_poll_at, jitter=jitter, url=url, last="reply", gap=False)
    due = max(again.due, now)
    return replace(state, due=due, due_reason="its hub fails: polled as usual") if due < state.due else state


def _least(state: SourceState, limits: Bounds, now: datetime, last: str) -> tuple[int, str]:
    """The longest of all lower bounds, and whose it is."""
    candidates = [(limits.floor, limits.why)]
    fresh = lifetime(state.freshness, now)
    if fresh is not None:
        candidates.append((fresh[0], f"{fresh[1]} {span(fresh[0])} from the last {last}"))
    wish = wishes.shortest(state.schedule)
    if wish is not None:
        candidates.append((wish[0], f"{wish[1]} {span(wish[0])}"))
    seconds, why = max(candidates, key=lambda candidate: candidate[0])
    return (
        (seconds, why)
        if seconds <= limits.ceiling
        else (limits.ceiling, f"{why}, but at least every {span(limits.ceiling)}")
    )


def _wanted(settings: FetchSettings, state: SourceState, limits: Bounds, now: datetime) -> tuple[int, str]:
    """What the posting rate suggests, or a hub that delivers."""
    interval, why = _by_rate(settings, state, limits, now)
    if state.hub is not None and is_pushing(state.hub, now):
        return safety_interval(state.hub, interval, now), "its hub tells us; this is the safety poll"
    return interval, why


def _by_rate(settings: FetchSettings, state: SourceState, limits: Bounds, now: datetime) -> tuple[int, str]:
    if not state.entry_times:
        seconds = max(settings.default_interval, evenly(expected_unheard(state.since or now, now)))
        return min(seconds, limits.ceiling), "its posting rate is not known yet"
    expected = per_day(state.entry_times, now)
    seconds, usual = learned(expected, through_the_day(state.entry_times), now), evenly(expected)
    why = f"posts {rate(expected)}"
    if seconds > limits.ceiling:
        return limits.ceiling, f"{why}; at least every {span(limits.ceiling)}"
    if seconds > usual * _MARKED:
        why += ", seldom at this time of day"
    elif seconds * _MARKED < usual:
        why += ", mostly at this time of day"
    return seconds, why


def _is_after_loss(state: SourceState, now: datetime) -> bool:
    return state.possible_loss_at is not None and now - state.possible_loss_at < _LOSS_REMEMBERED


def _shortened(state: SourceState, interval: int, why: str, now: datetime, *, gap: bool) -> tuple[int, str]:
    """After a possible loss the interval is halved at once and grows back slowly (PROTOCOL P-24)."""
    if gap:
        elapsed = (now - state.last_poll_at).total_seconds() if state.last_poll_at is not None else state.interval
        limit = int(min(elapsed, state.interval) / 2)
    else:
        limit = int(state.interval * _GROWTH)
    return (limit, "entries may have been missed: asked more often") if limit < interval else (interval, why)


def _spread(now: datetime, interval: int, least: int, ceiling: int, jitter: float) -> datetime:
    """Never sooner than `least`; later than `ceiling` only by nothing."""
    width = int(interval * _JITTER)
    start = max(least, min(interval, ceiling - width))
    end = max(start, min(start + width, ceiling))
    return now + timedelta(seconds=start + (end - start) * jitter)


def _on_grid(due: datetime, state: SourceState, limits: Bounds, now: datetime) -> datetime:
    point = wishes.aligned(due, state.schedule)
    return point if point <= now + timedelta(seconds=limits.ceiling) else due


def _is_skipped(due: datetime, state: SourceState) -> bool:
    return due.hour in wishes.skipped_hours(state.schedule) or due.weekday() in wishes.skipped_days(state.schedule)

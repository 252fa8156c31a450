"""Keeps the schedule in step with what is declared: new sources, paused ones, ones no longer declared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from aggregator.model.ids import SourceId
from aggregator.model.source import Health, Source, SourceState
from aggregator.store.store import Store

PAUSED = "paused by the operator"
UNDECLARED = "no longer declared"
_MERGED = "moved for good to where "


def align_states(store: Store, sources: Sequence[Source], now: datetime) -> dict[SourceId, SourceId]:
    """Give new sources a state, pause and resume as declared; states of undeclared sources are kept but rest.

    Returns the sources that rest because they have moved to the url of another one, which is polled for both.
    """
    store.states.ensure(sources, now)
    declared = {source.id: source for source in sources}
    states = store.states.all()
    merged = _merged(states, declared)
    for state in states:
        source = declared.get(state.source_id)
        wanted = _aligned(state, source, merged.get(state.source_id), now)
        if wanted is not state:
            store.states.save(wanted)
    return merged


def _merged(states: Sequence[SourceState], declared: Mapping[SourceId, Source]) -> dict[SourceId, SourceId]:
    """Which sources have moved to a url that another one is declared and polled at (PROTOCOL P-28).

    Only where both would read the same of it: not a page by selectors of its own, nor a private source for a public one.
    """
    alike = [
        (state, source)
        for state in states
        if (source := declared.get(state.source_id)) and not source.paused and source.page is None
    ]
    at_home = {(state.url, source.private): state.source_id for state, source in alike if state.url == source.url}
    moved = ((state, source) for state, source in alike if state.url != source.url)
    return {
        state.source_id: at_home[state.url, source.private]
        for state, source in moved
        if (state.url, source.private) in at_home
    }


def _aligned(state: SourceState, source: Source | None, merged: SourceId | None, now: datetime) -> SourceState:
    if source is None:
        return state if state.why == UNDECLARED else _paused(state, UNDECLARED, now)
    if source.paused:
        return state if state.health is Health.PAUSED and state.why == PAUSED else _paused(state, PAUSED, now)
    if merged is not None:
        why = f"{_MERGED}{merged} is polled"
        return state if state.health is Health.PAUSED and state.why == why else _paused(state, why, now)
    if state.health is Health.PAUSED and (state.why in {PAUSED, UNDECLARED} or state.why.startswith(_MERGED)):
        return replace(state, health=Health.HEALTHY, since=now, why="", remedy="", due=now, due_reason="resumed")
    return state


def _paused(state: SourceState, why: str, now: datetime) -> SourceState:
    if why.startswith(_MERGED):
        remedy = "none is needed: what comes there counts as its own"
    else:
        remedy = "declare it again" if why == UNDECLARED else f"`aggregator sources resume {state.source_id}`"
    return replace(state, health=Health.PAUSED, since=now, why=why, remedy=remedy)

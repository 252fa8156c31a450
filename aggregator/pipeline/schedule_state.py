"""Keeps the schedule in step with what is declared: new sources, paused ones, ones no longer declared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from aggregator.model.source import Health, Source, SourceState
from aggregator.store.store import Store

PAUSED = "paused by the operator"
UNDECLARED = "no longer declared"


def align_states(store: Store, sources: Sequence[Source], now: datetime) -> None:
    """Give new sources a state, pause and resume as declared; states of undeclared sources are kept but rest."""
    store.states.ensure(sources, now)
    declared = {source.id: source for source in sources}
    for state in store.states.all():
        source = declared.get(state.source_id)
        wanted = _aligned(state, source, now)
        if wanted is not state:
            store.states.save(wanted)


def _aligned(state: SourceState, source: Source | None, now: datetime) -> SourceState:
    if source is None:
        return state if state.why == UNDECLARED else _paused(state, UNDECLARED, now)
    if source.paused:
        return state if state.health is Health.PAUSED and state.why == PAUSED else _paused(state, PAUSED, now)
    if state.health is Health.PAUSED and state.why in {PAUSED, UNDECLARED}:
        return replace(state, health=Health.HEALTHY, since=now, why="", remedy="", due=now, due_reason="resumed")
    return state


def _paused(state: SourceState, why: str, now: datetime) -> SourceState:
    remedy = "declare it again" if why == UNDECLARED else f"`aggregator sources resume {state.source_id}`"
    return replace(state, health=Health.PAUSED, since=now, why=why, remedy=remedy)

"""Inbound feeds: list, show, pause, resume, remove, export."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aggregator.errors import UsageError
from aggregator.model.source import Declared, Health, HubLease, Source, SourceState
from aggregator.pipeline.history import history_of
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.reports import Row
from aggregator.pipeline.schedule_state import PAUSED
from aggregator.publish.opml import write_sources
from aggregator.store.records import SourceOverlay
from aggregator.text.urls import redact

OPERATOR = "operator"


def list_sources(instance: Instance) -> list[Row]:
    """A row for each source, in the order of their ids."""
    states = {state.source_id: state for state in instance.store.states.all()}
    counts = instance.store.articles.counts()
    return [
        _row(source, states.get(source.id), counts.get(source.id, 0))
        for source in sorted(instance.sources.values(), key=lambda source: source.id)
    ]


def show_source(instance: Instance, name: str) -> dict[str, Any]:
    """Everything about one source: what is declared, what was learnt, when it is due and why."""
    source = instance.source(name)
    state = instance.store.states.get(source.id)
    row = dict(_row(source, state, instance.store.articles.counts().get(source.id, 0)))
    row["settings"] = _settings(source)
    if state is not None:
        row |= _learnt(state)
        row["history"] = history_of(instance, source.id)
    return row


def _row(source: Source, state: SourceState | None, articles: int) -> Row:
    return {
        "id": source.id,
        "state": state.health if state else "new",
        "due": state.due if state else None,
        "due_reason": state.due_reason if state else "",
        "articles": articles,
        "last_outcome": state.last_outcome if state else "",
        "declared": source.declared,
        "title": source.title or (state.feed_title if state else ""),
        "url": "(private)" if source.private else redact(source.url),
        "tags": source.tags,
    }


def _settings(source: Source) -> dict[str, Any]:
    """The declared settings that differ from the defaults; secrets are references and stay such."""
    default = Source(id=source.id, url=source.url)
    names = [name for name in Source.__dataclass_fields__ if getattr(source, name) != getattr(default, name)]
    return {name: getattr(source, name) for name in names if name not in {"id", "url"}}


def _learnt(state: SourceState) -> dict[str, Any]:
    return {
        "since": state.since,
        "why": state.why,
        "remedy": state.remedy,
        "last_poll_at": state.last_poll_at,
        "last_success_at": state.last_success_at,
        "last_message": state.last_message,
        "failures": state.failures,
        "interval_seconds": state.interval,
        "polled_at_url": redact(state.url),
        "former_urls": [redact(url) for url in state.aliases],
        "validators": state.validators and {"etag": state.validators.etag, "modified": state.validators.last_modified},
        "entries_in_document": len(state.window),
        "identity_rung": state.identity_rung,
        "quirks": state.quirks,
        "possible_loss_at": state.possible_loss_at,
        "hub": _subscription(state.hub) if state.hub else None,
    }


def _subscription(lease: HubLease) -> dict[str, Any]:
    """Where a WebSub subscription stands; its callback and its secret are nobody's business."""
    return {
        "hub": redact(lease.hub),
        "topic": redact(lease.topic),
        "state": lease.state,
        "since": lease.since,
        "why": lease.why,
        "expires_at": lease.expires_at,
        "renew_at": lease.renew_at,
        "last_delivery_at": lease.last_delivery_at,
    }


def pause_source(instance: Instance, name: str, why: str) -> None:
    """Stop polling a source; it stays declared."""
    _overlay(instance, instance.source(name), paused=True, why=why)


def resume_source(instance: Instance, name: str) -> None:
    """Poll a source again that was paused, or that is gone. Raises UsageError where another one is polled for it."""
    source = instance.source(name)
    for other in instance.sources.values():
        if source.id in other.stands_for:
            raise UsageError(f"{name} has moved to where {other.id} is polled: pause or remove {other.id} first")
    _overlay(instance, source, paused=False, why="")
    state = instance.store.states.get(source.id)
    if state is not None and state.health in {Health.GONE, Health.PAUSED}:
        now = instance.clock()
        healthy = replace(state, health=Health.HEALTHY, since=now, why="", remedy="", failures=0, first_failure_at=None)
        instance.store.states.save(replace(healthy, due=now, due_reason="resumed by the operator"))


def _overlay(instance: Instance, source: Source, *, paused: bool, why: str) -> None:
    overlay = SourceOverlay(source_id=source.id, paused=paused, who=OPERATOR, why=why or PAUSED, at=instance.clock())
    instance.store.sources.overlay(overlay)
    instance.refresh()


def remove_source(instance: Instance, name: str) -> None:
    """Forget a source that a command added. Raises UsageError for one that a file declares."""
    source = instance.source(name)
    if source.declared is Declared.FILE:
        raise UsageError(f"{name} is declared in a file: take it out there, or `aggregator sources pause {name}`")
    instance.store.sources.remove(source.id)
    instance.refresh()


def export_opml(instance: Instance) -> str:
    """The public sources as OPML 2.0."""
    titles = {state.source_id: state.feed_title for state in instance.store.states.all()}
    sources = sorted(instance.sources.values(), key=lambda source: source.id)
    return write_sources(instance.site, sources, titles, instance.clock()).decode()

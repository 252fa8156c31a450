"""Health of sources, queue, storage and outputs."""

from __future__ import annotations

from typing import Any

from aggregator.model.source import Health
from aggregator.pipeline.instance import Instance


def status_of(instance: Instance) -> dict[str, Any]:
    """Counts of everything, and each source that is not well with what would help."""
    status = instance.store.status(instance.clock())
    unwell = [state for state in instance.store.states.all() if state.health is not Health.HEALTHY]
    return {
        "database": status.url,
        "schema": status.schema,
        "bytes": status.bytes,
        "sources": status.sources,
        "due": status.due,
        "next_due": status.next_due,
        "health": dict(status.by_health),
        "articles": status.articles,
        "withdrawn": status.withdrawn,
        "waiting_for_the_matcher": status.unmatched,
        "stories": status.stories,
        "listed": status.listed,
        "topics": len(instance.topics),
        "output": instance.config.output.folder,
        "unwell": [
            {
                "id": state.source_id,
                "state": state.health,
                "since": state.since,
                "why": state.why,
                "remedy": state.remedy,
            }
            for state in unwell
        ],
    }

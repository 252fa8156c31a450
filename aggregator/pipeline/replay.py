"""Apply changed rules to what is stored."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aggregator.pipeline.durations import span
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.match import MatcherCell, match_new
from aggregator.pipeline.select import Selector

_EVER = datetime(1970, 1, 1, tzinfo=UTC)


def replay(instance: Instance, *, topic: str | None, since: str | None, relist: bool) -> dict[str, Any]:
    """Select again from stored articles; what was once listed stays listed unless `relist`.

    Raises UsageError for unknown topics and spans that cannot be read. Publish afterwards.
    """
    for _ in match_new(instance, MatcherCell()):
        pass  # what is new has to be matched before it can be selected
    topics = [instance.topic(topic)] if topic else list(instance.topics.values())
    start = instance.clock() - span(since) if since else _EVER
    return {"topics": Selector(instance).replay(topics, start, relist=relist)}

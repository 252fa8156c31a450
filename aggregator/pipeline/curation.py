"""An editor's acts: logged, undone, listed. Selection applies them; nothing else changes a topic by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from aggregator.errors import UsageError
from aggregator.model.topic import Override, OverrideKind, SelectionState
from aggregator.pipeline.articles import OPERATOR, find_article
from aggregator.pipeline.durations import span
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.reports import Row


def act(
    instance: Instance,
    kind: str,
    topic: str,
    article: str,
    why: str,
    *,
    until: str | None = None,
    values: Mapping[str, str | None],
) -> int:
    """Log an act; returns its number. Raises UsageError for topics, articles or dates that do not exist."""
    stored = find_article(instance, article)
    changes = tuple((name, value) for name, value in values.items() if value)
    if kind == OverrideKind.EDIT and not {"title", "summary"} & dict(changes).keys():
        raise UsageError("an edit needs --title or --summary")
    logged = instance.store.overrides.append(
        Override(
            id=0,
            kind=OverrideKind(kind),
            topic=instance.topic(topic).slug,
            article_id=stored.article.id,
            story_id=stored.story_id,
            who=OPERATOR,
            at=instance.clock(),
            why=why,
            until=_until(instance, until),
            values=changes,
        )
    )
    return logged.id


def _until(instance: Instance, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return instance.clock() + span(text)


def undo_act(instance: Instance, number: int, why: str) -> None:
    """Take an act back. Raises UsageError where there is none of that number, or it is undone already."""
    if instance.store.overrides.undo(number, who=OPERATOR, at=instance.clock(), why=why) is None:
        raise UsageError(f"no act {number} is in force: see `aggregator curate log`")


def act_log(instance: Instance, topic: str | None, limit: int) -> list[Row]:
    """The latest acts first."""
    slug = instance.topic(topic).slug if topic else None
    return [
        {
            "id": entry.id,
            "kind": entry.kind,
            "topic": entry.topic,
            "article": entry.article_id,
            "who": entry.who,
            "at": entry.at,
            "until": entry.until,
            "why": entry.why,
            "values": dict(entry.values),
            "undone_by": entry.undone_by,
        }
        for entry in instance.store.overrides.log(topic=slug, limit=limit)
    ]


def pending(instance: Instance, topic: str) -> list[Row]:
    """What waits for approval in a topic."""
    selections = instance.store.selections.of_topic(instance.topic(topic).slug, [SelectionState.PENDING])
    stored = instance.store.articles.many(one.article_id for one in selections)
    return [
        {
            "id": one.article_id,
            "source": stored[one.article_id].article.source_id,
            "published": stored[one.article_id].article.published,
            "title": stored[one.article_id].article.title,
        }
        for one in selections
        if one.article_id in stored
    ]

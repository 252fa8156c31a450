"""Curated outbound feeds: list them, and what each lists."""

from __future__ import annotations

from aggregator.model.topic import SelectionState
from aggregator.pipeline.addresses import url_of
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.reports import Row


def list_topics(instance: Instance) -> list[Row]:
    """A row for each topic, in the order of the configuration."""
    counts = instance.store.selections.counts()
    rows: list[Row] = []
    for topic in instance.topics.values():
        editions = instance.store.selections.of_topic(topic.slug, [SelectionState.LISTED], limit=1)
        rows.append(
            {
                "id": topic.slug,
                "title": topic.title,
                "query": topic.query,
                "items": counts.get((topic.slug, SelectionState.LISTED), 0),
                "pending": counts.get((topic.slug, SelectionState.PENDING), 0),
                "rejected": counts.get((topic.slug, SelectionState.REJECTED), 0),
                "newest": editions[0].listed_at if editions else None,
                "order": topic.order,
                "mode": topic.mode,
                "formats": topic.formats,
                "private": topic.private,
                "url": url_of(instance, topic),
            }
        )
    return rows


def show_topic(instance: Instance, name: str, limit: int) -> list[Row]:
    """What a topic lists, best first."""
    topic = instance.topic(name)
    selections = instance.store.selections.of_topic(topic.slug, [SelectionState.LISTED], limit=limit)
    stored = instance.store.articles.many(one.article_id for one in selections)
    return [
        {
            "id": one.article_id,
            "story": one.story_id,
            "state": one.state,
            "listed": one.listed_at,
            "source": stored[one.article_id].article.source_id,
            "policy": one.reason.verdict.policy if one.reason.verdict else None,
            "title": stored[one.article_id].article.title,
            "url": stored[one.article_id].article.url,
            "score": one.reason.score,
            "reason": one.reason.sentence,
            "pinned_until": one.pinned_until,
        }
        for one in selections
        if one.article_id in stored
    ]

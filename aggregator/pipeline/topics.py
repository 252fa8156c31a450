"""Curated outbound feeds: list them, and what each lists."""

from __future__ import annotations

from aggregator.errors import UsageError
from aggregator.model.topic import SelectionState, Topic
from aggregator.pipeline.addresses import url_of
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.ledger import open_sink
from aggregator.pipeline.marks import PUBLISHED_STAMP
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


def renew_token(instance: Instance, name: str) -> Row:
    """Give a private topic another path: the former one ends at once, with all that stands there.

    Raises UsageError for an unknown or public topic, OutputError where the output cannot be written.
    """
    topic = _private(instance, name)
    for token in instance.store.tokens.of_topic(topic.slug):
        open_sink(instance).write((), within=(token.token,))
        instance.store.tokens.revoke(token.token, instance.clock())
    instance.store.facts.remove(PUBLISHED_STAMP)
    return show_token(instance, name)


def show_token(instance: Instance, name: str) -> Row:
    """Where a private topic stands. Raises UsageError for an unknown or public topic."""
    topic = _private(instance, name)
    return {"id": topic.slug, "url": url_of(instance, topic), "formats": topic.formats}


def _private(instance: Instance, name: str) -> Topic:
    topic = instance.topic(name)
    if not topic.private:
        raise UsageError(f"the topic {name!r} is public; `private = true` in its table gives it a path of its own")
    return topic

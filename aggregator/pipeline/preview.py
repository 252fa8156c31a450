"""What a query would select from what is stored; nothing is changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from aggregator.curate.match import TopicMatcher
from aggregator.model.article import Article
from aggregator.model.ids import ArticleId, TopicSlug
from aggregator.model.topic import SelectionState, Topic
from aggregator.pipeline.clock import top_of_hour
from aggregator.pipeline.durations import span
from aggregator.pipeline.instance import Instance

_PREVIEW = TopicSlug("preview")


def preview(instance: Instance, query: str, *, since: str, limit: int) -> dict[str, Any]:
    """The articles that a query, or the query of a topic, fits; for a topic also what is listed and no longer fits.

    Raises QuerySyntaxError, and UsageError for a span that cannot be read.
    """
    known = instance.topics.get(TopicSlug(query))
    topic = known or Topic(slug=_PREVIEW, title="Preview", query=query)
    now = instance.clock()
    found = list(_matching(instance, topic, since))
    listed = instance.store.selections.of_topic(topic.slug, [SelectionState.LISTED]) if known else ()
    named = {one.article_id for one in listed}
    matched = {article.id for article in found}
    newest = sorted(found, key=lambda article: (-article.when.timestamp(), article.id))
    return {
        "query": topic.query,
        "since": now - span(since),
        "articles": len(found),
        "stories": len({story.id for story in instance.store.stories.for_articles(matched).values()}),
        "by_source": dict(Counter(str(article.source_id) for article in found).most_common()),
        "by_day": dict(sorted(Counter(f"{article.when:%Y-%m-%d}" for article in found).items())),
        "would_enter": sum(name not in named for name in matched) if known else None,
        "no_longer_matching": _unmatched(instance, named - matched) if known else None,
        "newest": [
            {"id": article.id, "source": article.source_id, "published": article.when, "title": article.title}
            for article in newest[:limit]
        ],
    }


def _matching(instance: Instance, topic: Topic, since: str) -> Iterator[Article]:
    others = [one for one in instance.topics.values() if one.slug != topic.slug]
    matcher = TopicMatcher(
        [topic, *others], saved=dict(instance.config.saved_queries), lists=dict(instance.config.lists)
    )
    now = instance.clock()
    hour = top_of_hour(now)
    for batch in instance.store.articles.between(now - span(since), now):
        for stored in batch:
            source = instance.sources.get(stored.article.source_id)
            if not stored.withdrawn and any(
                match.topic == topic.slug for match in matcher.match(stored.article, source, hour)
            ):
                yield stored.article


def _unmatched(instance: Instance, names: set[ArticleId]) -> list[dict[str, Any]]:
    """Listed articles that the query does not fit (any more): by hand, by an older query, or older than the span."""
    stored = instance.store.articles.many(names)
    return [{"id": name, "title": stored[name].article.title} for name in sorted(names) if name in stored]

"""Which listed items need another article to stand for their story."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aggregator.model.article import Article
from aggregator.model.ids import ArticleId
from aggregator.model.topic import Selection, SelectionState, Topic
from aggregator.pipeline.instance import Instance


def left_behind(
    instance: Instance, topic: Topic, current: Iterable[Selection], articles: Mapping[ArticleId, Article]
) -> list[Selection]:
    """Listed selections that show an article of a source declared no more, where a declared one has the story too."""
    if not topic.dedupe:
        return []
    orphans = [
        one
        for one in current
        if one.state is SelectionState.LISTED
        and one.article_id in articles
        and articles[one.article_id].source_id not in instance.sources
    ]
    stories = instance.store.stories.many(one.story_id for one in orphans) if orphans else {}
    return [
        one
        for one in orphans
        if one.story_id in stories and any(m.source_id in instance.sources for m in stories[one.story_id].members)
    ]

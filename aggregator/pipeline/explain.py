"""Why an article is, or is not, in a topic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aggregator.curate.explain import Explanation, explain_article
from aggregator.model.article import StoredArticle
from aggregator.model.topic import Topic
from aggregator.pipeline.articles import find_article
from aggregator.pipeline.clock import top_of_hour
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.links import links_between
from aggregator.pipeline.select import Selector


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One topic's answer, for people and for programs."""

    lines: tuple[str, ...]
    as_json: dict[str, Any]


def why(instance: Instance, name: str, topic: str | None) -> list[Answer]:
    """The explanation for one topic, or for each. Raises UsageError for unknown articles and topics."""
    stored = find_article(instance, name)
    topics = [instance.topic(topic)] if topic else list(instance.topics.values())
    selector = Selector(instance)
    selector.prepare()
    return [_answer(_explained(instance, selector, one, stored)) for one in topics]


def _answer(explanation: Explanation) -> Answer:
    return Answer(lines=tuple(explanation.lines()), as_json=explanation.as_dict())


def _explained(instance: Instance, selector: Selector, topic: Topic, stored: StoredArticle) -> Explanation:
    store, article, now = instance.store, stored.article, instance.clock()
    hour = top_of_hour(now)
    source = instance.sources.get(article.source_id)
    story = store.stories.for_articles([article.id]).get(article.id)
    links = links_between(instance, [article.id])
    named = {name for link in links for name in (link.article_id, link.other_id)}
    members = store.articles.many(named.union(member.article_id for member in story.members) if story else named)
    return explain_article(
        topic,
        article,
        clauses=selector.matcher.explain(topic.slug, article, source, hour),
        selection=store.selections.get(topic.slug, story.id) if story else None,
        matched=any(match.topic == topic.slug for match in selector.matcher.match(article, source, hour)),
        story=story,
        links=links,
        articles={name: one.article for name, one in members.items()},
        overrides=store.overrides.active(now, topic.slug),
        verdict=selector.verdict(article, topic, now),
        hour=hour,
    )

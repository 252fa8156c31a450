"""What a topic lists as an edition: the store's articles, stories, acts and verdicts, handed to curation."""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.curate.edition import build_edition
from aggregator.curate.identity import published_id
from aggregator.dedupe.stories import alone
from aggregator.model.article import Article
from aggregator.model.edition import Edition
from aggregator.model.ids import ArticleId, StoryId
from aggregator.model.story import Story
from aggregator.model.topic import Selection, SelectionState, Topic
from aggregator.pipeline.addresses import path_of
from aggregator.pipeline.coverage import related
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.select import Selector
from aggregator.store.records import IdWish


def edition_of(
    instance: Instance, selector: Selector, topic: Topic, selections: Sequence[Selection] | None = None
) -> Edition:
    """What the topic lists now, or these selections of it, ready for the writers."""
    now = instance.clock()
    if selections is None:
        selections = instance.store.selections.of_topic(topic.slug, [SelectionState.LISTED])
    articles, stories = _shelf(instance, topic, selections)
    return build_edition(
        instance.site,
        topic,
        selections=selections,
        stories=stories,
        articles=articles,
        now=now,
        sources=instance.sources,
        overrides=instance.store.overrides.active(now, topic.slug),
        verdicts={
            one.article_id: selector.verdict(articles[one.article_id], topic, now)
            for one in selections
            if one.article_id in articles
        },
        licences=selector.stated,
        cadence=instance.config.output.cadence,
        publish_emails=instance.config.policy.publish_emails,
        path=path_of(instance, topic),
        related=related(instance, stories, articles) if topic.dedupe else {},
    )


def _shelf(
    instance: Instance, topic: Topic, selections: Sequence[Selection]
) -> tuple[dict[ArticleId, Article], dict[StoryId, Story]]:
    """The listed stories with their published ids, and the articles of all their members."""
    store = instance.store
    shown = {one.article_id for one in selections}
    of_article = store.stories.for_articles(shown)
    members = {m.article_id for story in of_article.values() for m in story.members} if topic.dedupe else set()
    stored = store.articles.many(shown | members)
    articles = {name: one.article for name, one in stored.items() if not one.withdrawn}
    listed = {
        one.story_id: (of_article[one.article_id], articles[one.article_id])
        for one in selections
        if one.article_id in of_article and one.article_id in articles
    }
    if not topic.dedupe:
        return articles, {name: alone(story, article.id) for name, (story, article) in listed.items()}
    nameless = [_wish(instance, story, article) for story, article in listed.values() if story.published_id is None]
    named = store.stories.assign_published_ids(nameless)
    return articles, {name: named.get(story.id, story) for name, (story, _) in listed.items()}


def _wish(instance: Instance, story: Story, article: Article) -> IdWish:
    """The ids that a story may get from the article it is shown by (PROTOCOL B-21, B-24)."""
    authority = instance.site.tag_authority
    first = published_id(article, authority)
    second = published_id(article, authority, taken=[first])
    third = published_id(article, authority, taken=[first, second])
    return IdWish(story_id=story.id, candidates=tuple(dict.fromkeys([first, second, third])), article_id=article.id)

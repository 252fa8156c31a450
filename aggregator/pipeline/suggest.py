"""Pairs of stories that may be one, for an operator to judge: nothing is stored, and nothing joined."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aggregator.dedupe.embedding import is_installed, load_embedder
from aggregator.dedupe.original import shown
from aggregator.dedupe.suggest import Embedder, Headline, Suggestion, suggest, worth_asking
from aggregator.errors import UsageError
from aggregator.model.article import Article
from aggregator.model.ids import ArticleId, StoryId
from aggregator.model.story import Story, Verdict
from aggregator.pipeline.durations import span
from aggregator.pipeline.instance import Instance

MISSING = "suggestions need the extra embeddings: install aggregator with [embeddings]."
MOST = 2000
"""Articles of the span that are looked at, the newest."""


def suggest_stories(
    instance: Instance, since: str, limit: int, embedder: Embedder | None = None
) -> list[dict[str, Any]]:
    """The pairs most alike among the newest articles of a span.

    Raises UsageError where the extra is missing and no `embedder` is given, or the span cannot be read.
    """
    start = instance.clock() - span(since)
    if embedder is None and not is_installed():
        raise UsageError(MISSING)
    newest = instance.store.articles.page(since=start, withdrawn=False, limit=MOST)
    stories = instance.store.stories.many(stored.story_id for stored in newest if stored.story_id)
    headlines = worth_asking(_headlines(instance, stories.values()))
    if len(headlines) < 2:
        return []
    vectors = (embedder or load_embedder())([headline.title for headline in headlines])
    pairs = suggest(headlines, vectors, _split(instance, stories.values()))
    return [_row(pair) for pair in pairs[:limit]]


def _headlines(instance: Instance, stories: Iterable[Story]) -> list[Headline]:
    stories = sorted(stories, key=lambda story: story.id)
    members = instance.store.articles.many(member.article_id for story in stories for member in story.members)
    at_hand = {name: one.article for name, one in members.items() if not one.withdrawn}
    named = ((story, shown(story, at_hand)) for story in stories if not story.digest)
    return [_headline(story, at_hand[name]) for story, name in named if name is not None]


def _headline(story: Story, article: Article) -> Headline:
    return Headline(
        story_id=story.id,
        article_id=article.id,
        source_ids=frozenset(member.source_id for member in story.members),
        language=article.language.tag.partition("-")[0].lower(),
        title=article.title,
        text=max(article.text, article.summary, key=len),
        at=article.when,
    )


def _split(instance: Instance, stories: Iterable[Story]) -> set[frozenset[StoryId]]:
    """Pairs of stories that an operator keeps apart."""
    home: dict[ArticleId, StoryId] = {member.article_id: story.id for story in stories for member in story.members}
    return {
        frozenset((home[word.article_id], home[word.other_id]))
        for word in instance.store.stories.verdicts()
        if word.verdict == Verdict.SPLIT and word.article_id in home and word.other_id in home
    }


def _row(pair: Suggestion) -> dict[str, Any]:
    row: dict[str, Any] = {"cosine": pair.cosine}
    for name, headline in (("first", pair.first), ("second", pair.second)):
        row |= {
            name: headline.article_id,
            f"{name}_title": headline.title,
            f"{name}_language": headline.language,
            f"{name}_sources": headline.source_ids,
            f"{name}_story": headline.story_id,
        }
    return row

"""Which stories tell of one event: noted while matching, shown as "also reported by"; it never joins or hides anything.

The groups live in memory. After a restart they are derived again from the newest stored stories.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from aggregator.dedupe.coverage import Coverage, Report
from aggregator.dedupe.original import shown
from aggregator.model.article import Article
from aggregator.model.ids import ArticleId, SourceId, StoryId
from aggregator.model.story import Story
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.links import Led

REMEMBERED = 2000
"""Articles that a restart looks back on, at most."""
SPAN = timedelta(days=7)
"""How far a restart looks back."""
LOOKED_AT = 12
"""Stories of an event that are looked at for other publishers, the oldest."""
NAMED = 5
"""Other publishers that an item names, at most."""


def load_coverage(instance: Instance, last_sequence: int) -> Coverage:
    """The groups as far as the newest articles up to a sequence tell."""
    store, coverage = instance.store, Coverage()
    oldest = instance.clock() - SPAN
    firsts: dict[StoryId, Article] = {}
    for one in store.articles.since(max(0, last_sequence - REMEMBERED), REMEMBERED):
        recent = one.sequence <= last_sequence and one.article.first_seen >= oldest
        if recent and one.story_id is not None and not one.withdrawn:
            firsts.setdefault(one.story_id, one.article)
    stories = store.stories.many(firsts)
    coverage.load([_report(stories[name], first) for name, first in firsts.items() if name in stories])
    return coverage


def covered(
    instance: Instance,
    coverage: Coverage,
    stories: Sequence[Story],
    *,
    led: Sequence[Led],
    known: Collection[StoryId],
    ended: Collection[StoryId],
    articles: Mapping[ArticleId, Article],
) -> tuple[Story, ...]:
    """The stories of a batch with the event they tell of, followed by stored ones that others have just joined there.

    `led` are link posts and what they are about; `known` were stored before; `ended` were absorbed in this batch.
    `articles` are those of the batch.
    """
    begun = [
        (story, articles[story.members[0].article_id])
        for story in stories
        if story.id not in known and not story.digest and story.members[0].article_id in articles
    ]
    groups = dict(coverage.add([_report(*pair) for pair in begun], {link.story.id for link in led}))
    for link in led:
        one, other = link.story, link.other
        held, others = groups.get(one.id, one.coverage), groups.get(other.id, other.coverage)
        groups.update(coverage.follow(one.id, held, other.id, others))
    if not groups:
        return tuple(stories)
    here = {story.id for story in stories}
    older = instance.store.stories.many(groups.keys() - here - set(ended))
    every = (*stories, *(older[name] for name in sorted(older)))
    return tuple(replace(one, coverage=groups[one.id]) if one.id in groups else one for one in every)


def _report(story: Story, first: Article) -> Report:
    return Report(
        story_id=story.id,
        at=first.when,
        title=first.title,
        text=max(first.text, first.summary, key=len),
        coverage=story.coverage,
    )


def related(
    instance: Instance, stories: Mapping[StoryId, Story], articles: Mapping[ArticleId, Article]
) -> dict[StoryId, tuple[Article, ...]]:
    """For each of these stories: how other publishers tell of its event, the first to do so first.

    `stories` by the name they are listed under; `articles` holds their members.
    """
    events = {one.coverage for one in stories.values() if one.coverage}
    groups = instance.store.stories.of_coverages(events, LOOKED_AT)
    others = [story for group in groups.values() for story in group]
    stored = instance.store.articles.many(_shown_first(others))
    at_hand = {name: one.article for name, one in stored.items() if not one.withdrawn}
    return {
        story.id: tuple(_told_elsewhere(story, groups[story.coverage], at_hand, articles))
        for story in stories.values()
        if story.coverage in groups
    }


def _shown_first(stories: Iterable[Story]) -> set[ArticleId]:
    """The members that may stand for the stories: enough of them for when one was withdrawn."""
    return {member.article_id for story in stories for member in story.members[:2]}


def _told_elsewhere(
    story: Story, group: Sequence[Story], at_hand: Mapping[ArticleId, Article], articles: Mapping[ArticleId, Article]
) -> Iterable[Article]:
    named: set[SourceId] = {member.source_id for member in story.members if member.article_id in articles}
    left = NAMED
    names = (shown(other, at_hand) for other in group if other.id != story.id)
    others = (at_hand[name] for name in names if name is not None)
    for article in sorted(others, key=lambda one: (one.when, one.url, one.id)):
        if article.source_id in named or not left:
            continue
        named.add(article.source_id)
        left -= 1
        yield article

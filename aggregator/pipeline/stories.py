"""Stories: show them, and carry out the operator's word on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aggregator.dedupe.matcher import Match
from aggregator.dedupe.stories import Ruling, apply, prefer, rulings_of, split
from aggregator.errors import UsageError
from aggregator.model.article import StoredArticle
from aggregator.model.ids import ArticleId, StoryId
from aggregator.model.story import Edge, Story, Tie, Verdict
from aggregator.model.topic import Override, OverrideKind
from aggregator.pipeline.articles import find_article
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.links import links_between
from aggregator.store.records import StoredVerdict

OPERATOR = "operator"


def show_story(instance: Instance, name: str) -> dict[str, Any]:
    """A story with its members, their ties and scores, the evidence for the original, and the links to other stories."""
    story = _named(instance, name)
    links = links_between(instance, (member.article_id for member in story.members))
    ends = (name for link in links for name in (link.article_id, link.other_id))
    stored = instance.store.articles.many((*(member.article_id for member in story.members), *ends))
    return {
        "id": story.id,
        "published_id": story.published_id,
        "original": story.original,
        "original_known": story.original_known,
        "preferred": story.preferred,
        "coverage": story.coverage,
        "evidence": story.origin_evidence,
        "members": [
            {
                "id": member.article_id,
                "source": member.source_id,
                "title": _title(stored, member.article_id),
                "withdrawn": stored[member.article_id].withdrawn if member.article_id in stored else True,
                "tie": member.tie,
                "joined_at": member.joined_at,
                "edge": member.edge,
            }
            for member in story.members
        ],
        "links": [
            {
                "from": _title(stored, link.article_id),
                "to": _title(stored, link.other_id),
                "edge": link,
            }
            for link in links
        ],
    }


def _title(stored: Mapping[ArticleId, StoredArticle], name: ArticleId) -> str:
    return stored[name].article.title if name in stored else ""


def _named(instance: Instance, name: str) -> Story:
    story = instance.store.stories.get(StoryId(name))
    return story or _story_of(instance, find_article(instance, name))


def _story_of(instance: Instance, stored: StoredArticle) -> Story:
    found = instance.store.stories.for_articles([stored.article.id]).get(stored.article.id)
    if found is None:
        raise UsageError(f"{stored.article.id} is in no story yet: `aggregator poll` matches it")
    return found


def split_article(instance: Instance, name: str, why: str) -> tuple[StoryId, StoryId]:
    """Part an article from the rest of its story; returns the story that keeps the id, and the new one."""
    article = find_article(instance, name).article.id
    story = _story_of(instance, find_article(instance, name))
    now = instance.clock()
    try:
        kept, new = split(story, article, now)
    except ValueError as error:
        raise UsageError(f"{article} is the only article of {story.id}: there is nothing to split it from") from error
    with instance.store.transaction():
        for ruling in rulings_of(story, article):
            instance.store.stories.judge(_verdict(instance, ruling, why))
        instance.store.stories.save([kept, new])
        _log(instance, OverrideKind.SPLIT, article, story.id, why)
    return kept.id, new.id


def join_articles(instance: Instance, name: str, other: str, why: str) -> StoryId:
    """Make two articles members of one story; returns it."""
    one, two = find_article(instance, name).article, find_article(instance, other).article
    if one.id == two.id:
        raise UsageError("an article cannot be joined to itself: name two different ones")
    ruling = Ruling(one=one.id, other=two.id, verdict=Verdict.CONFIRM)
    edge = Edge(article_id=one.id, other_id=two.id, tie=Tie.OPERATOR, rule="confirmed")
    match = Match(
        article_id=one.id,
        source_id=one.source_id,
        seen_at=instance.clock(),
        tie=Tie.OPERATOR,
        story_of=two.id,
        edges=(edge,),
    )
    stories = instance.store.stories.for_articles([one.id, two.id])
    with instance.store.transaction():
        instance.store.stories.judge(_verdict(instance, ruling, why))
        applied = apply([match], set_of(stories.values()), [ruling])
        instance.store.stories.save(applied.stories)
        instance.store.matching.absorb(applied.absorbed)
        _log(instance, OverrideKind.JOIN, one.id, stories[two.id].id, why, other=two.id)
    return instance.store.stories.for_articles([one.id])[one.id].id


def set_of(stories: Any) -> list[Story]:
    """Each story once."""
    return list({story.id: story for story in stories}.values())


def prefer_article(instance: Instance, name: str) -> StoryId:
    """Show this member of its story; returns the story."""
    stored = find_article(instance, name)
    story = prefer(_story_of(instance, stored), stored.article.id, instance.clock())
    with instance.store.transaction():
        instance.store.stories.save([story])
        _log(instance, OverrideKind.PREFER, stored.article.id, story.id, "")
    return story.id


def _verdict(instance: Instance, ruling: Ruling, why: str) -> StoredVerdict:
    return StoredVerdict(
        article_id=ruling.one,
        other_id=ruling.other,
        verdict=ruling.verdict,
        who=OPERATOR,
        why=why,
        at=instance.clock(),
    )


def _log(
    instance: Instance, kind: OverrideKind, article: ArticleId, story: StoryId, why: str, *, other: str = ""
) -> None:
    act = Override(
        id=0,
        kind=kind,
        topic=None,
        article_id=article,
        story_id=story,
        who=OPERATOR,
        at=instance.clock(),
        why=why,
        values=(("other", other),) if other else (),
    )
    instance.store.overrides.append(replace(act))

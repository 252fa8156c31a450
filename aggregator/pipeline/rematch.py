"""Join all stored articles into stories again, in the batches of the first time: for changed rules, and to prove them.

What operators said holds: splits and joins are part of matching, choices of the member to show are made again after it.
A replay that was killed goes on with the next run of the matcher.
"""

from __future__ import annotations

from typing import Any

from aggregator.dedupe.stories import prefer
from aggregator.errors import UsageError
from aggregator.model.topic import OverrideKind
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.marks import HOUR_CURSOR
from aggregator.pipeline.match import LEASE_SECONDS, MatcherCell, match_new

_EVERY_ACT = 1_000_000


def rematch(instance: Instance) -> dict[str, Any]:
    """Match everything again; returns the number of articles and stories. Raises UsageError while another matches."""
    store = instance.store
    forget_matches(instance)
    articles = sum(len(batch) for batch in match_new(instance, MatcherCell()))
    _prefer_again(instance)
    _end_the_memberless(instance)
    return {"articles": articles, "stories": store.stories.count()}


def forget_matches(instance: Instance) -> None:
    """Make the next run of the matcher begin anew, whoever runs it. Raises UsageError while another matches."""
    store = instance.store
    if not store.matching.acquire(instance.owner, instance.clock(), LEASE_SECONDS):
        raise UsageError("another process is matching now: try again when it has finished")
    store.facts.set(HOUR_CURSOR, "")  # until selection has followed, there is something to do
    store.matching.reset()


def _prefer_again(instance: Instance) -> None:
    """The last choice for each story holds."""
    stories = instance.store.stories
    for act in reversed(instance.store.overrides.log(limit=_EVERY_ACT)):
        if act.kind is OverrideKind.PREFER and act.article_id is not None and act.undone_by is None:
            story = stories.for_articles([act.article_id]).get(act.article_id)
            if story is not None:
                stories.save([prefer(story, act.article_id, story.changed_at)])


def _end_the_memberless(instance: Instance) -> None:
    """Stories whose articles are in others now lead there, so that what was published under them is still found."""
    store = instance.store
    for story in store.stories.memberless():
        heirs = store.stories.for_articles(member.article_id for member in story.members)
        heir = next((heirs[member.article_id] for member in story.members if member.article_id in heirs), None)
        if heir is not None:
            store.matching.absorb([(story.id, heir.id)])

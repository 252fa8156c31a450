"""The issue that could be made of a digest now: its candidates, the choice, and what earlier issues told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from difflib import get_close_matches

from aggregator.curate.digest import Candidate, Choice, Sent, choose
from aggregator.curate.periods import counted, last_due
from aggregator.curate.policy import image_allowed
from aggregator.errors import UsageError
from aggregator.model.config import DigestSettings
from aggregator.model.digest import Issue, LeftOut
from aggregator.model.ids import ArticleId, StoryId
from aggregator.model.topic import Selection, SelectionState, Topic
from aggregator.pipeline.editions import edition_of
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.select import Selector
from aggregator.store.codec import adapter
from aggregator.store.records import DigestIssue

_KEPT = (SelectionState.LISTED, SelectionState.AGED_OUT)
MOST_ISSUES = 1000
"""Issues of one digest that are remembered by what they showed; stories are remembered for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An issue that could be made now, and what it leaves out."""

    issue: Issue
    left_out: tuple[LeftOut, ...]


def digest_named(instance: Instance, name: str) -> DigestSettings:
    """The digest with this name. Raises UsageError with the nearest name."""
    known = {settings.name: settings for settings in instance.config.digests}
    if name in known:
        return known[name]
    close = get_close_matches(name, known, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else "; a [[digest]] table declares one"
    raise UsageError(f"no digest is called {name!r}{hint}")


def read_issue(record: DigestIssue) -> Issue:
    """The issue as it was frozen."""
    return adapter(Issue).validate_json(record.record)


def key(settings: DigestSettings, what: str) -> str:
    """Names a fact about a digest in the store."""
    return f"digest:{settings.name}:{what}"


def started(instance: Instance, settings: DigestSettings, now: datetime) -> datetime:
    """The last due time that was dealt with; the digest begins with the period it is first seen in."""
    facts = instance.store.facts
    done = facts.get(key(settings, "done"))
    if done is not None:
        return datetime.fromisoformat(done)
    start = now - timedelta(days=7) if counted(settings) else last_due(settings, now)
    with instance.store.transaction():
        facts.set(key(settings, "start"), start.isoformat())
        facts.set(key(settings, "done"), start.isoformat())
    return start


def draft(
    instance: Instance, selector: Selector, settings: DigestSettings, *, until: datetime, stored: bool = False
) -> Draft:
    """The issue of what was listed until `until`, not yet numbered; `stored` as in `aggregator.curate.digest.choose`."""
    topics = [instance.topic(slug) for slug in settings.topics]
    since = _since(instance, settings)
    candidates = [one for topic in topics for one in _candidates(instance, selector, topic, since)]
    choice = choose(
        settings,
        candidates,
        since=since,
        until=until,
        sent=_sent(instance, settings, candidates),
        stored=stored,
        most=counted(settings),
        image_allowed=lambda image, item: image_allowed(image, settings.images, item.verdict, instance.site),
    )
    return Draft(issue=_issue(instance, settings, topics, choice, since, until), left_out=choice.left_out)


def _issue(
    instance: Instance,
    settings: DigestSettings,
    topics: Sequence[Topic],
    choice: Choice,
    since: datetime,
    until: datetime,
) -> Issue:
    return Issue(
        name=settings.name,
        number=0,
        title=settings.title,
        language=settings.language or topics[0].language or instance.site.language,
        site=instance.site,
        since=since,
        until=until,
        frozen_at=instance.clock(),
        sections=choice.sections,
        zone=settings.timezone,
        public=not any(topic.private for topic in topics),
    )


def _since(instance: Instance, settings: DigestSettings) -> datetime:
    """From when on listed stories may still enter: those that found no room wait for `carry` further issues."""
    started(instance, settings, instance.clock())
    carry = MOST_ISSUES if counted(settings) else settings.carry
    issues = instance.store.digests.all(settings.name, limit=carry + 1)
    if len(issues) > carry:
        return read_issue(issues[carry]).until
    return datetime.fromisoformat(instance.store.facts.get(key(settings, "start")) or "")


def _candidates(instance: Instance, selector: Selector, topic: Topic, since: datetime) -> Iterable[Candidate]:
    """What a topic lists, and what it listed since then and has let go by age."""
    selections = [
        replace(one, state=SelectionState.LISTED)
        for one in instance.store.selections.of_topic(topic.slug, _KEPT)
        if one.listed_at is not None and _may_enter(one, since)
    ]
    items = edition_of(instance, selector, topic, selections).items
    stored = instance.store.articles.many(item.article_id for item in items)
    for item in items:
        one = stored.get(item.article_id)
        yield Candidate(topic=topic, item=item, news=one is not None and not one.article.backfill)


def _may_enter(selection: Selection, since: datetime) -> bool:
    listed = selection.listed_at is not None and selection.listed_at > since
    return listed or selection.state is SelectionState.LISTED


def _sent(instance: Instance, settings: DigestSettings, candidates: Sequence[Candidate]) -> Sent:
    store = instance.store
    stories = store.digests.sent_stories(settings.name, {one.item.story_id for one in candidates})
    articles: dict[ArticleId, int] = {}
    for record in store.digests.all(settings.name, limit=MOST_ISSUES):
        for one in read_issue(record).items:
            articles[one.item.article_id] = record.number
    return Sent(stories={StoryId(name): number for name, number in stories.items()}, articles=articles)

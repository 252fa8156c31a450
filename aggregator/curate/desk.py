"""What a topic's update works on: the topic, what it knows, and what editors did to that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from aggregator.curate.match import TopicMatch
from aggregator.curate.overrides import Overrides, Standing
from aggregator.curate.score import terms
from aggregator.model.article import Article
from aggregator.model.ids import ArticleId, SourceId, StoryId
from aggregator.model.source import Source
from aggregator.model.story import Story
from aggregator.model.topic import (
    ClauseResult,
    Mode,
    Order,
    Override,
    OverrideKind,
    PolicyVerdict,
    Selection,
    SelectionState,
    Topic,
)

LISTED, PENDING, REJECTED = SelectionState.LISTED, SelectionState.PENDING, SelectionState.REJECTED
BY_HAND = "override"
"""The rule of what is listed because an editor added or approved it: it leaves when that act is undone."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An article that may enter a topic, with all that decides about it."""

    article: Article
    story: Story
    source: Source | None
    match: TopicMatch | None
    """None: nothing matched; it is here because an editor acted on it."""
    verdict: PolicyVerdict
    clauses: tuple[ClauseResult, ...] = ()
    voices: float = 1.0
    """Independent voices that tell it (`aggregator.curate.score.independence`)."""
    joined: bool = False
    """Its source has just been added to a topic that was published before: only its latest entries enter."""


@dataclass(slots=True)
class Desk:
    """The work of one update."""

    topic: Topic
    now: datetime
    hour: datetime
    first_edition: bool
    relist: bool
    version: str
    overrides: Overrides
    stories: Mapping[StoryId, Story]
    articles: dict[ArticleId, Article]
    current: dict[str, Selection]
    before: Mapping[str, Selection]
    words: dict[ArticleId, frozenset[str]] = field(default_factory=dict)
    recent: Counter[SourceId] = field(default_factory=Counter)
    per_source: Counter[SourceId] = field(default_factory=Counter)
    listed: int = 0
    key_of_article: dict[ArticleId, str] = field(default_factory=dict)


def key_of(topic: Topic, selection: Selection) -> str:
    return selection.story_id if topic.dedupe else selection.article_id


def candidate_key(desk: Desk, candidate: Candidate) -> str:
    return candidate.story.id if desk.topic.dedupe else candidate.article.id


def standing_of(desk: Desk, story_id: StoryId, article_id: ArticleId) -> Standing:
    story = desk.stories.get(story_id)
    members = [member.article_id for member in story.members] if story and desk.topic.dedupe else []
    return desk.overrides.standing(story_id, [article_id, *members])


def apply_standing(desk: Desk) -> None:
    """Applies what editors did to what the topic already knows."""
    for key, selection in list(desk.current.items()):
        standing = standing_of(desk, selection.story_id, selection.article_id)
        changed = _with_standing(desk, selection, standing)
        if changed is not selection:
            desk.current[key] = changed


def _with_standing(desk: Desk, selection: Selection, standing: Standing) -> Selection:
    pinned = standing.pinned_until(desk.now)
    if standing.withdrawn:
        return _moved(desk, selection, SelectionState.WITHDRAWN, standing.withdrawn)
    if selection.state is SelectionState.WITHDRAWN:
        return selection
    if standing.hidden and selection.state in (LISTED, PENDING):
        return _moved(desk, selection, SelectionState.HIDDEN, standing.shown)
    if selection.state is SelectionState.HIDDEN and not standing.hidden:
        return _moved(desk, selection, LISTED if selection.listed_at else REJECTED, standing.shown)
    if standing.declined and selection.state in (LISTED, PENDING):
        return _moved(desk, selection, REJECTED, standing.shown)
    if selection.state is PENDING and (standing.approved or pinned):
        entered = replace(selection, listed_at=desk.now, rank=rank_of(desk, selection.reason.score, desk.now))
        return _moved(desk, entered, LISTED, standing.shown or standing.pin)
    if selection.state is LISTED and selection.reason.rule == BY_HAND and not standing.approved and not pinned:
        return _moved(desk, selection, PENDING if desk.topic.mode is Mode.APPROVE else REJECTED, None)
    if selection.state is LISTED and selection.pinned_until != pinned:
        return replace(selection, pinned_until=pinned, decided_at=desk.now)
    return selection


def _moved(desk: Desk, selection: Selection, to: SelectionState, act: Override | None) -> Selection:
    if selection.state is to:
        return selection
    reason = replace(selection.reason, rule=rule_of(act, to), sentence=act_sentence(act))
    return replace(selection, state=to, decided_at=desk.now, pinned_until=None, reason=reason)


def rule_of(act: Override | None, to: SelectionState) -> str:
    """The decisive rule where an editor acted, or took an act back."""
    if to is LISTED and act is None:
        return "query"
    if to is LISTED and act is not None and act.kind is OverrideKind.PIN:
        return "pin"
    return "approval" if to is PENDING else BY_HAND


def act_sentence(act: Override | None) -> str:
    if act is None:
        return "An editor's act was undone."
    why = f": {act.why}" if act.why else ""
    return f"{act.who} did this ({act.kind}) on {act.at:%Y-%m-%d %H:%M} UTC{why}"


def count_listed(desk: Desk) -> None:
    """Counts what is listed, per source; and collects its words, which new items are compared with."""
    desk.key_of_article.update((selection.article_id, key) for key, selection in desk.current.items())
    for selection in desk.current.values():
        article = desk.articles.get(selection.article_id)
        desk.listed += selection.state is LISTED
        if selection.state is LISTED and article:
            count_one(desk, article, selection.listed_at or desk.now)


def count_one(desk: Desk, article: Article, listed_at: datetime) -> None:
    if listed_at > desk.hour - timedelta(days=desk.topic.window_days):
        desk.per_source[article.source_id] += 1
    if listed_at > desk.hour - _DAY:
        desk.recent[article.source_id] += 1
    if is_scored(desk.topic):
        desk.words[article.id] = terms(article)


def is_scored(topic: Topic) -> bool:
    return topic.order is Order.SCORE or topic.min_score > 0


def rank_of(desk: Desk, score: float, entered: datetime) -> float:
    return score if desk.topic.order is Order.SCORE else entered.timestamp()

"""Which stories a topic lists: what enters, what waits, what is refused and why, and what leaves.

Once listed, a story stays until it ages out, and never re-enters (PROTOCOL B-28): scores and listed times are frozen
when it enters, and what leaves by age or number is marked so for good. An editor's acts are applied anew each time, so
they survive replays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from aggregator.curate.admission import most_items, refusal, scoring
from aggregator.curate.desk import (
    LISTED,
    PENDING,
    REJECTED,
    Candidate,
    Desk,
    act_sentence,
    apply_standing,
    candidate_key,
    count_listed,
    count_one,
    key_of,
    rank_of,
    rule_of,
    standing_of,
)
from aggregator.curate.overrides import Overrides, Standing
from aggregator.model.article import Article
from aggregator.model.ids import ArticleId, StoryId
from aggregator.model.source import Republish
from aggregator.model.story import Story
from aggregator.model.topic import Mode, Order, Override, Reason, Selection, SelectionState, Topic

__all__ = ["Candidate", "Changes", "update_topic"]

_GONE = frozenset({SelectionState.AGED_OUT, SelectionState.WITHDRAWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What an update did. Each selection is complete: it replaces the one kept for its topic and story."""

    listed: tuple[Selection, ...] = ()
    """New in the topic, best first."""
    pending: tuple[Selection, ...] = ()
    rejected: tuple[Selection, ...] = ()
    aged_out: tuple[Selection, ...] = ()
    hidden: tuple[Selection, ...] = ()
    """Taken out by an editor: hidden or withdrawn."""
    updated: tuple[Selection, ...] = ()
    """Listed before and still, with another pin or another member shown."""
    standing: tuple[Selection, ...] = ()
    """Everything that is listed now, in the order of the feed document."""

    @property
    def all(self) -> tuple[Selection, ...]:
        """Every selection to be stored."""
        return self.listed + self.pending + self.rejected + self.aged_out + self.hidden + self.updated

    def __bool__(self) -> bool:
        return bool(self.all)


def update_topic(
    topic: Topic,
    *,
    candidates: Sequence[Candidate],
    current: Sequence[Selection],
    now: datetime,
    overrides: Iterable[Override] = (),
    articles: Mapping[ArticleId, Article] = MappingProxyType({}),
    stories: Mapping[StoryId, Story] = MappingProxyType({}),
    first_edition: bool = False,
    relist: bool = False,
    version: str = "",
) -> Changes:
    """Brings a topic up to date; the same arguments give the same changes.

    `candidates` are the articles that are new or were revised and match (or were named by an editor). `current` are all
    selections kept for the topic, `articles` and `stories` at least those of the listed ones. `now` is when listed items
    enter; windows are counted from the top of its hour. `first_edition` fills the topic from everything stored: items
    enter at their own dates. `relist` forgets what was once listed and decides anew (``replay --relist``).
    `version` is the hash of the settings that decide.
    """
    kept = {} if relist else {key_of(topic, selection): selection for selection in current}
    desk = Desk(
        topic=topic,
        now=now,
        hour=now.replace(minute=0, second=0, microsecond=0),
        first_edition=first_edition or relist,
        relist=relist,
        version=version,
        overrides=Overrides.of(topic.slug, overrides),
        stories={**stories, **{candidate.story.id: candidate.story for candidate in candidates}},
        articles={**articles, **{candidate.article.id: candidate.article for candidate in candidates}},
        current=dict(kept),
        before={key_of(topic, selection): selection for selection in current},
    )
    apply_standing(desk)
    count_listed(desk)
    for candidate in _best_first(desk, _one_per_story(desk, candidates)):
        _decide(desk, candidate)
    _age_out(desk)
    return _changes(desk)


_GENEROUS = {Republish.FULL: 0, Republish.EXCERPT: 1, Republish.LINK: 2, Republish.REFUSE: 3}


def _one_per_story(desk: Desk, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The member to show of each story: the operator's choice, the listed one, the original, the freest, the first."""
    if not desk.topic.dedupe:
        return list({candidate.article.id: candidate for candidate in candidates}.values())
    chosen: dict[StoryId, Candidate] = {}
    for candidate in sorted(candidates, key=lambda candidate: _preference(desk, candidate)):
        chosen.setdefault(candidate.story.id, candidate)
    return list(chosen.values())


def _preference(desk: Desk, candidate: Candidate) -> tuple[bool, bool, bool, bool, int, datetime, str]:
    article, story = candidate.article, candidate.story
    known = desk.current.get(story.id)
    return (
        candidate.verdict.policy is Republish.REFUSE,
        story.preferred != article.id,
        known is None or known.article_id != article.id,
        story.original != article.id,
        _GENEROUS[candidate.verdict.policy],
        article.when,
        article.id,
    )


def _best_first(desk: Desk, candidates: list[Candidate]) -> list[Candidate]:
    """In the order in which caps and limits serve them; scores of later ones see the earlier ones listed."""
    if desk.topic.order is Order.SCORE:
        return sorted(candidates, key=lambda candidate: (-scoring(desk, candidate)[0], candidate.article.id))
    return sorted(candidates, key=lambda candidate: (-candidate.article.when.timestamp(), candidate.article.id))


def _decide(desk: Desk, candidate: Candidate) -> None:
    key = _known_key(desk, candidate)
    known = desk.current.get(key)
    standing = standing_of(desk, candidate.story.id, candidate.article.id)
    if known and (known.state in _GONE or known.state is SelectionState.HIDDEN) and not _added_since(standing, known):
        return
    if known and known.state in (LISTED, PENDING):
        desk.current[key] = _still(desk, known, candidate)
        return
    desk.current[key] = _fresh(desk, candidate, standing, known)


def _added_since(standing: Standing, known: Selection) -> bool:
    """An act brings an item back once: when it has aged out again, that holds."""
    return standing.added and standing.shown is not None and standing.shown.at >= known.decided_at


def _known_key(desk: Desk, candidate: Candidate) -> str:
    """The key of what the topic knows of this story, be it under the id of a story that was joined to it since."""
    key = candidate_key(desk, candidate)
    if key in desk.current or not desk.topic.dedupe:
        return key
    names = (desk.key_of_article.get(member.article_id) for member in candidate.story.members)
    return next((name for name in names if name and desk.current[name].state is not REJECTED), key)


def _still(desk: Desk, known: Selection, candidate: Candidate) -> Selection:
    """A listed story stays, whatever its score is now; but never against its licence."""
    if candidate.verdict.policy is Republish.REFUSE and known.article_id == candidate.article.id:
        reason = replace(known.reason, rule="policy", sentence=candidate.verdict.reason, verdict=candidate.verdict)
        return replace(known, state=REJECTED, decided_at=desk.now, reason=reason, pinned_until=None)
    preferred = candidate.story.preferred == candidate.article.id
    if known.article_id != candidate.article.id and not preferred:
        return known
    if known.article_id == candidate.article.id and known.reason.verdict == candidate.verdict:
        return known
    reason = replace(known.reason, verdict=candidate.verdict)
    return replace(known, article_id=candidate.article.id, decided_at=desk.now, reason=reason)


def _fresh(desk: Desk, candidate: Candidate, standing: Standing, known: Selection | None) -> Selection:
    score, reason = scoring(desk, candidate)
    refused = refusal(desk, candidate, standing, score)
    pinned = standing.pinned_until(desk.now)
    if refused:
        return _selection(desk, candidate, REJECTED, replace(reason, rule=refused[0], sentence=refused[1]))
    by_hand = standing.approved or pinned is not None
    if desk.topic.mode is Mode.APPROVE and not by_hand:
        waiting = replace(reason, rule="approval", sentence="It waits for an editor's approval.")
        return _selection(desk, candidate, PENDING, waiting)
    if by_hand:
        act = standing.shown if standing.approved else standing.pin
        reason = replace(reason, rule=rule_of(act, LISTED), sentence=act_sentence(act))
    entered = known.listed_at if known and known.listed_at and not standing.added else _entry_time(desk, candidate)
    count_one(desk, candidate.article, entered)
    desk.listed += 1
    chosen = _selection(desk, candidate, LISTED, reason)
    return replace(chosen, listed_at=entered, rank=rank_of(desk, score, entered), pinned_until=pinned)


def _selection(desk: Desk, candidate: Candidate, to: SelectionState, reason: Reason) -> Selection:
    return Selection(
        topic=desk.topic.slug,
        story_id=candidate.story.id,
        article_id=candidate.article.id,
        state=to,
        decided_at=desk.now,
        reason=reason,
    )


def _entry_time(desk: Desk, candidate: Candidate) -> datetime:
    """Now; in a first edition the article's own time, so that old items neither pass for news nor leave all at once."""
    if not desk.first_edition:
        return desk.now
    earlier = desk.before.get(candidate_key(desk, candidate))
    if earlier and earlier.listed_at:
        return earlier.listed_at
    return min(candidate.article.when, desk.now)


def _age_out(desk: Desk) -> None:
    """What entered first leaves first: beyond the limit at once, beyond the window down to the least number of items."""
    topic = desk.topic
    listed = sorted(
        (
            (selection.pinned_until is not None, selection.listed_at or desk.now, selection.rank, key)
            for key, selection in desk.current.items()
            if selection.state is LISTED
        ),
        reverse=True,
    )
    since = desk.hour - timedelta(days=topic.window_days)
    least = min(topic.min_items, most_items(topic))
    for number, (pinned, entered, _, key) in enumerate(listed):
        if number >= most_items(topic):
            _leave(desk, key, f"Newer items fill the {most_items(topic)} places of the topic.")
        elif entered < since and number >= least and not pinned:
            _leave(desk, key, f"It was listed more than {topic.window_days} days ago.")


def _leave(desk: Desk, key: str, sentence: str) -> None:
    selection = desk.current[key]
    reason = replace(selection.reason, rule="window", sentence=sentence)
    desk.current[key] = replace(
        selection, state=SelectionState.AGED_OUT, decided_at=desk.now, reason=reason, pinned_until=None
    )


def _changes(desk: Desk) -> Changes:
    groups: dict[str, list[Selection]] = {}
    for key, selection in desk.current.items():
        before = desk.before.get(key)
        if before != selection and not _same_refusal(before, selection):
            groups.setdefault(_group(before, selection), []).append(selection)
    if desk.relist:
        groups.setdefault("aged_out", []).extend(_dropped(desk))
    standing = (selection for selection in desk.current.values() if selection.state is LISTED)
    ordered = {name: tuple(sorted(group, key=lambda one: _order(desk, one))) for name, group in groups.items()}
    return Changes(**ordered, standing=tuple(sorted(standing, key=lambda one: _order(desk, one))))


def _same_refusal(before: Selection | None, after: Selection) -> bool:
    """Whether an article was refused as it was before: nothing to store."""
    return (
        before is not None
        and before.state is after.state is REJECTED
        and (before.article_id, before.reason.rule) == (after.article_id, after.reason.rule)
    )


def _group(before: Selection | None, selection: Selection) -> str:
    match selection.state:
        case SelectionState.LISTED:
            return "updated" if before and before.state is LISTED else "listed"
        case SelectionState.PENDING:
            return "pending"
        case SelectionState.REJECTED:
            return "rejected"
        case SelectionState.AGED_OUT:
            return "aged_out"
        case _:
            return "hidden"


def _dropped(desk: Desk) -> list[Selection]:
    """What was listed and no longer would be."""
    dropped = []
    for key, selection in desk.before.items():
        if selection.state is LISTED and key not in desk.current:
            reason = replace(
                selection.reason, rule="query", sentence="The topic's rules changed, and it was re-listed."
            )
            dropped.append(replace(selection, state=REJECTED, decided_at=desk.now, reason=reason, pinned_until=None))
    return dropped


def _order(desk: Desk, selection: Selection) -> tuple[bool, float, float, str]:
    article = desk.articles.get(selection.article_id)
    when = article.when.timestamp() if article else 0.0
    return selection.pinned_until is None, -selection.rank, -when, selection.story_id

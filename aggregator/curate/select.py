"""Which stories a topic lists: what enters, what waits, what is refused and why, and what leaves.

Once listed, a story stays until it ages out, and never re-enters (PROTOCOL B-28): scores and listed times are frozen
when it enters, and what leaves by age or number is marked so for good. An editor's acts are applied anew each time, so
they survive replays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from aggregator.curate.match import WEIGHTS, TopicMatch
from aggregator.curate.overrides import Overrides, Standing
from aggregator.curate.score import novelty, score_parts, terms
from aggregator.model.article import Article
from aggregator.model.ids import ArticleId, SourceId, StoryId
from aggregator.model.source import Republish, Source
from aggregator.model.story import Story
from aggregator.model.topic import (
    ClauseResult,
    Mode,
    Order,
    Override,
    PolicyVerdict,
    Reason,
    Selection,
    SelectionState,
    Topic,
)

LISTED, PENDING, REJECTED = SelectionState.LISTED, SelectionState.PENDING, SelectionState.REJECTED
_GONE = frozenset({SelectionState.AGED_OUT, SelectionState.WITHDRAWN})
_DAY = timedelta(days=1)
_MOST_ITEMS = 300
"""Readers look at no more (PROTOCOL B-20)."""


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


@dataclass(slots=True)
class _State:
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
    kept = {} if relist else {_key(topic, selection): selection for selection in current}
    state = _State(
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
        before={_key(topic, selection): selection for selection in current},
    )
    _apply_standing(state)
    _count(state)
    for candidate in _best_first(state, _one_per_story(state, candidates)):
        _decide(state, candidate)
    _age_out(state)
    return _changes(state)


def _key(topic: Topic, selection: Selection) -> str:
    return selection.story_id if topic.dedupe else selection.article_id


def _key_of(state: _State, candidate: Candidate) -> str:
    return candidate.story.id if state.topic.dedupe else candidate.article.id


def _standing(state: _State, story_id: StoryId, article_id: ArticleId) -> Standing:
    story = state.stories.get(story_id)
    members = [member.article_id for member in story.members] if story and state.topic.dedupe else []
    return state.overrides.standing(story_id, [article_id, *members])


def _apply_standing(state: _State) -> None:
    """Applies what editors did to what the topic already knows."""
    for key, selection in list(state.current.items()):
        standing = _standing(state, selection.story_id, selection.article_id)
        changed = _with_standing(state, selection, standing)
        if changed is not selection:
            state.current[key] = changed


def _with_standing(state: _State, selection: Selection, standing: Standing) -> Selection:
    pinned = standing.pinned_until(state.now)
    if standing.withdrawn:
        return _moved(state, selection, SelectionState.WITHDRAWN, standing.withdrawn)
    if selection.state is SelectionState.WITHDRAWN:
        return selection
    if standing.hidden and selection.state in (LISTED, PENDING):
        return _moved(state, selection, SelectionState.HIDDEN, standing.shown)
    if selection.state is SelectionState.HIDDEN and not standing.hidden:
        return _moved(state, selection, LISTED if selection.listed_at else REJECTED, standing.shown)
    if standing.declined and selection.state in (LISTED, PENDING):
        return _moved(state, selection, REJECTED, standing.shown)
    if selection.state is PENDING and (standing.approved or pinned):
        entered = replace(selection, listed_at=state.now, rank=_rank(state, selection.reason.score, state.now))
        return _moved(state, entered, LISTED, standing.shown or standing.pin)
    if selection.state is LISTED and selection.pinned_until != pinned:
        return replace(selection, pinned_until=pinned, decided_at=state.now)
    return selection


def _moved(state: _State, selection: Selection, to: SelectionState, act: Override | None) -> Selection:
    if selection.state is to:
        return selection
    reason = replace(selection.reason, rule="override", sentence=_act_sentence(act))
    return replace(selection, state=to, decided_at=state.now, pinned_until=None, reason=reason)


def _act_sentence(act: Override | None) -> str:
    if act is None:
        return "An editor's act was undone."
    why = f": {act.why}" if act.why else ""
    return f"{act.who} did this ({act.kind}) on {act.at:%Y-%m-%d %H:%M} UTC{why}"


def _count(state: _State) -> None:
    """Counts what is listed, per source; and collects its words, which new items are compared with."""
    state.key_of_article.update((selection.article_id, key) for key, selection in state.current.items())
    for selection in state.current.values():
        article = state.articles.get(selection.article_id)
        state.listed += selection.state is LISTED
        if selection.state is LISTED and article:
            _count_one(state, article, selection.listed_at or state.now)


def _count_one(state: _State, article: Article, listed_at: datetime) -> None:
    if listed_at > state.hour - timedelta(days=state.topic.window_days):
        state.per_source[article.source_id] += 1
    if listed_at > state.hour - _DAY:
        state.recent[article.source_id] += 1
    if _scored(state.topic):
        state.words[article.id] = terms(article)


def _scored(topic: Topic) -> bool:
    return topic.order is Order.SCORE or topic.min_score > 0


_GENEROUS = {Republish.FULL: 0, Republish.EXCERPT: 1, Republish.LINK: 2, Republish.REFUSE: 3}


def _one_per_story(state: _State, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The member to show of each story: the operator's choice, the listed one, the original, the freest, the first."""
    if not state.topic.dedupe:
        return list({candidate.article.id: candidate for candidate in candidates}.values())
    chosen: dict[StoryId, Candidate] = {}
    for candidate in sorted(candidates, key=lambda candidate: _preference(state, candidate)):
        chosen.setdefault(candidate.story.id, candidate)
    return list(chosen.values())


def _preference(state: _State, candidate: Candidate) -> tuple[bool, bool, bool, bool, int, datetime, str]:
    article, story = candidate.article, candidate.story
    known = state.current.get(story.id)
    return (
        candidate.verdict.policy is Republish.REFUSE,
        story.preferred != article.id,
        known is None or known.article_id != article.id,
        story.original != article.id,
        _GENEROUS[candidate.verdict.policy],
        article.when,
        article.id,
    )


def _best_first(state: _State, candidates: list[Candidate]) -> list[Candidate]:
    """In the order in which caps and limits serve them; scores of later ones see the earlier ones listed."""
    if state.topic.order is Order.SCORE:
        return sorted(candidates, key=lambda candidate: (-_scoring(state, candidate)[0], candidate.article.id))
    return sorted(candidates, key=lambda candidate: (-candidate.article.when.timestamp(), candidate.article.id))


def _decide(state: _State, candidate: Candidate) -> None:
    key = _known_key(state, candidate)
    known = state.current.get(key)
    standing = _standing(state, candidate.story.id, candidate.article.id)
    if known and (known.state in _GONE or known.state is SelectionState.HIDDEN) and not standing.added:
        return
    if known and known.state in (LISTED, PENDING):
        state.current[key] = _still(state, known, candidate)
        return
    state.current[key] = _fresh(state, candidate, standing, known)


def _known_key(state: _State, candidate: Candidate) -> str:
    """The key of what the topic knows of this story, be it under the id of a story that was joined to it since."""
    key = _key_of(state, candidate)
    if key in state.current or not state.topic.dedupe:
        return key
    names = (state.key_of_article.get(member.article_id) for member in candidate.story.members)
    return next((name for name in names if name and state.current[name].state is not REJECTED), key)


def _still(state: _State, known: Selection, candidate: Candidate) -> Selection:
    """A listed story stays, whatever its score is now; but never against its licence."""
    if candidate.verdict.policy is Republish.REFUSE and known.article_id == candidate.article.id:
        reason = replace(known.reason, rule="policy", sentence=candidate.verdict.reason, verdict=candidate.verdict)
        return replace(known, state=REJECTED, decided_at=state.now, reason=reason, pinned_until=None)
    preferred = candidate.story.preferred == candidate.article.id
    if known.article_id != candidate.article.id and not preferred:
        return known
    if known.article_id == candidate.article.id and known.reason.verdict == candidate.verdict:
        return known
    reason = replace(known.reason, verdict=candidate.verdict)
    return replace(known, article_id=candidate.article.id, decided_at=state.now, reason=reason)


def _fresh(state: _State, candidate: Candidate, standing: Standing, known: Selection | None) -> Selection:
    score, reason = _scoring(state, candidate)
    refusal = _refusal(state, candidate, standing, score)
    pinned = standing.pinned_until(state.now)
    if refusal:
        return _selection(state, candidate, REJECTED, replace(reason, rule=refusal[0], sentence=refusal[1]))
    by_hand = standing.approved or pinned is not None
    if state.topic.mode is Mode.APPROVE and not by_hand:
        waiting = replace(reason, rule="approval", sentence="It waits for an editor's approval.")
        return _selection(state, candidate, PENDING, waiting)
    if by_hand:
        reason = replace(reason, rule="override", sentence=_act_sentence(standing.shown or standing.pin))
    entered = known.listed_at if known and known.listed_at and not standing.added else _entry_time(state, candidate)
    _count_one(state, candidate.article, entered)
    state.listed += 1
    chosen = _selection(state, candidate, LISTED, reason)
    return replace(chosen, listed_at=entered, rank=_rank(state, score, entered), pinned_until=pinned)


def _selection(state: _State, candidate: Candidate, to: SelectionState, reason: Reason) -> Selection:
    return Selection(
        topic=state.topic.slug,
        story_id=candidate.story.id,
        article_id=candidate.article.id,
        state=to,
        decided_at=state.now,
        reason=reason,
    )


def _entry_time(state: _State, candidate: Candidate) -> datetime:
    """Now; in a first edition the article's own time, so that old items neither pass for news nor leave all at once."""
    if not state.first_edition:
        return state.now
    earlier = state.before.get(_key_of(state, candidate))
    if earlier and earlier.listed_at:
        return earlier.listed_at
    return min(candidate.article.when, state.now)


def _rank(state: _State, score: float, entered: datetime) -> float:
    return score if state.topic.order is Order.SCORE else entered.timestamp()


def _scoring(state: _State, candidate: Candidate) -> tuple[float, Reason]:
    article = candidate.article
    others = (words for name, words in state.words.items() if name != article.id)
    place = candidate.match.place if candidate.match else "other"
    score, parts = score_parts(
        article,
        weight=candidate.source.weight if candidate.source else 1.0,
        place=place,
        place_weight=WEIGHTS[place],
        voices=candidate.voices,
        new=novelty(terms(article), others)[0] if _scored(state.topic) else 1.0,
        crowd=state.recent[article.source_id],
        now_hour=state.hour,
    )
    sentence = "Its sources, languages and query fit." if candidate.match else "Its query does not fit."
    reason = Reason(
        rule="query",
        sentence=sentence,
        clauses=candidate.clauses,
        score=score,
        parts=parts,
        verdict=candidate.verdict,
        query_version=state.version,
    )
    return score, reason


def _refusal(state: _State, candidate: Candidate, standing: Standing, score: float) -> tuple[str, str] | None:
    """The rule that keeps an article out, and a sentence; None where nothing does."""
    if standing.withdrawn:
        return "override", _act_sentence(standing.withdrawn)
    if candidate.verdict.policy is Republish.REFUSE:
        return "policy", candidate.verdict.reason
    if standing.hidden or standing.declined:
        return "override", _act_sentence(standing.shown)
    if standing.approved or standing.pinned_until(state.now):
        return None
    if candidate.match is None:
        return "query", "Its query, sources or languages do not fit."
    return _by_time(state, candidate) or _by_limits(state, candidate, score)


def _by_time(state: _State, candidate: Candidate) -> tuple[str, str] | None:
    article, topic = candidate.article, state.topic
    days = topic.backfill_days
    if candidate.source and candidate.source.backfill_days is not None:
        days = candidate.source.backfill_days
    old = article.published is None or article.when < state.hour - timedelta(days=days)
    if (candidate.joined or article.backfill) and not state.first_edition and old:
        return "backfill", f"Its source is new here, and only what is at most {days} days old comes with it."
    if article.when < state.hour - timedelta(days=topic.window_days) and state.listed >= topic.min_items:
        return "window", f"It is older than the {topic.window_days} days that the topic covers."
    return None


def _by_limits(state: _State, candidate: Candidate, score: float) -> tuple[str, str] | None:
    topic, source = state.topic, candidate.article.source_id
    if score < topic.min_score:
        return "score", f"Its score {score:.3f} is below {topic.min_score:g}."
    if topic.per_source is not None and state.per_source[source] >= topic.per_source:
        return "cap", f"The topic lists {topic.per_source} items of {source} already, and no more in one window."
    if state.first_edition and state.listed >= _limit(topic):
        return "window", f"The topic holds {_limit(topic)} items, and this one comes after them."
    return None


def _limit(topic: Topic) -> int:
    return min(topic.limit, _MOST_ITEMS)


def _age_out(state: _State) -> None:
    """What entered first leaves first: beyond the limit at once, beyond the window down to the least number of items."""
    topic = state.topic
    listed = sorted(
        (
            (selection.pinned_until is not None, selection.listed_at or state.now, selection.rank, key)
            for key, selection in state.current.items()
            if selection.state is LISTED
        ),
        reverse=True,
    )
    since = state.hour - timedelta(days=topic.window_days)
    least = min(topic.min_items, _limit(topic))
    for number, (pinned, entered, _, key) in enumerate(listed):
        if number >= _limit(topic):
            _leave(state, key, f"Newer items fill the {_limit(topic)} places of the topic.")
        elif entered < since and number >= least and not pinned:
            _leave(state, key, f"It was listed more than {topic.window_days} days ago.")


def _leave(state: _State, key: str, sentence: str) -> None:
    selection = state.current[key]
    reason = replace(selection.reason, rule="window", sentence=sentence)
    state.current[key] = replace(
        selection, state=SelectionState.AGED_OUT, decided_at=state.now, reason=reason, pinned_until=None
    )


def _changes(state: _State) -> Changes:
    groups: dict[str, list[Selection]] = {}
    for key, selection in state.current.items():
        before = state.before.get(key)
        if before != selection and not _same_refusal(before, selection):
            groups.setdefault(_group(before, selection), []).append(selection)
    if state.relist:
        groups.setdefault("aged_out", []).extend(_dropped(state))
    standing = (selection for selection in state.current.values() if selection.state is LISTED)
    ordered = {name: tuple(sorted(group, key=lambda one: _order(state, one))) for name, group in groups.items()}
    return Changes(**ordered, standing=tuple(sorted(standing, key=lambda one: _order(state, one))))


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


def _dropped(state: _State) -> list[Selection]:
    """What was listed and no longer would be."""
    dropped = []
    for key, selection in state.before.items():
        if selection.state is LISTED and key not in state.current:
            reason = replace(
                selection.reason, rule="query", sentence="The topic's rules changed, and it was re-listed."
            )
            dropped.append(replace(selection, state=REJECTED, decided_at=state.now, reason=reason, pinned_until=None))
    return dropped


def _order(state: _State, selection: Selection) -> tuple[bool, float, float, str]:
    article = state.articles.get(selection.article_id)
    when = article.when.timestamp() if article else 0.0
    return selection.pinned_until is None, -selection.rank, -when, selection.story_id

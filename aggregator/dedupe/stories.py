"""From matches to stories: who joins what, and what an operator has said about it.

Pure and deterministic: the same matches, stories and rulings give the same stories. Sources: DEDUPE section 2.3
(cluster), DESIGN section 4b (2): a story's id is minted from its first article and kept for its life.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from aggregator.dedupe.matcher import Match
from aggregator.dedupe.rules import DEFAULT, Rules
from aggregator.model.ids import ArticleId, StoryId
from aggregator.model.story import Edge, Member, Story, Tie, Verdict

_EXACT = frozenset({Tie.SAME_ID, Tie.SAME_URL, Tie.SAME_TEXT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """An operator's word on a pair of articles, in either order."""

    one: ArticleId
    other: ArticleId
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What a batch of matches changed."""

    stories: tuple[Story, ...]
    """New and changed ones, in the order of their first change. The original is not decided here."""
    absorbed: tuple[tuple[StoryId, StoryId], ...] = ()
    """(story that is no more, story that holds its members now)."""


class Rulings:
    """Operators' splits and confirmations, looked up by article."""

    def __init__(self, rulings: Iterable[Ruling] = ()) -> None:
        self._others: dict[tuple[ArticleId, Verdict], set[ArticleId]] = {}
        for ruling in rulings:
            self._others.setdefault((ruling.one, ruling.verdict), set()).add(ruling.other)
            self._others.setdefault((ruling.other, ruling.verdict), set()).add(ruling.one)

    def confirmed(self, article: ArticleId) -> Sequence[ArticleId]:
        """Articles that belong to one story with this one, sorted."""
        return sorted(self._others.get((article, Verdict.CONFIRM), ()))

    def keep_apart(self, article: ArticleId, story: Story) -> bool:
        """Whether an operator split the article from any member of the story."""
        apart = self._others.get((article, Verdict.SPLIT), set())
        return any(member.article_id in apart for member in story.members)


def story_id(first: ArticleId) -> StoryId:
    """The id of the story that begins with an article."""
    return StoryId(f"s-{first}")


def named(matches: Iterable[Match], rulings: Iterable[Ruling] = ()) -> frozenset[ArticleId]:
    """The articles whose stories `apply` needs."""
    matches = list(matches)
    mine = {match.article_id for match in matches}
    edges = {edge.other_id for match in matches for edge in match.edges}
    ruled = {
        article for ruling in rulings for article in (ruling.one, ruling.other) if {ruling.one, ruling.other} & mine
    }
    return frozenset(mine | edges | ruled)


def apply(
    matches: Iterable[Match], stories: Iterable[Story], rulings: Iterable[Ruling] = (), rules: Rules = DEFAULT
) -> Applied:
    """Joins each match's article to a story, in order.

    `stories` holds every story with one of the articles `named`. An article whose older counterparts have no story
    any more (all withdrawn and pruned) begins its own. Applying a match twice changes nothing.
    """
    book = _Book(stories, Rulings(rulings), rules)
    for match in matches:
        book.enter(match)
    return book.applied()


class _Book:
    """The stories while a batch is applied."""

    def __init__(self, stories: Iterable[Story], rulings: Rulings, rules: Rules) -> None:
        self._stories = {story.id: story for story in stories}
        self._story_of = {member.article_id: story.id for story in self._stories.values() for member in story.members}
        self._changed: dict[StoryId, None] = {}
        self._absorbed: list[tuple[StoryId, StoryId]] = []
        self._rulings = rulings
        self._rules = rules

    def applied(self) -> Applied:
        kept = tuple(self._stories[name] for name in self._changed if name in self._stories)
        return Applied(stories=kept, absorbed=tuple(self._absorbed))

    def enter(self, match: Match) -> None:
        edges = self._valid_edges(match)
        home = self._story_of.get(match.article_id)
        if home is None:
            home = self._join(match, edges[0]) if edges else self._begin(match)
        for edge in edges:
            self._unite(home, self._story_of[edge.other_id], edge, edges[0], match.seen_at)
            home = self._story_of[match.article_id]

    def _valid_edges(self, match: Match) -> list[Edge]:
        """Edges to stories that still exist and from which no operator split the article; confirmations first."""
        confirmed = (
            Edge(article_id=match.article_id, other_id=other, tie=Tie.OPERATOR, rule="confirmed")
            for other in self._rulings.confirmed(match.article_id)
        )
        edges = (edge for edge in (*confirmed, *match.edges) if edge.other_id in self._story_of)
        return [edge for edge in edges if not self._rulings.keep_apart(match.article_id, self._story(edge.other_id))]

    def _story(self, article: ArticleId) -> Story:
        return self._stories[self._story_of[article]]

    def _begin(self, match: Match) -> StoryId:
        member = Member(article_id=match.article_id, source_id=match.source_id, tie=Tie.FIRST, joined_at=match.seen_at)
        name = story_id(match.article_id)
        if name in self._stories:  # its first article was split off and is matched again
            name = StoryId(f"{name}-2")
        self._put(
            Story(
                id=name,
                members=(member,),
                original=match.article_id,
                digest=bool(match.mentions),
                created_at=match.seen_at,
                changed_at=match.seen_at,
            )
        )
        return name

    def _join(self, match: Match, edge: Edge) -> StoryId:
        story = self._story(edge.other_id)
        member = Member(
            article_id=match.article_id,
            source_id=match.source_id,
            tie=edge.tie,
            edge=edge,
            joined_at=match.seen_at,
        )
        self._put(replace(story, members=(*story.members, member), changed_at=match.seen_at))
        return story.id

    def _unite(self, home: StoryId, other: StoryId, edge: Edge, best: Edge, at: datetime) -> None:
        """Unites two stories through an article that is surely a copy of both."""
        if home == other or not (self._is_sure(edge) and self._is_sure(best)):
            return
        one, two = self._stories[home], self._stories[other]
        if any(self._rulings.keep_apart(member.article_id, two) for member in one.members):
            return
        kept, gone = sorted((one, two), key=_seniority)
        members = tuple(
            replace(member, tie=edge.tie, edge=edge) if member.tie is Tie.FIRST else member for member in gone.members
        )
        del self._stories[gone.id]
        self._absorbed.append((gone.id, kept.id))
        self._put(replace(kept, members=(*kept.members, *members), changed_at=at))

    def _is_sure(self, edge: Edge) -> bool:
        if edge.tie in _EXACT or edge.tie is Tie.OPERATOR:
            return True
        return dict(edge.scores).get("containment", 0.0) >= self._rules.union_containment

    def _put(self, story: Story) -> None:
        self._stories[story.id] = story
        self._changed[story.id] = None
        for member in story.members:
            self._story_of[member.article_id] = story.id


def _seniority(story: Story) -> tuple[bool, datetime, StoryId]:
    """A published story outlives one that is not; the older outlives the younger."""
    return (story.published_id is None, story.created_at, story.id)


def split(story: Story, article: ArticleId, at: datetime) -> tuple[Story, Story]:
    """The story without an article, and the article's own new story; the caller stores the rulings (`rulings_of`).

    The part that holds the article whose id was published keeps the story's id, its published id and its choices.
    Raises `KeyError` where the article is no member, `ValueError` where it is the only one.
    """
    parted = {member.article_id: member for member in story.members}[article]
    rest = tuple(member for member in story.members if member.article_id != article)
    if not rest:
        raise ValueError(f"story {story.id} has no other article to split {article} from")
    alone = (parted,)
    anchor = story.published_article or story.members[0].article_id
    kept, new = (alone, rest) if anchor == article else (rest, alone)
    return _cut_down(story, kept, at), _cut_out(story, new, at)


def _cut_down(story: Story, members: tuple[Member, ...], at: datetime) -> Story:
    present = {member.article_id for member in members}
    return replace(
        story,
        members=members,
        original=story.original if story.original in present else members[0].article_id,
        original_known=story.original_known and story.original in present,
        origin_evidence=tuple(e for e in story.origin_evidence if e.article_id in present),
        preferred=story.preferred if story.preferred in present else None,
        changed_at=at,
    )


def _cut_out(story: Story, members: tuple[Member, ...], at: datetime) -> Story:
    first = replace(members[0], tie=Tie.FIRST, edge=None)
    name = story_id(first.article_id)
    return Story(
        id=StoryId(f"{name}-2") if name == story.id else name,
        members=(first, *members[1:]),
        original=first.article_id,
        created_at=at,
        changed_at=at,
    )


def rulings_of(story: Story, article: ArticleId) -> tuple[Ruling, ...]:
    """What splitting an article from a story means for its pairs."""
    others = (member.article_id for member in story.members if member.article_id != article)
    return tuple(Ruling(one=article, other=other, verdict=Verdict.SPLIT) for other in others)


def prefer(story: Story, article: ArticleId | None, at: datetime) -> Story:
    """The story with an operator's choice of the member to show (None: no choice). `KeyError`: no such member."""
    if article is not None and all(member.article_id != article for member in story.members):
        raise KeyError(article)
    return replace(story, preferred=article, changed_at=at)


def alone(story: Story, article_id: ArticleId) -> Story:
    """The story as a topic without dedupe sees it: of one article, under an id of its own."""
    members = tuple(member for member in story.members if member.article_id == article_id)
    return replace(
        story,
        id=StoryId(f"{story.id}/{article_id}"),
        members=members,
        original=article_id,
        original_known=False,
        preferred=None,
        published_id=None,
        published_article=None,
    )

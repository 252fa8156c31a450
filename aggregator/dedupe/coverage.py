"""Stories about one event: "also reported by". For display only; it never joins or hides anything.

Online grouping: each new story goes to the group whose centroid it is most like by TF-IDF, or begins its own. Only
one representative of each story is looked at, so fifty copies of a wire text weigh no more than one.
Source: DEDUPE section 2.6 (thresholds and figures).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import nlargest
from itertools import islice

from aggregator.dedupe.terms import Rarity, Vector, vectors
from aggregator.model.ids import StoryId

_DAY = timedelta(days=1)
_NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRules:
    """Cosines to a group's centroid that join a story to it, by how much text there is."""

    full: float = 0.16
    summary: float = 0.16
    title_only: float = 0.20
    summary_words: int = 120
    title_words: int = 30
    fresh: timedelta = timedelta(hours=72)
    """Since the group's newest story; after that each further day asks for `per_day` more likeness."""
    per_day: float = 0.0075
    window: timedelta = timedelta(days=30)
    """A group ends when nothing joined it for this long."""
    most_groups: int = 5_000
    """The longest unchanged ones end first."""
    terms: int = 32
    """Terms of a story that are looked at, the weightiest."""
    centroid_terms: int = 80
    """A centroid is cut down to so many when it has twice as many."""
    telling_terms: int = 12
    """Terms of a story that bring candidates, if no more than `most_holders` groups are known by them."""
    most_holders: int = 40
    candidates: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A story by its representative: the original, or what is shown."""

    story_id: StoryId
    at: datetime
    title: str
    text: str
    coverage: str | None = None
    """The group it is in already: for `Coverage.load`."""


@dataclass(slots=True)
class _Group:
    name: str
    stories: list[StoryId]
    last: datetime
    total: Vector = field(default_factory=dict)
    """Sum of the vectors of its stories."""
    square: float = 0.0
    """The square of the length of `total`."""
    telling: set[int] = field(default_factory=set)
    """The terms by which it is found."""


class Coverage:
    """The live groups. Deterministic; bounded by the window. Rebuilt after a restart by `load`."""

    def __init__(self, rules: CoverageRules | None = None) -> None:
        self.rules = rules or CoverageRules()
        self._rarity = Rarity()
        self._groups: dict[str, _Group] = {}
        self._index: dict[int, set[str]] = {}

    def add(self, reports: Sequence[Report], led: Collection[StoryId] = ()) -> Mapping[StoryId, str]:
        """Places new stories, in order. Gives the group of each story whose group is new to it.

        A story alone has no group: the first one of a group gets its own when a second one joins. Those in `led` will
        `follow` another, whatever their words: they come last, so that their words draw none of the rest.
        """
        placed: dict[StoryId, str] = {}
        if reports:
            self._expire(min(report.at for report in reports))
        pairs = zip(reports, self._vectors(reports), strict=True)
        for report, vector in sorted(pairs, key=lambda pair: pair[0].story_id in led):
            group, likeness = self._nearest(vector, report) if report.story_id not in led else (None, 0.0)
            if group is None:
                self._put(_Group(name=alone(report.story_id), stories=[], last=report.at), report, vector, 0.0)
                continue
            self._put(group, report, vector, likeness)
            fresh = group.stories if len(group.stories) == 2 else group.stories[-1:]
            placed.update(dict.fromkeys(fresh, group.name))
        return placed

    def follow(self, story: StoryId, held: str | None, other: StoryId, others: str | None) -> Mapping[StoryId, str]:
        """Brings a story into the group of the one it leads to. Gives the group of each whose group is new to it.

        `held` and `others` are their groups so far, None for a story alone. A story leaves its own group.
        """
        if held is not None and held == others:
            return {}
        name = others or alone(other)
        self._move(story, held or alone(story), name)
        return {story: name} if others else {story: name, other: name}

    def load(self, reports: Sequence[Report]) -> None:
        """Puts stories of the window back where they were; those without a group stand alone."""
        for report, vector in zip(reports, self._vectors(reports), strict=True):
            name = report.coverage or alone(report.story_id)
            group = self._groups.get(name) or _Group(name=name, stories=[], last=report.at)
            self._put(group, report, vector, _product(vector, group))

    def _vectors(self, reports: Sequence[Report]) -> list[Vector]:
        return vectors([(report.title, report.text) for report in reports], self._rarity, self.rules.terms)

    def _threshold(self, report: Report) -> float:
        words = report.text.count(" ")
        if words < self.rules.title_words:
            return self.rules.title_only
        return self.rules.summary if words < self.rules.summary_words else self.rules.full

    def _nearest(self, vector: Vector, report: Report) -> tuple[_Group | None, float]:
        """The group that the story is most like, if it is like enough for its age, and their product."""
        shared: dict[str, float] = {}
        for term, weight in islice(vector.items(), self.rules.telling_terms):
            holders = self._index.get(term, ())
            if len(holders) <= self.rules.most_holders:
                for name in holders:
                    shared[name] = shared.get(name, 0.0) + weight
        promising = nlargest(self.rules.candidates, ((weight, name) for name, weight in shared.items()))
        best, found, likeness = 0.0, None, 0.0
        for _, name in promising:
            group = self._groups[name]
            product = _product(vector, group)
            score = product / math.sqrt(group.square) - self._lateness(group, report.at)
            if score > best:
                best, found, likeness = score, group, product
        return (found, likeness) if best >= self._threshold(report) else (None, 0.0)

    def _lateness(self, group: _Group, at: datetime) -> float:
        late = abs(at - group.last) - self.rules.fresh
        return self.rules.per_day * (late / _DAY) if late > _NOTHING else 0.0

    def _put(self, group: _Group, report: Report, vector: Vector, likeness: float) -> None:
        group.stories.append(report.story_id)
        group.last = max(group.last, report.at)
        total = group.total
        for term, weight in vector.items():
            total[term] = total.get(term, 0.0) + weight
        group.square += 2 * likeness + 1.0
        if len(total) > 2 * self.rules.centroid_terms:  # seldom: sorting is what costs
            heaviest = sorted(total.items(), key=lambda item: (-item[1], item[0]))[: self.rules.centroid_terms]
            group.total = dict(heaviest)
            group.square = sum(weight * weight for _, weight in heaviest)
        self._list(group, islice(vector, self.rules.telling_terms))
        self._groups[group.name] = group

    def _move(self, story: StoryId, left: str, name: str) -> None:
        """Puts a story into another group. One that leaves others behind leaves its words with them, too."""
        old, new = self._groups.get(left), self._groups.get(name)
        if old is None or old.stories != [story]:
            if old is not None and story in old.stories:
                old.stories.remove(story)
            if new is not None:
                new.stories.append(story)
            return
        if new is None:  # it has ended, or was left out after a restart
            new = self._groups[name] = _Group(name=name, stories=[], last=old.last)
        self._end(left)
        new.stories.append(story)
        new.last = max(new.last, old.last)
        for term, weight in old.total.items():
            new.total[term] = new.total.get(term, 0.0) + weight
        new.square = math.fsum(weight * weight for weight in new.total.values())
        self._list(new, old.telling)

    def _list(self, group: _Group, telling: Iterable[int]) -> None:
        for term in telling:
            self._index.setdefault(term, set()).add(group.name)
            group.telling.add(term)

    def _end(self, name: str) -> None:
        for term in self._groups.pop(name).telling:
            self._unlist(term, name)

    def _unlist(self, term: int, name: str) -> None:
        names = self._index[term]
        names.discard(name)
        if not names:
            del self._index[term]

    def _expire(self, now: datetime) -> None:
        gone = [name for name, group in self._groups.items() if now - group.last > self.rules.window]
        surplus = len(self._groups) - len(gone) - self.rules.most_groups
        if surplus > 0:
            gone = sorted(self._groups, key=lambda name: (self._groups[name].last, name))[: len(gone) + surplus]
        for name in gone:
            self._end(name)


def alone(story: StoryId) -> str:
    """The name of the group that begins with a story."""
    return f"c-{story}"


def _product(vector: Vector, group: _Group) -> float:
    total = group.total
    return sum([weight * total[term] for term, weight in vector.items() if term in total])

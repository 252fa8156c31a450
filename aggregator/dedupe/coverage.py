"""Stories about one event: "also reported by". For display only; it never joins or hides anything.

Online grouping: each new story goes to the group whose centroid it is most like by TF-IDF, or begins its own. Only
one representative of each story is looked at, so fifty copies of a wire text weigh no more than one.
Source: DEDUPE section 2.6 (thresholds and figures).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import nlargest
from itertools import islice

from aggregator.dedupe.terms import Stemming, term_counts
from aggregator.model.ids import StoryId

Vector = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRules:
    """Cosines to a group's centroid that join a story to it, by how much text there is."""

    full: float = 0.18
    summary: float = 0.18
    title_only: float = 0.22
    summary_words: int = 120
    title_words: int = 30
    fresh: timedelta = timedelta(hours=72)
    """Since the group's newest story; after that each further day asks for `per_day` more likeness."""
    per_day: float = 0.0075
    window: timedelta = timedelta(days=30)
    """A group ends when nothing joined it for this long."""
    most_groups: int = 10_000
    """The longest unchanged ones end first."""
    terms: int = 80
    """Terms of a story that are looked at, the weightiest."""
    centroid_terms: int = 120
    telling_terms: int = 30
    """Terms of a story that bring candidates, if no more than `most_holders` groups hold them."""
    most_holders: int = 100
    candidates: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A story by its representative: the original, or what is shown."""

    story_id: StoryId
    at: datetime
    title: str
    text: str
    language: str = "und"
    coverage: str | None = None
    """The group it is in already: for `Coverage.load`."""


@dataclass(slots=True)
class _Group:
    name: str
    stories: list[StoryId]
    last: datetime
    total: Vector = field(default_factory=dict)

    @property
    def norm(self) -> float:
        return math.sqrt(sum(weight * weight for weight in self.total.values())) or 1.0


class Coverage:
    """The live groups. Deterministic; bounded by the window. Rebuilt after a restart by `load`."""

    def __init__(self, rules: CoverageRules | None = None) -> None:
        self.rules = rules or CoverageRules()
        self._stemming = Stemming()
        self._documents = 0
        self._holders: Counter[str] = Counter()
        self._groups: dict[str, _Group] = {}
        self._norms: dict[str, float] = {}
        self._index: dict[str, set[str]] = {}

    def add(self, reports: Sequence[Report]) -> Mapping[StoryId, str]:
        """Places new stories, in order. Gives the group of each story whose group is new to it.

        A story alone has no group: the first one of a group gets its own when a second one joins.
        """
        placed: dict[StoryId, str] = {}
        counts = self._count(reports)
        if reports:
            self._expire(min(report.at for report in reports))
        for report, terms in zip(reports, counts, strict=True):
            vector = self._vector(terms)
            group = self._nearest(vector, report)
            if group is None:
                self._put(_Group(name=f"c-{report.story_id}", stories=[], last=report.at), report, vector)
                continue
            self._put(group, report, vector)
            fresh = group.stories if len(group.stories) == 2 else group.stories[-1:]
            placed.update(dict.fromkeys(fresh, group.name))
        return placed

    def load(self, reports: Sequence[Report]) -> None:
        """Puts stories of the window back where they were; those without a group stand alone."""
        for report, terms in zip(reports, self._count(reports), strict=True):
            name = report.coverage or f"c-{report.story_id}"
            group = self._groups.get(name) or _Group(name=name, stories=[], last=report.at)
            self._put(group, report, self._vector(terms))

    def _count(self, reports: Iterable[Report]) -> list[Counter[str]]:
        """Terms of the reports; also counts in how many documents each term stands."""
        counts = [term_counts(report.title, report.text, report.language, self._stemming) for report in reports]
        for terms in counts:
            self._documents += 1
            self._holders.update(terms.keys())
        return counts

    def _vector(self, terms: Mapping[str, int]) -> Vector:
        """The weightiest terms, by (1 + log count) times rarity, as a vector of length 1."""
        total = self._documents + 1
        weights = {
            term: (1 + math.log(count)) * math.log(total / self._holders[term])
            for term, count in terms.items()
            if self._holders[term] < total
        }
        kept = sorted(weights.items(), key=lambda item: (-item[1], item[0]))[: self.rules.terms]
        norm = math.sqrt(sum(weight * weight for _, weight in kept)) or 1.0
        return {term: weight / norm for term, weight in kept}

    def _threshold(self, report: Report) -> float:
        words = report.text.count(" ")
        if words < self.rules.title_words:
            return self.rules.title_only
        return self.rules.summary if words < self.rules.summary_words else self.rules.full

    def _nearest(self, vector: Vector, report: Report) -> _Group | None:
        """The group that the story is most like, if it is like enough for its age."""
        likeness: dict[str, float] = {}
        for term, weight in islice(vector.items(), self.rules.telling_terms):
            holders = self._index.get(term, ())
            if len(holders) <= self.rules.most_holders:
                for name in holders:
                    likeness[name] = likeness.get(name, 0.0) + weight * self._groups[name].total[term]
        promising = nlargest(self.rules.candidates, likeness.items(), key=lambda item: (item[1], item[0]))
        scored = [(self._score(vector, self._groups[name], report.at), name) for name, _ in promising]
        score, name = max(scored, default=(0.0, ""))
        return self._groups[name] if score and score >= self._threshold(report) else None

    def _score(self, vector: Vector, group: _Group, at: datetime) -> float:
        late = max(timedelta(0), abs(at - group.last) - self.rules.fresh)
        return self._cosine(vector, group) - self.rules.per_day * (late / timedelta(days=1))

    def _cosine(self, vector: Vector, group: _Group) -> float:
        return sum(weight * group.total.get(term, 0.0) for term, weight in vector.items()) / self._norms[group.name]

    def _put(self, group: _Group, report: Report, vector: Vector) -> None:
        group.stories.append(report.story_id)
        group.last = max(group.last, report.at)
        for term, weight in vector.items():
            group.total[term] = group.total.get(term, 0.0) + weight
        dropped = sorted(group.total.items(), key=lambda item: (-item[1], item[0]))[self.rules.centroid_terms :]
        for term, _ in dropped:
            del group.total[term]
            self._unlist(term, group.name)
        for term in group.total:
            self._index.setdefault(term, set()).add(group.name)
        self._groups[group.name] = group
        self._norms[group.name] = group.norm

    def _unlist(self, term: str, name: str) -> None:
        names = self._index.get(term)
        if names is not None:
            names.discard(name)
            if not names:
                del self._index[term]

    def _expire(self, now: datetime) -> None:
        gone = [name for name, group in self._groups.items() if now - group.last > self.rules.window]
        surplus = len(self._groups) - len(gone) - self.rules.most_groups
        if surplus > 0:
            gone = sorted(self._groups, key=lambda name: (self._groups[name].last, name))[: len(gone) + surplus]
        for name in gone:
            for term in self._groups.pop(name).total:
                self._unlist(term, name)
            del self._norms[name]

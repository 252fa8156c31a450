"""Finds, for each new article, the older ones that tell the same thing in the same words.

The matcher holds a window of rows and three indexes in memory: sampled shingles, title pairs and exact keys. It is
deterministic: the same batches in the same order give the same matches, also after a restart from its segments.
Sources: DEDUPE sections 2.3 and 2.4; PROTOCOL P-49.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import combinations
from typing import NamedTuple

import numpy as np

from aggregator.dedupe import candidates, segment
from aggregator.dedupe.candidates import Shortlist
from aggregator.dedupe.compare import SAME, Circumstances, Finding, Side, compare, sides_of, title_needed, titles_alike
from aggregator.dedupe.exact import HOLDERS, exact_edges, exact_run
from aggregator.dedupe.features import Features, stored_body, stored_title
from aggregator.dedupe.outlines import Outlines
from aggregator.dedupe.postings import Packed, Postings, pack
from aggregator.dedupe.rules import DEFAULT, Rules
from aggregator.dedupe.window import Candidate, Window, candidate_of
from aggregator.model.ids import ArticleId, SourceId
from aggregator.model.story import Edge, Tie

__all__ = ["Candidate", "Match", "Matcher", "candidate_of"]


class Match(NamedTuple):
    """What the matcher found for one article."""

    article_id: ArticleId
    source_id: SourceId
    seen_at: datetime
    tie: Tie
    """`Tie.FIRST` where nothing was found."""
    story_of: ArticleId | None
    """The older article whose story it joins: that of the best edge."""
    edges: tuple[Edge, ...] = ()
    """Best first. All of them hold; an operator's split makes the next one count."""
    mentions: tuple[ArticleId, ...] = ()
    """Older articles that this one, a round-up, merely tells of: no edges, it is a story of its own."""


class Matcher:
    """The window and its indexes. Not thread-safe: one leased process matches, in the order of ingestion.

    `match` changes the window before its caller has stored anything: when the caller's transaction fails, the
    matcher must be thrown away and built again from the stored segments.
    """

    def __init__(self, rules: Rules = DEFAULT) -> None:
        self.rules = rules
        self._window = Window()
        self._bodies = Postings(rules.posting_limit)
        self._titles = Postings(rules.posting_limit)
        self._exact = Postings(HOLDERS)
        self._new: list[segment.Batch] = []

    def match(self, batch: Sequence[Candidate]) -> tuple[Match, ...]:
        """Matches a batch, given in the order of ingestion, against the window and its own earlier articles."""
        if not batch:
            return ()
        start = self._window.end
        self._window.append(batch)
        bodies = _run(start, [candidate.features.keys for candidate in batch])
        titles = _run(start, [candidate.features.title_keys for candidate in batch])
        self._insert(segment.Batch(start=start, end=self._window.end, bodies=bodies, titles=titles))
        exact = exact_edges(self._window, self._exact, start, self.rules)
        shortlists = candidates.shortlists(self._window, self._bodies, self._titles, bodies, titles, self.rules)
        sides = self._sides(batch, start, shortlists)
        return tuple(
            self._match(row, candidate, exact.get(row, ()), shortlists.get(row), sides)
            for row, candidate in enumerate(batch, start)
        )

    def take_segment(self) -> bytes:
        """Everything matched since the last call, as bytes to be stored with the batch's results; empty: nothing.

        Segments are only ever added. Whole ones may be dropped once all their articles were first seen more than
        `Rules.exact_days` days ago.
        """
        data = segment.write(self._window, self._new) if self._new else b""
        self._new = []
        return data

    def load(self, segments: Iterable[bytes]) -> None:
        """Puts an empty matcher where another one was after it wrote these segments, in the order of writing."""
        bodies, titles = [], []
        for data in segments:
            batch = segment.read(self._window, data)
            bodies.append(batch.bodies)
            titles.append(batch.titles)
        for run in segment.merged(bodies):
            self._bodies.add(run)
        for run in segment.merged(titles):
            self._titles.add(run)
        self._exact.add(exact_run(self._window, self._window.base))
        self._expire(self._window.end)

    def size(self) -> int:
        """Bytes held by the indexes and the features, without the interpreter's own overhead."""
        return self._bodies.size + self._titles.size + self._exact.size + self._window.size

    def _insert(self, batch: segment.Batch) -> None:
        self._bodies.add(batch.bodies)
        self._titles.add(batch.titles)
        self._exact.add(exact_run(self._window, batch.start))
        self._new.append(batch)
        self._expire(batch.start)

    def _expire(self, start: int) -> None:
        """Forgets rows that are too old, but none from `start` on: those are still to be matched."""
        if not self._window.ids:
            return
        today = int(self._window.column("day")[-1])
        near = max(
            self._window.first_row_of(today - self.rules.memory_days),
            min(
                self._window.first_row_of(today - self.rules.window_days), self._window.end - self.rules.memory_articles
            ),
        )
        near = min(near, start)
        oldest = min(self._window.first_row_of(today - self.rules.exact_days), start)
        if near > self._window.near:
            self._bodies.drop_below(near)
            self._titles.drop_below(near)
        if oldest > self._window.base:
            self._exact.drop_below(oldest)
        self._window.forget(before=oldest, features_before=near)

    def _match(
        self, row: int, candidate: Candidate, exact: Sequence[Edge], shortlist: Shortlist | None, sides: dict[int, Side]
    ) -> Match:
        if exact:
            return _matched(candidate, edges=exact)
        found = self._findings(row, shortlist, sides) if shortlist and shortlist.rows else []
        mentioned = self._mentioned(sides[row], shortlist, found, sides) if shortlist and found else []
        if mentioned:
            return _matched(candidate, mentions=[self._window.article(other) for other in mentioned])
        return _matched(candidate, edges=[self._edge(candidate.article_id, other, finding) for other, finding in found])

    def _findings(self, row: int, shortlist: Shortlist, sides: dict[int, Side]) -> list[tuple[int, Finding]]:
        """The older rows that are copies, best first; equal ones oldest first."""
        mine = sides[row]
        found = []
        for other in shortlist.rows:
            finding = compare(mine, sides[other], self._case(row, other, shortlist), self.rules)
            if finding:
                found.append((other, finding))
        found.sort(key=lambda pair: (-pair[1].score, pair[0]))
        return found

    def _mentioned(
        self, mine: Side, shortlist: Shortlist, found: Sequence[tuple[int, Finding]], sides: dict[int, Side]
    ) -> list[int]:
        """The rows that an article contains, where two of them have nothing to do with each other: a round-up."""
        if found[0][1].tie is not Tie.CONTAINED or any(f.title >= self.rules.roundup_title for _, f in found):
            return []
        inside = [other for other in shortlist.rows if mine.contains(sides[other], self.rules.inside)]
        apart = any(not sides[a].shingles & sides[b].shingles for a, b in combinations(inside, 2))
        return inside if apart else []

    def _case(self, row: int, other: int, shortlist: Shortlist) -> Circumstances:
        return Circumstances(
            hours=self._window.hours_apart(row, other),
            same_source=self._window.same_source(row, other),
            title_only=shortlist.title_only,
            rubric=shortlist.rubric,
        )

    def _sides(self, batch: Sequence[Candidate], start: int, lists: Mapping[int, Shortlist]) -> dict[int, Side]:
        """Both sides of every comparison that is worth its price; the shortlists lose the others."""
        self._shorten(lists)
        rows = sorted({row for mine, shortlist in lists.items() if shortlist.rows for row in (mine, *shortlist.rows)})
        features = [
            batch[row - start].features if row >= start else Features.from_bytes(self._window.blob(row)) for row in rows
        ]
        return dict(zip(rows, sides_of(features), strict=True))

    def _shorten(self, lists: Mapping[int, Shortlist]) -> None:
        """Takes out of the shortlists what no rule can join: texts that share too little, titles that are unlike."""
        pairs = [(mine, other) for mine, shortlist in lists.items() for other in shortlist.rows]
        if not pairs:
            return
        titles: dict[int, str] = {}
        for (mine, other), needed in zip(pairs, self._titles_needed(pairs), strict=True):
            shortlist = lists[mine]
            limit = 0.0 if shortlist.title_only else needed
            if other in shortlist.by_title:
                limit = max(limit, self.rules.like_title)
            for row in (mine, other) if 0 < limit <= SAME else ():
                if row not in titles:
                    titles[row] = stored_title(self._window.blob(row)).casefold()
            if limit > SAME or (limit and not titles_alike(titles[mine], titles[other], limit)):
                shortlist.rows.remove(other)

    def _titles_needed(self, pairs: Sequence[tuple[int, int]]) -> list[float]:
        """For each pair: how alike its titles must be, by a first look at the texts (`title_needed`)."""
        both = np.array(pairs)
        rows, place = np.unique(both, return_inverse=True)
        outlines = Outlines([stored_body(self._window.blob(row)) for row in rows.tolist()])
        shorter, containment = outlines.bounds(*place.reshape(-1, 2).T)
        hours, sources = self._window.hours_between(*both.T), self._window.column("source")[both - self._window.base]
        needed: list[float] = title_needed(
            shorter, containment, hours, sources[:, 0] == sources[:, 1], self.rules
        ).tolist()
        return needed

    def _edge(self, article_id: ArticleId, other: int, finding: Finding) -> Edge:
        return Edge(
            article_id=article_id,
            other_id=self._window.article(other),
            tie=finding.tie,
            rule=finding.rule,
            scores=(
                ("containment", round(finding.containment, 3)),
                ("lead", round(finding.lead, 3)),
                ("title", round(finding.title / 100, 3)),
                ("score", round(finding.score, 3)),
            ),
            version=self.rules.version,
        )


def _matched(candidate: Candidate, edges: Sequence[Edge] = (), mentions: Sequence[ArticleId] = ()) -> Match:
    return Match(
        article_id=candidate.article_id,
        source_id=candidate.source_id,
        seen_at=candidate.seen_at,
        tie=edges[0].tie if edges else Tie.FIRST,
        story_of=edges[0].other_id if edges else None,
        edges=tuple(edges),
        mentions=tuple(mentions),
    )


def _run(start: int, keys: Sequence[bytes]) -> Packed:
    """The index run of the keys of neighbouring rows."""
    rows = np.repeat(np.arange(start, start + len(keys)), [len(k) // 4 for k in keys])
    return pack(np.frombuffer(b"".join(keys), dtype="<u4"), rows)

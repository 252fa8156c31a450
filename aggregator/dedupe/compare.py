"""Are two articles copies of one text? Exact comparison with vetoes; symmetric. Source: DEDUPE section 2.3 (verify)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.fuzz import token_set_ratio

from aggregator.dedupe.features import Features, as_hashes
from aggregator.dedupe.rules import Rules
from aggregator.dedupe.tokens import SHINGLE, shingles
from aggregator.model.story import Tie

_COUNTER = re.compile(r"([^\W\d_]+)[\W_]*(\d[\d.,:/\-–]*)")
_UNEVEN = 1.8
_LEAD_SLACK = 24
_LEAD_SLACK_UNLIKE = 12
SAME = 100.0
"""Titles of the same words, on rapidfuzz's scale."""
_MUCH = 0.6
"""A containment that speaks for itself."""
_FIGURES = 3
"""Fewer figures than this prove nothing."""
_FEW = 8
"""Texts below this many tokens or shingles prove nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Why two articles are taken for copies."""

    tie: Tie
    rule: str
    score: float
    """0 to 1: what findings are ranked by."""
    containment: float
    lead: float
    title: float


class Side:
    """One article in a comparison; its sets are made when first asked for."""

    def __init__(self, features: Features, row: list[int] | None = None) -> None:
        """`row`: the shingles in order, where the caller has them already (`sides_of`)."""
        self.features = features
        self.title = features.title.casefold()
        self.row: list[int] = shingles(as_hashes(features.body)).tolist() if row is None else row

    @cached_property
    def shingles(self) -> frozenset[int]:
        return frozenset(self.row)

    @cached_property
    def words(self) -> frozenset[int]:
        return _set_of(self.features.body)

    @cached_property
    def heading(self) -> frozenset[int]:
        return _set_of(self.features.heading)

    @cached_property
    def pairs(self) -> frozenset[int]:
        return frozenset(shingles(as_hashes(self.features.heading), 2).tolist())

    @cached_property
    def counters(self) -> dict[str, str]:
        """Numbers of the title by the word before them."""
        return {word: number for word, number in _COUNTER.findall(self.title) if word}

    @cached_property
    def numbers(self) -> frozenset[int]:
        return _set_of(self.features.numbers)

    def contains(self, other: Side, share: float) -> bool:
        """Whether this share of a shorter text stands in this one, wherever."""
        if len(other.row) >= len(self.row) or not other.shingles:
            return False
        return len(other.shingles & self.shingles) >= share * len(other.shingles)


def _set_of(hashes: bytes) -> frozenset[int]:
    return frozenset(memoryview(hashes).cast("I"))


def sides_of(features: Sequence[Features]) -> list[Side]:
    """The sides of many articles: their shingles are computed in one pass."""
    bodies = [as_hashes(one.body) for one in features]
    if not bodies:
        return []
    joined = shingles(np.concatenate(bodies))
    ends = list(accumulate(map(len, bodies)))
    return [
        Side(one, joined[end - len(body) : max(end - len(body), end - SHINGLE + 1)].tolist())
        for one, body, end in zip(features, bodies, ends, strict=True)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known about a pair beside its texts."""

    hours: float
    """Between the two."""
    same_source: bool
    title_only: bool = False
    """The text of one of them is its source's boilerplate."""
    rubric: bool = False
    """Their title is one that recurs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measures:
    shorter: int
    containment: float
    lead: float
    title: float
    uneven: bool


def compare(a: Side, b: Side, case: Circumstances, rules: Rules) -> Finding | None:
    """The finding that joins two articles, or None. `compare(a, b, …)` equals `compare(b, a, …)`."""
    if case.hours > rules.max_age:
        return None
    measures = _measure(a, b, rules)
    if case.title_only:
        return None if case.same_source else _by_exact_title(a, b, measures, case, rules)
    if case.same_source and not _one_source_repeats_itself(a, b, measures):
        return None
    if case.hours > rules.old_age and measures.containment < rules.old_containment:
        return None
    finding = _by_text(measures, rules) or _by_title(a, b, measures, case, rules)
    return finding if finding and not _vetoed(a, b, measures, rules) else None


def title_needed(
    shorter: NDArray[np.int64],
    containment: NDArray[np.float64],
    hours: NDArray[np.float64],
    same_source: NDArray[np.bool_],
    rules: Rules,
) -> NDArray[np.float64]:
    """How alike the titles of pairs must be for `compare` to join them, by a first look at many at once.

    0 where the texts may be enough, more than `SAME` where nothing is. `containment` is the most that they can have,
    `shorter` the least number of shingles (`Outlines.bounds`). Not for pairs of which the title alone decides.
    """
    by_text = min(
        rules.containment,
        rules.containment_short,
        rules.unlike_containment,
        rules.telling_containment,
        rules.inside,
        _MUCH,
    )
    never = (containment < min(by_text, rules.title_containment)) & (
        shorter >= max(rules.title_text, rules.title_summary)
    )
    never |= same_source & (containment < min(rules.inside, _MUCH))
    never |= (hours > rules.old_age) & (containment < min(rules.inside, rules.old_containment))
    return np.where(never, np.inf, np.where(containment < by_text, rules.same_title, 0.0))


def titles_alike(one: str, other: str, limit: float) -> bool:
    """Whether two titles, casefolded, are as alike as this."""
    # The cutoff is there to save time; it is a little lower, lest it decides.
    return bool(token_set_ratio(one, other, score_cutoff=limit - 1) >= limit)


def _measure(a: Side, b: Side, rules: Rules) -> _Measures:
    title = token_set_ratio(a.title, b.title) if a.title and b.title else 0.0
    short, long = (a, b) if len(a.row) <= len(b.row) else (b, a)
    count = len(short.shingles)
    if count == 0:
        return _Measures(shorter=0, containment=0.0, lead=0.0, title=title, uneven=False)
    containment = len(short.shingles & long.shingles) / count
    uneven = len(long.row) > _UNEVEN * len(short.row)
    lead = containment
    if uneven and containment:
        slack = _LEAD_SLACK if title >= rules.unlike_title else _LEAD_SLACK_UNLIKE
        lead = len(short.shingles.intersection(long.row[: len(short.row) + slack])) / count
    return _Measures(shorter=count, containment=containment, lead=lead, title=title, uneven=uneven)


def _one_source_repeats_itself(a: Side, b: Side, m: _Measures) -> bool:
    return m.title >= 90 and a.features.disc == b.features.disc and m.containment >= _MUCH and m.shorter >= _FEW


def _vetoed(a: Side, b: Side, m: _Measures, rules: Rules) -> bool:
    return (
        (_issues_differ(a, b) and (_numbered_alike(a, b) or not _same_text_anyway(m)))
        or (m.containment < rules.verbatim and _figures_differ(a, b, rules))
        or (m.containment < rules.swap_limit(m.shorter) and _swapped(a, b))
        or (m.containment < rules.subject_limit(m.shorter) and _about_other_things(a, b))
        or _mentioned_in_a_roundup(a, b, m, rules)
        or (m.shorter < rules.long_body and m.title < rules.like_title and _is_stub(a) and _is_stub(b))
    )


def _issues_differ(a: Side, b: Side) -> bool:
    """Two issues of a series: each title has its own numbers, weekdays or months."""
    one, other = frozenset(a.features.disc), frozenset(b.features.disc)
    return bool(one) and bool(other) and not (one <= other or other <= one)


def _numbered_alike(a: Side, b: Side) -> bool:
    """The same word stands before different numbers: ``Episode 100`` and ``Episode 101``, ``CVE-…`` and ``CVE-…``."""
    return any(b.counters.get(word, number) != number for word, number in a.counters.items())


def _same_text_anyway(m: _Measures) -> bool:
    return (m.containment >= 0.7 and m.shorter >= 60) or (m.containment >= 0.9 and m.shorter >= 20)


def _figures_differ(a: Side, b: Side, rules: Rules) -> bool:
    """The same template with other figures."""
    if min(len(a.features.numbers), len(b.features.numbers)) < 4 * _FIGURES:
        return False
    fewer = min(len(a.numbers), len(b.numbers))
    return fewer >= _FIGURES and len(a.numbers & b.numbers) < rules.numbers_share * fewer


def _swapped(a: Side, b: Side) -> bool:
    """Alike titles, each with a word the other article never mentions: Hungary for Korea, one agency for another."""
    mine, its = a.heading - b.heading, b.heading - a.heading
    fewer = min(len(a.heading), len(b.heading))
    if not mine or not its or fewer < 2 or 2 * (len(a.heading) - len(mine)) < fewer:
        return False
    return not mine <= b.words and not its <= a.words


def _about_other_things(a: Side, b: Side) -> bool:
    """Each tells of something in its title and its text that the other never mentions: two reports, one template."""
    mine, its = a.heading - b.heading, b.heading - a.heading
    if not mine or not its:
        return False
    return bool((mine & a.words) - b.words) and bool((its & b.words) - a.words)


def _is_stub(side: Side) -> bool:
    """A short text that hardly mentions what its title is about, such as an invitation to subscribe."""
    return 2 * len(side.heading & side.words) <= len(side.heading)


def _mentioned_in_a_roundup(a: Side, b: Side, m: _Measures, rules: Rules) -> bool:
    """One is built like a digest and tells much that the other does not."""
    long = a if len(a.row) >= len(b.row) else b
    shared = m.containment * m.shorter
    return long.features.roundup and m.title < rules.roundup_title and shared < 0.5 * len(long.shingles)


def _by_text(m: _Measures, rules: Rules) -> Finding | None:
    if m.shorter < _FEW - 3:
        return None
    c, long = m.containment, m.shorter >= rules.long_body
    if m.shorter < rules.short_body and m.title < rules.like_title and c < rules.short_containment:
        return None
    if m.title < rules.unlike_title:
        joined = (c >= _MUCH and m.lead >= 0.75) or (m.lead >= 0.5 and c >= rules.unlike_limit(m.shorter))
    else:
        enough = rules.containment if long else rules.containment_short
        joined = (c >= enough and m.lead >= rules.lead) or (c >= _MUCH and m.title >= rules.like_title)
    if not joined:
        return None
    tie = Tie.CONTAINED if m.uneven else Tie.NEAR_COPY
    return _finding(tie, "shared-text", c, m)


def _by_title(a: Side, b: Side, m: _Measures, case: Circumstances, rules: Rules) -> Finding | None:
    if case.rubric or a.features.disc != b.features.disc or m.title < rules.same_title:
        return None
    shared = len(a.pairs & b.pairs)
    if shared < 3:
        return None
    needed = rules.title_containment * (2 if a.features.unspaced and b.features.unspaced else 1)
    enough = rules.title_text if m.title >= SAME else rules.title_summary
    if m.shorter >= enough and m.containment < needed:
        return None
    fewer = min(len(a.words), len(b.words))
    if fewer < _FEW:
        if m.title < rules.exact_title or shared < 4:
            return None
    elif len(a.words & b.words) < 0.5 * fewer:
        return None
    return _finding(Tie.SAME_TITLE, "shared-title", 0.7 * m.title / 100, m)


def _by_exact_title(a: Side, b: Side, m: _Measures, case: Circumstances, rules: Rules) -> Finding | None:
    if case.rubric or a.title != b.title or len(a.pairs) < 3 or case.hours > rules.old_age:
        return None
    return _finding(Tie.SAME_TITLE, "exact-title", 0.6, m)


def _finding(tie: Tie, rule: str, score: float, m: _Measures) -> Finding:
    return Finding(tie=tie, rule=rule, score=score, containment=m.containment, lead=m.lead, title=m.title)

"""Pairs of stories that may be one, by what their titles mean: for people to judge, nothing is joined by it.

Where words do not tell: in two languages, and where there is hardly more than a title. Two stories are a pair where
each is the other's nearest of its language. Source: DEDUPE section 2.6 (embeddings).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from aggregator.model.ids import ArticleId, SourceId, StoryId

Vectors = NDArray[np.float32]
Embedder = Callable[[Sequence[str]], Vectors]
"""Gives a row of length 1 for each title."""

_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_NEVER = np.float32(-1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestRules:
    """Cosines from which on a pair is worth a look, and what may be a pair at all."""

    other_language: float = 0.85
    same_language: float = 0.88
    """Unlike titles of one language are nearer to each other than those of two."""
    apart: timedelta = timedelta(hours=48)
    title_words: int = 30
    """An article with fewer words of text is hardly more than its title."""


DEFAULT = SuggestRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """A story by the article that is shown of it."""

    story_id: StoryId
    article_id: ArticleId
    source_ids: frozenset[SourceId]
    """Of all its members: a source does not tell one thing in two stories."""
    language: str
    """Without region and script: ``pt``."""
    title: str
    text: str
    at: datetime

    def is_brief(self, rules: SuggestRules = DEFAULT) -> bool:
        return self.text.count(" ") < rules.title_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Two stories that may be one, and the cosine of their titles."""

    first: Headline
    second: Headline
    cosine: float


def worth_asking(headlines: Iterable[Headline], rules: SuggestRules = DEFAULT) -> tuple[Headline, ...]:
    """Those that may be half of a pair: all where there are two languages, else those without text."""
    titled = [one for one in headlines if one.title]
    several = len({one.language for one in titled}) > 1
    return tuple(one for one in titled if several or one.is_brief(rules))


def suggest(
    headlines: Sequence[Headline],
    vectors: Vectors,
    apart: Collection[frozenset[StoryId]] = (),
    rules: SuggestRules = DEFAULT,
) -> tuple[Suggestion, ...]:
    """The pairs, most alike first. `vectors` has a row for each headline; `apart` are pairs that were ruled out."""
    places: dict[str, list[int]] = {}
    for place, headline in enumerate(headlines):
        places.setdefault(headline.language, []).append(place)
    found = []
    for one, other in combinations_with_replacement(sorted(places), 2):
        rows, columns = places[one], places[other]
        least = rules.same_language if one == other else rules.other_language
        cosines = (vectors[rows] @ vectors[columns].T).astype(np.float32)
        for row, column in np.argwhere(cosines >= least).tolist():
            if not _may_be_one(headlines[rows[row]], headlines[columns[column]], apart, rules):
                cosines[row, column] = _NEVER
        found += [
            _suggestion(headlines[rows[row]], headlines[columns[column]], float(cosines[row, column]))
            for row, column in _mutual(cosines, least)
            if one != other or row < column
        ]
    return tuple(sorted(found, key=lambda pair: (-pair.cosine, pair.first.article_id, pair.second.article_id)))


def _mutual(cosines: Vectors, least: float) -> Iterable[tuple[int, int]]:
    """The rows and columns that are each other's best."""
    nearest, back = cosines.argmax(axis=1), cosines.argmax(axis=0)
    for row, column in enumerate(nearest.tolist()):
        if back[column] == row and cosines[row, column] >= least:
            yield row, column


def _may_be_one(one: Headline, other: Headline, ruled: Collection[frozenset[StoryId]], rules: SuggestRules) -> bool:
    if one.source_ids & other.source_ids or abs(one.at - other.at) > rules.apart:
        return False
    if one.language == other.language and not (one.is_brief(rules) and other.is_brief(rules)):
        return False  # their words were compared already
    return not _figures_disagree(one.title, other.title) and frozenset((one.story_id, other.story_id)) not in ruled


def _figures_disagree(one: str, other: str) -> bool:
    """Whether both name figures, and none in common: an earthquake of 6.1 is not one of 5,4."""
    mine, theirs = ({figure.replace(",", ".") for figure in _FIGURE.findall(title)} for title in (one, other))
    return bool(mine and theirs) and not mine & theirs


def _suggestion(one: Headline, other: Headline, cosine: float) -> Suggestion:
    first, second = sorted((one, other), key=lambda headline: (headline.at, headline.article_id))
    return Suggestion(first=first, second=second, cosine=round(cosine, 3))

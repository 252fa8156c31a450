"""How much a story matters in a topic (DEDUPE section 3), with each factor kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from math import log2, sqrt

from aggregator.curate.terms import words_of
from aggregator.model.article import Article
from aggregator.model.ids import ArticleId, SourceId
from aggregator.model.source import Source
from aggregator.model.story import Story
from aggregator.model.topic import ScorePart

HALF_LIFE_HOURS = 24.0
COVERAGE_WEIGHT = 0.35
COPY_WEIGHT = 0.2
CROWD_WEIGHT = 0.1
"""How much each item that the same source has just brought takes away."""
LEAD_WORDS = 80


def independence(stories: Iterable[Story], sources: Mapping[SourceId, Source]) -> float:
    """How many independent voices tell an event: one text in fifty papers counts 1 + .2 × log2 50, not fifty.

    `stories` are those about the same event; within one story all members carry one text, and sources of one owner are
    one voice.
    """
    return sum(1.0 + COPY_WEIGHT * log2(max(1, len(_owners(story, sources)))) for story in stories)


def _owners(story: Story, sources: Mapping[SourceId, Source]) -> set[str]:
    owners = set()
    for member in story.members:
        source = sources.get(member.source_id)
        owners.add(source.owner if source and source.owner else str(member.source_id))
    return owners


def terms(article: Article) -> frozenset[str]:
    """The telling words of title and lead, for novelty."""
    lead = article.summary or article.text[:1000]
    words = (*words_of(article.title), *words_of(lead)[:LEAD_WORDS])
    return frozenset(word for word in words if len(word) > 3 or not word.isascii())


def similarity(one: Collection[str], other: Collection[str]) -> float:
    """Cosine of two sets of words, 0 to 1."""
    if not one or not other:
        return 0.0
    return len(set(one) & set(other)) / sqrt(len(one) * len(other))


def novelty(own: Collection[str], listed: Iterable[Collection[str]]) -> tuple[float, float]:
    """What is new against what the topic lists already: 1 minus the greatest similarity, and that similarity."""
    most = max((similarity(own, other) for other in listed), default=0.0)
    return 1.0 - most, most


def score_parts(
    article: Article,
    *,
    weight: float,
    place: str,
    place_weight: float,
    voices: float,
    new: float,
    crowd: int,
    now_hour: datetime,
) -> tuple[float, tuple[ScorePart, ...]]:
    """The score and its factors; their product is the score.

    `weight` is the source's, `voices` from `independence`, `new` from `novelty`, `crowd` the number of items that the
    topic listed from the same source within the last day.
    """
    age = max(0.0, (now_hour - article.when).total_seconds() / 3600)
    parts = (
        ScorePart(name="source", value=weight, detail=f"weight of {article.source_id}"),
        ScorePart(name="match", value=place_weight, detail=f"found in: {place}"),
        ScorePart(
            name="coverage", value=_rounded(1 + COVERAGE_WEIGHT * log2(1 + voices)), detail=f"voices: {voices:.2f}"
        ),
        ScorePart(name="recency", value=_rounded(2 ** (-age / HALF_LIFE_HOURS)), detail=f"age: {age:.1f} h"),
        ScorePart(name="novelty", value=_rounded(new), detail="against what the topic lists"),
        ScorePart(name="crowd", value=_rounded(1 / (1 + CROWD_WEIGHT * crowd)), detail=f"listed in a day: {crowd}"),
    )
    score = 1.0
    for part in parts:
        score *= part.value
    return _rounded(score), parts


def _rounded(value: float) -> float:
    """Scores are kept and printed: the same digits on every machine."""
    return round(value, 6)


def diverse(
    ranked: Sequence[tuple[ArticleId, float]], words: Mapping[ArticleId, Collection[str]], *, count: int, trade: float
) -> list[ArticleId]:
    """The `count` best that also differ from each other (maximal marginal relevance).

    `trade` of 1 looks at the score alone, 0 at the difference alone.
    """
    highest = max((score for _, score in ranked), default=1.0) or 1.0
    left = dict(ranked)
    likeness = dict.fromkeys(left, 0.0)
    chosen: list[ArticleId] = []
    while left and len(chosen) < count:
        best = max(left, key=lambda name: (trade * left[name] / highest - (1 - trade) * likeness[name], name))
        chosen.append(best)
        del left[best]
        for name in left:
            likeness[name] = max(likeness[name], similarity(words.get(name, ()), words.get(best, ())))
    return chosen

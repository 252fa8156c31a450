from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aggregator.dedupe import stories
from aggregator.dedupe.coverage import Coverage, Report
from aggregator.dedupe.features import Material, features_from
from aggregator.dedupe.matcher import Candidate, Matcher
from aggregator.model.ids import ArticleId, SourceId, StoryId

pytestmark = [pytest.mark.slow, pytest.mark.corpus]
Pair = frozenset[str]


@dataclass(frozen=True)
class Labelled:
    """Articles in the order of their dates, and the pairs that people call one chain of events."""

    articles: Sequence[Mapping[str, str]]
    same: frozenset[Pair]


@pytest.fixture(scope="module")
def labelled() -> Labelled:
    folder = os.environ.get("AGGREGATOR_CORPUS")
    if not folder:
        pytest.skip("AGGREGATOR_CORPUS is not set")
    articles = lines(Path(folder) / "stories" / "gedikli.docs.jsonl")
    pairs = lines(Path(folder) / "stories" / "gedikli.pairs.jsonl")
    same = frozenset(frozenset((pair["a"], pair["b"])) for pair in pairs if pair["same"])
    return Labelled(sorted(articles, key=lambda article: (article["date"], article["id"])), same)


def lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def at(article: Mapping[str, str]) -> datetime:
    return datetime.fromisoformat(article["date"]).replace(tzinfo=UTC)


def in_one_group(groups: Mapping[str, str]) -> set[Pair]:
    names = sorted(groups)
    return {frozenset((a, b)) for n, a in enumerate(names) for b in names[:n] if groups[a] == groups[b]}


def fives(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[n : n + 5]) for n in range(len(words) - 4)}


def grouped(labelled: Labelled) -> set[Pair]:
    """Pairs whose articles stand in one group of coverage."""
    coverage, groups = Coverage(), dict[str, str]()
    for n in range(0, len(labelled.articles), 10):
        reports = [
            Report(story_id=StoryId(a["id"]), at=at(a), title=a["title"], text=a["text"])
            for a in labelled.articles[n : n + 10]
        ]
        groups |= {str(story): group for story, group in coverage.add(reports).items()}
    return in_one_group(groups)


def copies(labelled: Labelled) -> set[Pair]:
    """Pairs whose articles the matcher joins, directly or by way of others."""
    materials = [Material(title=a["title"], text=a["text"]) for a in labelled.articles]
    batch = [
        Candidate(
            article_id=ArticleId(a["id"]),
            source_id=SourceId(a["source"]),
            seen_at=at(a),
            published=None,
            features=found,
        )
        for a, found in zip(labelled.articles, features_from(materials), strict=True)
    ]
    made = stories.apply(Matcher().match(batch), []).stories
    return in_one_group({m.article_id: story.id for story in made for m in story.members})


def test_reports_of_one_event_are_grouped(labelled: Labelled) -> None:
    found = grouped(labelled)
    right = len(found & labelled.same)
    assert 2 * right / (len(found) + len(labelled.same)) >= 0.90


def test_no_two_events_are_joined_as_copies(labelled: Labelled) -> None:
    assert copies(labelled) <= labelled.same


def test_texts_that_share_half_of_their_wording_are_joined_or_grouped(labelled: Labelled) -> None:
    wording = {a["id"]: fives(a["text"]) for a in labelled.articles}
    alike = {pair for pair in labelled.same if share_half(*(wording[name] for name in pair))}
    assert len(alike) >= 10
    assert alike <= copies(labelled) | grouped(labelled)


def share_half(one: set[tuple[str, ...]], other: set[tuple[str, ...]]) -> bool:
    return 2 * len(one & other) >= len(one | other) > 0

"""How well reports of one event are grouped, and how much that owes to the threshold.

python -m benchmarks grouping NAME.docs.jsonl [--splits N]

Each line of the file is a report (id, date, title, text, and the chain of events as ``cluster``); beside it stands
``NAME.pairs.jsonl`` (a, b, same). The threshold is moved about; then it is chosen on one half of the chains and judged on
the other, for N ways to halve them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import mean

from aggregator.dedupe.backtest import Score
from aggregator.dedupe.coverage import Coverage, CoverageRules, Report
from aggregator.model.ids import StoryId

THRESHOLDS = (0.10, 0.12, 0.13, 0.14, 0.15, 0.16, 0.17, 0.18, 0.20, 0.22, 0.25)
BATCH = 10
Pair = frozenset[str]


@dataclass(frozen=True)
class Labelled:
    """Reports in the order of their dates, the chain of each, and the pairs that people call one chain."""

    reports: Sequence[Report]
    chains: dict[str, str]
    same: frozenset[Pair]

    def of(self, chains: set[str]) -> Labelled:
        """Only these chains."""
        kept = [report for report in self.reports if self.chains[report.story_id] in chains]
        names = {str(report.story_id) for report in kept}
        return Labelled(kept, self.chains, frozenset(pair for pair in self.same if pair <= names))


def load(docs: Path) -> Labelled:
    """Raises OSError or ValueError for what cannot be read."""
    articles = _lines(docs)
    pairs = _lines(docs.with_name(docs.name.replace(".docs.", ".pairs.")))
    reports = [
        Report(
            story_id=StoryId(article["id"]),
            at=datetime.fromisoformat(article["date"]).replace(tzinfo=UTC),
            title=article["title"],
            text=article["text"],
        )
        for article in sorted(articles, key=lambda article: (article["date"], article["id"]))
    ]
    chains = {article["id"]: article["cluster"] or article["id"] for article in articles}
    return Labelled(reports, chains, frozenset(frozenset((one["a"], one["b"])) for one in pairs if one["same"]))


def _lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def judged(labelled: Labelled, threshold: float) -> Score:
    """Pairs that stand in one group, against the labels."""
    coverage = Coverage(replace(CoverageRules(), full=threshold, summary=threshold))
    groups: dict[str, str] = {}
    for start in range(0, len(labelled.reports), BATCH):
        added = coverage.add(labelled.reports[start : start + BATCH])
        groups |= {str(story): group for story, group in added.items()}
    names = sorted(groups)
    found = {frozenset((a, b)) for n, a in enumerate(names) for b in names[:n] if groups[a] == groups[b]}
    right = len(found & labelled.same)
    return Score(
        precision=right / len(found) if found else 1.0, recall=right / len(labelled.same) if labelled.same else 1.0
    )


def crossed(labelled: Labelled, splits: int) -> list[float]:
    """The F1 on one half of the chains with the threshold that is best on the other."""
    chains = sorted(set(labelled.chains.values()))
    found = []
    for seed in range(splits):
        Random(seed).shuffle(chains)
        half = set(chains[: len(chains) // 2])
        one, other = labelled.of(half), labelled.of(set(chains) - half)
        for chosen_on, judged_on in ((one, other), (other, one)):
            best = max(THRESHOLDS, key=lambda threshold: judged(chosen_on, threshold).f1)
            found.append(judged(judged_on, best).f1)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("docs", type=Path)
    parser.add_argument("--splits", type=int, default=20)
    options = parser.parse_args()
    labelled = load(options.docs)
    print("| threshold | precision | recall | F1 |\n| --- | --- | --- | --- |")
    for threshold in THRESHOLDS:
        score = judged(labelled, threshold)
        print(f"| {threshold:.2f} | {score.precision:.3f} | {score.recall:.3f} | {score.f1:.3f} |")
    halves = mean(crossed(labelled, options.splits))
    print(f"\nchosen on one half of the chains, judged on the other ({options.splits} splits): F1 {halves:.3f}")
    return 0

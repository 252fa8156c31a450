"""Near-copy matching: how good on generated data, how fast, how large.

Run with ``python -m benchmarks dedupe [--seeds 100 101] [--groups N] [--stream N] [--rounds N]``. Speed is that of
the fastest round: what else a machine does only adds time. Thresholds are tuned on the
generator's seeds 1 to 5; seeds 100 to 104 are what is reported. ``--write FILE --seeds N`` writes a seed's items for
``aggregator dedupe test FILE``.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time

from aggregator.dedupe.backtest import BATCH, Item, Result, candidates, read_items, run
from aggregator.dedupe.matcher import Matcher
from benchmarks.generator.build import generate, stream

HELD_OUT = (100, 101, 102, 103, 104)
SUMMARIES = ("sum_lead", "sum_wp")
NEVER = ("weather", "crossword", "quake", "score", "lottery", "market")
"""Families of templates of which no item may be merged wrongly."""


def items_of(seed: int, groups: int) -> tuple[Item, ...]:
    return read_items(row.line() for row in generate(seed, groups))


def speed(items: Sequence[Item]) -> tuple[float, Matcher, list[bytes]]:
    """Items per CPU second with their HTML, the matcher, and its segments."""
    matcher, segments, batches = Matcher(), list[bytes](), [items[n : n + BATCH] for n in range(0, len(items), BATCH)]
    spent = 0.0
    for batch in batches:
        start = process_time()
        matcher.match(candidates(batch))
        spent += process_time() - start
        segments.append(matcher.take_segment())
    return len(items) / spent, matcher, segments


def reload_seconds(segments: Sequence[bytes]) -> float:
    start = process_time()
    Matcher().load(segments)
    return process_time() - start


def report(seed: int, result: Result) -> None:
    print(
        f"seed {seed}: {result.items} items; item P {result.by_item.precision:.4f} R {result.by_item.recall:.4f}; "
        f"pair P {result.by_pair.precision:.4f} R {result.by_pair.recall:.4f}; BCubed F1 {result.bcubed.f1:.4f}"
    )


@dataclass(frozen=True)
class Check:
    """A line of the acceptance table."""

    what: str
    value: float
    wanted: float
    most: bool = False
    """True: `wanted` is the most that is allowed; False: the least."""

    @property
    def met(self) -> bool:
        return self.value <= self.wanted if self.most else self.value >= self.wanted

    def line(self) -> str:
        sign = "<=" if self.most else ">="
        return f"{self.what:44} {self.value:12,.4g} {sign} {self.wanted:<8,g} {'met' if self.met else 'MISSED'}"


def quality(seeds: Sequence[int], groups: int) -> list[Check]:
    """Scores of each seed, and of each kind over all of them."""
    tally: dict[str, Counter[str]] = {}
    results = []
    for seed in seeds:
        result = run(items_of(seed, groups))
        report(seed, result)
        results.append(result)
        for kind in result.kinds:
            counts = {"items": kind.items, "copies": kind.copies, "found": kind.found, "wrong": kind.wrong}
            tally.setdefault(kind.kind, Counter()).update(counts)
    for name, counts in sorted(tally.items()):
        recall = f"recall {counts['found'] / counts['copies']:.3f}" if counts["copies"] else "no copies   "
        print(f"  {name:16} {counts['items']:6} items  {recall}  wrong {counts['wrong']}")
    return [*_scores(results), *_kinds(tally)]


def _scores(results: Sequence[Result]) -> list[Check]:
    """The worst of all seeds."""
    return [
        Check("item precision", min(one.by_item.precision for one in results), 0.985),
        Check("item recall", min(one.by_item.recall for one in results), 0.94),
        Check("pair precision", min(one.by_pair.precision for one in results), 0.985),
        Check("BCubed F1", min(one.bcubed.f1 for one in results), 0.975),
    ]


def _kinds(tally: Mapping[str, Counter[str]]) -> list[Check]:
    summaries = sum((counts for name, counts in tally.items() if name in SUMMARIES), Counter[str]())
    templates = {name: counts for name, counts in tally.items() if name.startswith("neg_")}
    shares = {name: counts["wrong"] / counts["items"] for name, counts in templates.items()}
    never = [counts["wrong"] for name, counts in templates.items() if any(word in name for word in NEVER)]
    return [
        Check("recall of summaries of a full text", summaries["found"] / max(1, summaries["copies"]), 0.99),
        Check("worst family of templates, share merged", max(shares.values(), default=0.0), 0.05, most=True),
        Check("merged of weather, crosswords, quakes …", sum(never), 0, most=True),
    ]


def cost(name: str, items: Sequence[Item], rate_wanted: float, rounds: int) -> list[Check]:
    rate, matcher, segments = speed(items)
    rate = max([rate, *(speed(items)[0] for _ in range(rounds - 1))])
    reloaded = reload_seconds(segments)
    print(
        f"{name}: {rate:,.0f} items per CPU second with HTML, {matcher.size() / len(items):,.0f} bytes an item in memory, "
        f"{sum(map(len, segments)) / len(items):,.0f} stored, reloaded in {reloaded:.2f} s"
    )
    return [
        Check(f"items per CPU second, {name}", rate, rate_wanted),
        Check(f"bytes an item in memory, {name}", matcher.size() / len(items), 1200, most=True),
        Check(f"seconds to reload, {name}", reloaded, 1, most=True),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks dedupe", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="*", default=HELD_OUT)
    parser.add_argument("--groups", type=int, default=1200)
    parser.add_argument("--stream", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--write", type=Path)
    chosen = parser.parse_args(arguments)
    if chosen.write:
        rows = generate(chosen.seeds[0], chosen.groups)
        chosen.write.write_text("".join(row.line() + "\n" for row in rows), encoding="utf-8")
        return 0
    checks: list[Check] = []
    if chosen.seeds:
        checks += quality(chosen.seeds, chosen.groups)
        checks += cost("articles", items_of(chosen.seeds[0], chosen.groups), 5000, chosen.rounds)
    if chosen.stream:
        items = read_items(row.line() for row in stream(100, chosen.stream))
        checks += cost(f"{chosen.stream:,} of 80 words", items, 10_000, chosen.rounds)
    print("\n".join(["", *(check.line() for check in checks)]))
    return 0 if all(check.met for check in checks) else 1


if __name__ == "__main__":
    raise SystemExit(main())

"""Near-copy matching: how good on generated data, how fast, how large.

Run with ``python -m benchmarks dedupe [--seeds 100 101] [--groups N] [--stream N]``. Thresholds are tuned on the
generator's seeds 1 to 5; seeds 100 to 104 are what is reported. ``--write FILE --seeds N`` writes a seed's items for
``aggregator dedupe test FILE``.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from time import process_time

from aggregator.dedupe.backtest import BATCH, Item, Result, candidates, read_items, run
from aggregator.dedupe.matcher import Matcher
from benchmarks.generator.build import generate, stream

HELD_OUT = (100, 101, 102, 103, 104)


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


def quality(seeds: Sequence[int], groups: int) -> None:
    """Scores of each seed, and of each kind over all of them."""
    tally: dict[str, Counter[str]] = {}
    for seed in seeds:
        result = run(items_of(seed, groups))
        report(seed, result)
        for kind in result.kinds:
            counts = {"items": kind.items, "copies": kind.copies, "found": kind.found, "wrong": kind.wrong}
            tally.setdefault(kind.kind, Counter()).update(counts)
    for name, counts in sorted(tally.items()):
        recall = f"recall {counts['found'] / counts['copies']:.3f}" if counts["copies"] else "no copies   "
        print(f"  {name:16} {counts['items']:6} items  {recall}  wrong {counts['wrong']}")


def cost(name: str, items: Sequence[Item]) -> None:
    rate, matcher, segments = speed(items)
    print(
        f"{name}: {rate:,.0f} items per CPU second with HTML, {matcher.size() / len(items):,.0f} bytes an item in memory, "
        f"{sum(map(len, segments)) / len(items):,.0f} stored, reloaded in {reload_seconds(segments):.2f} s"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks dedupe", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="*", default=HELD_OUT)
    parser.add_argument("--groups", type=int, default=1200)
    parser.add_argument("--stream", type=int, default=100_000)
    parser.add_argument("--write", type=Path)
    chosen = parser.parse_args(arguments)
    if chosen.write:
        rows = generate(chosen.seeds[0], chosen.groups)
        chosen.write.write_text("".join(row.line() + "\n" for row in rows), encoding="utf-8")
        return 0
    if chosen.seeds:
        quality(chosen.seeds, chosen.groups)
        cost("articles", items_of(chosen.seeds[0], chosen.groups))
    if chosen.stream:
        cost(f"{chosen.stream:,} items of 80 words", read_items(row.line() for row in stream(100, chosen.stream)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

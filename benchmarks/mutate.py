"""How many small faults in the pacing and the fetching of feeds the tests notice.

python -m benchmarks mutate [--only NAME] [--sample N --seed N] [--all]

Puts one fault at a time into `aggregator/pacing` and `aggregator/fetch` (see `benchmarks.mutation.faults`) and runs the
tests that run the faulty statement. Prints each fault that no test noticed, and the table. Those that change nothing
that anybody could see stand in `benchmarks/mutation/equivalent.tsv` with the reason, and are printed with `--all` only.
`--only` is part of a module's name; `--sample` takes so many faults at random.
"""

from __future__ import annotations

import argparse
import ast
import csv
import sys
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from benchmarks.mutation.faults import Fault, faults
from benchmarks.mutation.trial import SURVIVED, Baseline, InFunctions, baseline, prepare, verdicts_of_modules

REPOSITORY = Path(__file__).resolve().parents[1]
ROOMS = ("aggregator/pacing", "aggregator/fetch")
BELOW = ("aggregator.model", "aggregator.net", "aggregator.text")
TESTS = (
    "tests/pacing",
    "tests/fetch",
    "tests/websub/test_leases.py",
    "tests/websub/test_wire.py",
)
EQUIVALENT = Path(__file__).parent / "mutation" / "equivalent.tsv"


@dataclass(frozen=True, slots=True)
class Result:
    fault: Fault
    verdict: str


def main() -> int:
    asked = _arguments()
    modules = {_name(path): path for room in ROOMS for path in sorted((REPOSITORY / room).glob("[a-z]*.py"))}
    every = [one for name, path in modules.items() for one in faults(name, path.read_text("utf-8"), str(path))]
    chosen = [one for one in every if asked.only in one.module]
    if asked.sample:
        chosen = Random(asked.seed).sample(chosen, min(asked.sample, len(chosen)))
    prepare(BELOW)
    known = baseline(TESTS, modules)
    results = _tried(chosen, known, _importers(modules))
    reasons = explained()
    for result in results:
        reason = reasons.get(result.fault.key)
        if result.verdict == SURVIVED and (asked.all or reason is None):
            print(_told(result.fault, reason))
        if result.verdict != SURVIVED and reason is not None:
            print("called equivalent, but noticed:", _told(result.fault, reason))
    for key in sorted(reasons.keys() - {one.key for one in every}):
        print("called equivalent, but there is no such fault:", *key, sep="\t")
    print(_table(results, len(every)))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="")
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--all", action="store_true")
    return parser.parse_args()


def _name(path: Path) -> str:
    return ".".join(path.relative_to(REPOSITORY).with_suffix("").parts)


def _importers(modules: dict[str, Path]) -> dict[str, set[str]]:
    """Which of the modules import each, directly or through others."""
    direct: dict[str, set[str]] = {name: set() for name in modules}
    for name, path in modules.items():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                for imported in {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}:
                    direct.get(imported, set()).add(name)
    return {name: _reached(name, direct) for name in modules}


def _reached(name: str, direct: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for one in direct[waiting.pop()] - found:
            found.add(one)
            waiting.append(one)
    return found


def _tried(chosen: list[Fault], known: Baseline, importers: dict[str, set[str]]) -> list[Result]:
    def tests_of(fault: Fault) -> list[str]:
        return known.of(fault, importers[fault.module])

    def tell(fault: Fault, verdict: str) -> None:
        if not fault.after:
            assert verdict == SURVIVED, "the tests fail where nothing was changed"
            return
        results.append(Result(fault, verdict))
        if verdict == SURVIVED:
            print(f"\r{_told(fault, None)}", file=sys.stderr)
        print(f"\r{len(results)} of {len(chosen)}", end="", file=sys.stderr, flush=True)

    results: list[Result] = []
    whole = _after_control([fault for fault in chosen if fault.whole])
    for fault, verdict in zip(whole, verdicts_of_modules(whole, tests_of, known), strict=True):
        tell(fault, verdict)
    InFunctions(_after_control([fault for fault in chosen if not fault.whole]), tests_of, known, tell).run(TESTS)
    assert len(results) == len(chosen)
    print(file=sys.stderr)
    return sorted(results, key=lambda one: (one.fault.module, one.fault.lines))


def _after_control(chosen: list[Fault]) -> list[Fault]:
    """The faults behind one that changes nothing: were it noticed, so would be all."""
    if not chosen:
        return []
    path = chosen[0].code.co_filename
    code = compile(Path(path).read_text("utf-8"), path, "exec")
    return [replace(chosen[0], after="", code=code), *chosen]


def _table(results: list[Result], total: int) -> str:
    by_module: dict[str, Counter[str]] = {}
    for result in results:
        by_module.setdefault(result.fault.module, Counter())[result.verdict] += 1
    by_module["all"] = sum(by_module.values(), Counter())
    lines = [f"{len(results)} of {total} faults", "", "| module | faults | noticed | not noticed | noticed, % |"]
    lines.append("| --- | ---: | ---: | ---: | ---: |")
    for name, verdicts in by_module.items():
        tried, missed = verdicts.total(), verdicts[SURVIVED]
        share = 100 * (tried - missed) / tried if tried else 0.0
        shown = name.removeprefix("aggregator.").replace(".", "/")
        lines.append(f"| {shown} | {tried} | {tried - missed} | {missed} | {share:.1f} |")
    return "\n".join(lines)


def explained() -> dict[tuple[str, ...], str]:
    """Why a fault changes nothing, by `Fault.key`."""
    with EQUIVALENT.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row]
    return {tuple(key): reason for *key, reason in rows[1:]}


def _told(fault: Fault, reason: str | None) -> str:
    place = f"{fault.module.replace('.', '/')}.py:{fault.lines[0]}"
    said = f"\n    {reason}" if reason else ""
    return f"{place} {fault.function}: {fault.line}\n  - {fault.before}\n  + {fault.after}{said}"


if __name__ == "__main__":
    raise SystemExit(main())

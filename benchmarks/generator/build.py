"""A stream of labelled items in the order of arrival, in the format of `aggregator.dedupe.backtest`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from html import escape
from random import Random

from benchmarks.generator.edits import EDITS, Edited, full, sum_lead
from benchmarks.generator.prose import Article, article
from benchmarks.generator.templates import FAMILIES, roundup

HOUR = 3600.0
ISSUES = 70
"""Items of each template family."""
_ROUNDUPS = 60


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled item."""

    id: str
    group: str
    source: str
    seconds: float
    kind: str
    title: str
    html: str

    def line(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


def generate(seed: int, groups: int = 1200, issues: int = ISSUES) -> list[Row]:
    """The items of a seed: `groups` base articles with 0 to 6 copies each, the template families, round-ups."""
    random = Random(f"near-copies/{seed}")
    span = groups * 0.02 * 24 * HOUR + 20 * 24 * HOUR
    rows = [row for number in range(groups) for row in _group(number, span, random)]
    for name, maker in FAMILIES.items():
        for n in range(issues):
            source, title, html = maker(n, random)
            at = span * (n + random.uniform(0.3, 0.7)) / issues
            rows.append(Row("", f"neg/{name}/{n}", source, at, f"neg_{name}", title, html))
    rows += _roundups(rows, min(_ROUNDUPS, groups // 10), random)
    rows.sort(key=lambda row: (row.seconds, row.group))
    return [Row(str(n), r.group, r.source, r.seconds, r.kind, r.title, r.html) for n, r in enumerate(rows)]


def _group(number: int, span: float, random: Random) -> Iterator[Row]:
    base, start = article(random), random.uniform(0, span)
    sources = random.sample(range(200), 7)
    first = full if random.random() < 0.7 else sum_lead
    yield _row(number, sources[0], start, f"orig_{'full' if first is full else 'sum'}", first(base, random))
    copies = random.choices((0, 1, 2, 3, 6), (45, 22, 15, 12, 6))[0]
    for source in sources[1 : copies + 1]:
        edit = random.choices(list(EDITS), list(EDITS.values()))[0]
        delay = min(random.expovariate(1 / 5), 60) * HOUR
        yield _row(number, source, start + delay, edit.__name__, edit(base, random))


def _row(number: int, source: int, at: float, kind: str, edited: Edited) -> Row:
    return Row("", f"story/{number}", f"s{source}", at, kind, *edited)


def _roundups(rows: list[Row], count: int, random: Random) -> list[Row]:
    originals = sorted((row for row in rows if row.kind == "orig_full"), key=lambda row: row.seconds)
    made = []
    for n in range(count):
        at = n * (len(originals) - 5) // count
        chosen = originals[at : at + 5]
        leads = [(escape(row.title), row.html.split("</p>")[0].removeprefix("<p>")) for row in chosen]
        source, title, html = roundup(n, random, leads)
        made.append(Row("", f"neg/roundup/{n}", source, chosen[-1].seconds + HOUR, "neg_roundup", title, html))
    return made


def stream(seed: int, count: int, words: int = 80, copies: float = 0.1) -> Iterator[Row]:
    """A long stream of short items of many sources, one in ten a copy with a few words changed: for speed."""
    random = Random(f"stream/{seed}")
    recent: list[tuple[int, Article]] = []
    for n in range(count):
        if recent and random.random() < copies:
            group, base = random.choice(recent[-2000:])
        else:
            group, base = n, article(random)
            recent.append((n, base))
        text = base.text.split()[:words]
        if group != n:
            text = [word for word in text if random.random() > 0.03]
        yield Row(
            str(n), f"g{group}", f"s{random.randrange(3000)}", n * 4.3, "stream", base.title, f"<p>{' '.join(text)}</p>"
        )

"""How soon new entries are found, and for how many polls, under our pacing and under those of other readers.

Run with ``python -m benchmarks pacing [--days N] [--sources N]``. Sources are made up from one seed, of the kinds below;
where ``AGGREGATOR_CORPUS`` names the corpus, the times at which its feeds really changed are played too, and the dates
of the entries of its documents. Every source
answers 304 and says nothing about freshness, so that the posting rate alone decides. A document holds 20 entries: what
is pushed out between two polls is lost.

The policies of the others are those of their published sources: miniflux's entry frequency scheduler (a week divided by
the entries of the last one), CommaFeed's empirical interval (half the mean gap; a quarter, half and the whole of the
longest one after 7, 14 and 30 silent days), and a fixed hour. In the second half all have the same bounds of 5 minutes
and 24 hours, and ours is scaled until it sends as many polls as the other: the delays can then be compared.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from random import Random
from statistics import mean

from aggregator.model.config import FetchSettings
from aggregator.model.entry import ParseFailed
from aggregator.model.fetch import NotModified, Validators
from aggregator.model.ids import SourceId
from aggregator.model.source import Source, SourceState
from aggregator.normalise.parts import dates
from aggregator.pacing.after import after_poll
from aggregator.pacing.observed import Observed
from aggregator.pacing.rate import KEPT, ONE_A_DAY, evenly, expected_unheard, learned, per_day, through_the_day
from aggregator.parse.document import parse

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
WINDOW = 20
PHASES = 3
PHASE = 8.3 * HOUR
"""Each source is played so many times, its first poll later by so much: when a poll falls is mere chance."""
BEFORE = 60 * DAY
"""History that a source has when we first meet it."""
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
Policy = Callable[[Sequence[float], float], float]
"""From the entry times seen so far (oldest first) and now to the seconds until the next poll."""


def poisson(random: Random, rate: float, length: float) -> list[float]:
    times: list[float] = []
    now = random.expovariate(rate / DAY)
    while now < length:
        times.append(now)
        now += random.expovariate(rate / DAY)
    return times


def office(random: Random, rate: float, length: float) -> list[float]:
    """Working hours of working days only."""
    kept = (time for time in poisson(random, rate * 4.2, length) if 8 <= time % DAY / HOUR < 18)
    return [time for time in kept if int(time // DAY) % 7 < 5]


def bursts(random: Random, rate: float, length: float) -> list[float]:
    """Twenty within an hour, then nothing for long."""
    starts = poisson(random, rate / 20, length)
    return sorted(start + random.uniform(0, HOUR) for start in starts for _ in range(20))


def waking(random: Random, rate: float, length: float) -> list[float]:
    """Silent for most of the time, then busy."""
    return [time for time in poisson(random, rate, length) if time > length * 0.6]


KINDS: tuple[tuple[str, Callable[[Random, float, float], list[float]], float], ...] = (
    ("50 a day", poisson, 50),
    ("10 a day", poisson, 10),
    ("10 a working day", office, 7),
    ("1 a day", poisson, 1),
    ("1 a day", poisson, 1),
    ("1 a week", poisson, 1 / 7),
    ("1 a week", poisson, 1 / 7),
    ("1 a month", poisson, 1 / 30),
    ("bursts of 20", bursts, 20 / 7),
    ("silent, then 3 a day", waking, 3),
)


def miniflux(floor: float, ceiling: float) -> Policy:
    def wait(times: Sequence[float], now: float) -> float:
        recent = sum(1 for time in times[-500:] if time > now - 7 * DAY)
        return min(ceiling, max(floor, 7 * DAY / recent)) if recent else ceiling

    return wait


def commafeed(floor: float, ceiling: float) -> Policy:
    def wait(times: Sequence[float], now: float) -> float:
        if len(times) < 2:
            return ceiling
        silent = now - times[-1]
        for days, part in ((30, 1), (14, 2), (7, 4)):
            if silent >= days * DAY:
                return ceiling / part
        shown = times[-WINDOW:]
        gap = (shown[-1] - shown[0]) / (len(shown) - 1)
        return min(ceiling / 4, max(floor, gap / 2))

    return wait


def fixed(seconds: float) -> Policy:
    return lambda _times, _now: seconds


def ours(floor: float, ceiling: float, scale: float = 1.0) -> Policy:
    """The rate, the hours and the law of `aggregator.pacing.rate` alone."""

    last: tuple[float, ...] = ()
    newest: tuple[datetime, ...] = ()
    hours: tuple[float, ...] = ()

    def wait(times: Sequence[float], now: float) -> float:
        nonlocal last, newest, hours
        at = EPOCH + timedelta(seconds=now)
        if last != (kept := tuple(times[-KEPT:])):
            last, newest = kept, tuple(EPOCH + timedelta(seconds=time) for time in reversed(kept))
            hours = through_the_day(newest)
        if kept:
            seconds = learned(per_day(newest, at), hours, at, one_a_day=scale * ONE_A_DAY)
        else:
            unheard = evenly(expected_unheard(EPOCH + timedelta(seconds=BEFORE), at), one_a_day=scale * ONE_A_DAY)
            seconds = max(int(scale * HOUR), unheard)
        return min(ceiling, max(floor, seconds))

    return wait


def whole(random: Random) -> Policy:
    """`after_poll` as it runs, with its jitter and the default bounds."""
    source = Source(id=SourceId("s"), url="https://a.test/")
    validators = Validators(url=source.url, etag='"e"')
    met = EPOCH + timedelta(seconds=BEFORE)
    blank = SourceState(source_id=source.id, url=source.url, due=EPOCH, validators=validators)

    def wait(times: Sequence[float], now: float) -> float:
        at = EPOCH + timedelta(seconds=now)
        seen = tuple(EPOCH + timedelta(seconds=time) for time in reversed(times[-KEPT:]))
        state = SourceState(
            source_id=source.id, url=source.url, due=at, validators=validators, entry_times=seen, since=met
        )
        reply = NotModified(url=source.url, validators=validators, freshness=blank.freshness, received_at=at)
        state = after_poll(FetchSettings(), source, state, reply, Observed(), now=at, jitter=random.random())
        return (state.due - at).total_seconds()

    return wait


@dataclass
class Result:
    polls: int = 0
    lost: int = 0
    delays: list[float] = field(default_factory=list)

    def row(self, name: str, days: float) -> str:
        ordered = sorted(self.delays)
        p95 = ordered[int(len(ordered) * 0.95)] if ordered else 0.0
        average = mean(ordered) if ordered else 0.0
        return f"| {name} | {self.polls / PHASES / days:.0f} | {average / MINUTE:.0f} | {p95 / MINUTE:.0f} | {self.lost / PHASES:.0f} |"


@dataclass(frozen=True)
class Played:
    """A source: the times of its entries (seconds, the first poll at `BEFORE`), and how long it is polled.

    What came before the first poll counts for learning and not as delay.
    """

    times: Sequence[float]
    length: float


def play(sources: Sequence[Played], policy: Policy) -> Result:
    result = Result()
    for source in sources:
        for phase in range(PHASES):
            _play_one(source, policy, BEFORE + phase * PHASE, result)
    return result


def _play_one(source: Played, policy: Policy, start: float, result: Result) -> None:
    times, now, seen = source.times, start, 0
    found: list[float] = []
    while now < start + source.length:
        result.polls += 1
        published = seen
        while published < len(times) and times[published] <= now:
            published += 1
        shown = max(seen, published - WINDOW)
        if now > start:
            result.lost += shown - seen
            result.delays += [now - time for time in times[shown:published]]
        found.extend(times[shown:published])
        seen = published
        now += policy(found, now)


def at_equal_polls(sources: Sequence[Played], polls: int) -> Result:
    """Ours, scaled by bisection to as many polls (1 % more at most)."""
    low, high = 0.01, 1000.0
    best = play(sources, ours(5 * MINUTE, DAY, high))
    for _ in range(14):
        middle = (low * high) ** 0.5
        result = play(sources, ours(5 * MINUTE, DAY, middle))
        if result.polls > polls * 1.01:
            low = middle
        else:
            high, best = middle, result
        if polls * 0.99 < best.polls:
            break
    return best


def made_up(count: int, length: float) -> list[Played]:
    random = Random(20260302)
    made = []
    for number in range(count):
        _, kind, rate = KINDS[number % len(KINDS)]
        made.append(Played(kind(random, rate, BEFORE + length), length))
    return made


def histories(corpus: Path, length: float) -> list[Played]:
    """When the feeds with a history changed: as many stretches of `length` as each history has."""
    stretches = []
    for table in sorted((corpus / "histories").glob("*/versions.tsv")):
        lines = table.read_text("utf-8").splitlines()
        column = lines[0].split("\t").index("commit_unixtime")
        times = sorted(float(line.split("\t")[column]) for line in lines[1:])
        stretches += [Played(stretch, length) for stretch in _stretches(times, length)]
    return stretches


FEWEST = 20
"""Entries that a document must date for its dates to be played."""


def documents(corpus: Path, length: float) -> list[Played]:
    """When the entries of real documents were published, by their dates: the first half is the history.

    Only documents whose dates have a time of the day, and every second one of them: the constants of the pacing were
    chosen with the others.
    """
    found = []
    for place in sorted(place for place in (corpus / "feeds").rglob("*") if place.is_file())[1::2]:
        times = _dated(place.read_bytes())
        if len(times) < FEWEST or times[-1] - times[0] < 3 * DAY:
            continue
        begin = times[len(times) // 2]
        found.append(Played([time - begin + BEFORE for time in times], min(times[-1] - begin, length)))
    return found


def _dated(body: bytes) -> list[float]:
    source = Source(id=SourceId("s"), url="https://a.test/")
    feed = parse(body, url=source.url, content_type="")
    if isinstance(feed, ParseFailed):
        return []
    given = (dates(one, source, language=feed.language, now=EPOCH).published for one in feed.entries)
    moments = [moment for moment in given if moment is not None and moment.instant.timestamp() > 0]
    timed = [moment.instant.timestamp() for moment in moments if moment.local.time() != clock.min]
    return sorted(timed) if len(timed) > 0.8 * len(moments) else []


def _stretches(times: Sequence[float], length: float) -> Iterator[list[float]]:
    """Polled from 60 days after the first change on; what came before a stretch stands in its first document."""
    start = times[0]
    while start < times[-1]:
        stretch = [time - start for time in times if time < start + BEFORE + length]
        if stretch[-1] > BEFORE:
            yield stretch
        start += length


def tables(title: str, sources: Sequence[Played]) -> None:
    days = sum(source.length for source in sources) / DAY / len(sources)
    head = "| policy | polls a day | mean delay (min) | p95 delay (min) | lost |\n|---|--:|--:|--:|--:|"
    print(f"\n{title}: {len(sources)} sources, {days:.0f} days each\n\nAs each is shipped:\n\n{head}")
    shipped = (
        ("ours (60 min to 24 h)", whole(Random(1))),
        ("miniflux (5 min to 24 h)", miniflux(5 * MINUTE, DAY)),
        ("CommaFeed (5 min to 4 h)", commafeed(5 * MINUTE, 4 * HOUR)),
        ("a fixed hour", fixed(HOUR)),
    )
    for name, policy in shipped:
        print(play(sources, policy).row(name, days))
    print(f"\nWith equal bounds (5 min to 24 h), ours scaled to the other's polls:\n\n{head}")
    for name, policy in (
        ("miniflux", miniflux(5 * MINUTE, DAY)),
        ("CommaFeed", commafeed(5 * MINUTE, DAY)),
        ("a fixed hour", fixed(HOUR)),
    ):
        other = play(sources, policy)
        print(other.row(name, days))
        print(at_equal_polls(sources, other.polls).row(f"ours, as many polls as {name}", days))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=40)
    parser.add_argument("--sources", type=int, default=50)
    options = parser.parse_args()
    length = options.days * DAY
    tables("Made-up sources", made_up(options.sources, length))
    if named := os.environ.get("AGGREGATOR_CORPUS"):
        tables("Changes of real feeds", histories(Path(named), length))
        tables("Entries of real feeds by their dates", documents(Path(named), length))
    return 0


if __name__ == "__main__":
    sys.exit(main())

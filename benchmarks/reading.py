"""What reading a feed costs: from the bytes of a document to records ready for the store, in one process.

python -m benchmarks reading FOLDER [--rounds N] [--profile N]

FOLDER holds feed documents, in whatever format and depth. The floor, measured in the same run, parses the same
well-formed documents with lxml and cleans each text that looks like markup with nh3, and does nothing else.
`--profile N` shows the N functions that take the most time of their own.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import nh3
from lxml import etree

from aggregator.model.ids import SourceId
from aggregator.model.source import Source
from aggregator.pipeline.jobs import ReadFeed, ReadJob
from aggregator.pipeline.reading import read

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LARGEST = 4_000_000


def jobs(folder: Path) -> list[ReadJob]:
    """A job for each document, as the first poll of its source would make it."""
    places = sorted(
        place
        for place in folder.rglob("*")
        if place.suffix != ".gz" and place.is_file() and place.stat().st_size < LARGEST
    )
    return [_job(number, place) for number, place in enumerate(places)]


def _job(number: int, place: Path) -> ReadJob:
    url = f"https://site-{number}.example/{place.name}"
    source = Source(id=SourceId(f"s{number}"), url=url)
    return ReadJob(
        source=source,
        body=place.read_bytes(),
        url=url,
        content_type="",
        window=(),
        rung=0,
        now=NOW,
        backfill=True,
    )


def read_all(work: Sequence[ReadJob]) -> int:
    """Entries read."""
    found = 0
    for job in work:
        outcome = read(job)
        if isinstance(outcome, ReadFeed):
            found += outcome.entries
    return found


def floor(work: Sequence[ReadJob]) -> int:
    """Texts cleaned."""
    found = 0
    for job in work:
        try:
            root = etree.fromstring(job.body, etree.XMLParser(resolve_entities=False, huge_tree=False))
        except etree.XMLSyntaxError:
            continue
        for element in root.iter():
            if element.text and "<" in element.text:
                nh3.clean(element.text)
                found += 1
    return found


def cost(run: Callable[[Sequence[ReadJob]], int], work: Sequence[ReadJob], rounds: int) -> tuple[float, int]:
    """Processor seconds (the median of the rounds), and what the run counted."""
    taken, counted = [], 0
    for _ in range(rounds):
        before = time.process_time()
        counted = run(work)
        taken.append(time.process_time() - before)
    return statistics.median(taken), counted


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks reading", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", type=int, default=0)
    chosen = parser.parse_args()
    work = jobs(chosen.folder)
    read_all(work[:20])  # loads and compiles what is loaded with the first documents
    if chosen.profile:
        profile = cProfile.Profile()
        profile.runcall(read_all, work)
        pstats.Stats(profile).sort_stats("tottime").print_stats(chosen.profile)
        return 0
    seconds, entries = cost(read_all, work, chosen.rounds)
    least, _ = cost(floor, work, chosen.rounds)
    size = sum(len(job.body) for job in work) / 1e6
    print(f"{len(work)} documents, {size:.1f} MB, {entries} entries")
    print(
        f"read: {seconds:.2f} s, {1000 * seconds / entries:.3f} ms an entry; {seconds / least:.1f} x lxml and nh3 alone"
    )
    return 0

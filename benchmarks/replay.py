"""How long `replay` takes over a store of 100,000 articles, and how much memory.

Run with ``python -m benchmarks replay [--articles N] [--topics N] [--folder DIR] [--relist]``. Makes a store of made-up
articles through the polls' own commit, matches and selects once, then changes the query of every topic and replays.
With ``--folder`` the store is kept there and used again.
"""

from __future__ import annotations

import argparse
import resource
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from aggregator.model.article import Article, NewArticle
from aggregator.model.entry import ParsedEntry
from aggregator.model.ids import SourceId
from aggregator.model.source import SourceState
from aggregator.pipeline.instance import Instance, open_instance
from aggregator.pipeline.match import MatcherCell, match_new
from aggregator.pipeline.replay import replay
from aggregator.pipeline.select import Selector
from aggregator.store.codec import pack_entry
from aggregator.store.records import Poll
from benchmarks.topics import NOW, articles, query, vocabulary

SOURCES = 200
STEP = 2000

HEAD = """[site]
title = "Replay"
base_url = "https://feeds.example.org"
tag_authority = "example.org,2026-01-01"
[storage]
url = "sqlite:///data/aggregator.db"
[feeds]
include = []
"""


def clock() -> datetime:
    return NOW


def configure(folder: Path, queries: Sequence[str]) -> Path:
    """A site with a topic for each query, and one that takes everything."""
    sources = "".join(f'[[source]]\nid = "s{n}"\nurl = "https://s{n}.example/"\n' for n in range(SOURCES))
    topics = "".join(
        f"[[topic]]\nslug = 'topic-{n}'\ntitle = 'Topic {n}'\nquery = '{one}'\n" for n, one in enumerate(queries)
    )
    file = folder / "config.toml"
    file.write_text(f"{HEAD}{topics}[[topic]]\nslug = 'everything'\ntitle = 'Everything'\n{sources}", "utf-8")
    return file


def commit(instance: Instance, made: Sequence[Article]) -> None:
    raw = pack_entry(ParsedEntry())
    by_source: dict[SourceId, list[NewArticle]] = {}
    for article in made:
        by_source.setdefault(article.source_id, []).append(NewArticle(article=article, raw=raw))
    polls = [
        Poll(state=SourceState(source_id=name, url=f"https://{name}.example/", due=NOW), intents=tuple(intents))
        for name, intents in by_source.items()
    ]
    instance.store.polls.commit_all(polls, now=NOW)


def fill(config: Path, count: int) -> None:
    """A store of `count` articles, each a minute older than the one before, matched and selected once."""
    random = Random(2)
    words = vocabulary(random)
    with open_instance(config, clock) as instance:
        for start in range(0, count, STEP):
            commit(instance, articles(random, words, min(STEP, count - start), start))
        Selector(instance).run(match_new(instance, MatcherCell()))


def measure(config: Path, *, relist: bool) -> None:
    with open_instance(config, clock) as instance:
        stored = instance.store.articles.last_sequence()
        began, busy = perf_counter(), process_time()
        changed = replay(instance, topic=None, since=None, relist=relist)["topics"]
        seconds, used = perf_counter() - began, process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("| articles | topics | selections changed | seconds | CPU seconds | peak MiB |")
    print("| --- | --- | --- | --- | --- | --- |")
    print(f"| {stored:,} | {len(changed)} | {sum(changed.values()):,} | {seconds:.1f} | {used:.1f} | {peak:.0f} |")


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with TemporaryDirectory() as name:
        yield Path(name)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--topics", type=int, default=12)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--relist", action="store_true")
    arguments = parser.parse_args()
    random = Random(2)
    words = vocabulary(random)
    queries = [query(random, words) for _ in range(2 * arguments.topics)]
    with _folder(arguments.folder) as folder:
        if not (folder / "data").exists():
            made = (configure(folder, queries[: arguments.topics]), arguments.articles)
            child = get_context("spawn").Process(target=fill, args=made)  # its memory does not count
            child.start()
            child.join()
        measure(configure(folder, queries[arguments.topics :]), relist=arguments.relist)
    return 0


if __name__ == "__main__":
    sys.exit(main())

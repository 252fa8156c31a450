"""What the example topics select from real feeds, for an editor to look through.

Run with ``AGGREGATOR_CORPUS=DIR python -m benchmarks example_topics [TOPIC…] [--sample N] [--seed N]
[--excerpt N]``. Reads every feed of
the corpus through the reading room, matches the topics of feeds/examples/topics.toml, and prints a random sample of the
titles that each selects with the words that it was selected for and, with --excerpt, the first words of the text. The
corpus is private: so is what this prints.
"""

from __future__ import annotations

import argparse
import os
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from aggregator.curate.match import TopicMatcher
from aggregator.model.article import Article
from aggregator.model.ids import SourceId, TopicSlug
from aggregator.model.source import Source
from aggregator.model.topic import Topic
from aggregator.pipeline.jobs import ReadFeed, ReadJob
from aggregator.pipeline.reading import read
from aggregator.store.codec import unpack

EXAMPLES = Path(__file__).parent.parent / "feeds" / "examples" / "topics.toml"
NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
WORDS = 5


def example_topics() -> tuple[list[Topic], dict[str, str]]:
    """The topics of the file and its saved queries."""
    table = tomllib.loads(EXAMPLES.read_text("utf-8"))
    topics = [Topic(slug=TopicSlug(one["slug"]), title=one["title"], query=one["query"]) for one in table["topic"]]
    return topics, table["queries"]


def corpus_articles(folder: Path) -> Iterator[tuple[Source, Article]]:
    """Every article of every feed that can be read."""
    for file in sorted(path for path in (folder / "feeds").iterdir() if path.name != "manifest.tsv"):
        source = Source(id=SourceId(file.stem.lower()), url=f"https://feeds.example/{file.name}")
        job = ReadJob(
            source=source, body=file.read_bytes(), url=source.url, content_type=None, window=(), rung=0, now=NOW
        )
        outcome = read(job)
        if isinstance(outcome, ReadFeed):
            yield from ((source, unpack(Article, record)) for record in outcome.records)


def show(
    matcher: TopicMatcher, slug: TopicSlug, found: list[tuple[Source, Article]], random: Random, most: int, excerpt: int
) -> None:
    print(f"\n{slug}: {len(found)} titles of {len({source.id for source, _ in found})} sources")
    for source, article in random.sample(found, min(most, len(found))):
        clauses = matcher.explain(slug, article, source, NOW)
        words = dict.fromkeys(word for clause in clauses if clause.matched for word in clause.words)
        print(f"  {article.language.tag:5} {article.title[:90]} [{', '.join(list(words)[:WORDS])}]")
        if excerpt:
            print(f"        {' '.join(article.text.split())[:excerpt]}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("topics", nargs="*", help="only these; none: all")
    parser.add_argument("--sample", type=int, default=50)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--excerpt", type=int, default=0, help="characters of the text; 0: none")
    arguments = parser.parse_args()
    named = os.environ.get("AGGREGATOR_CORPUS")
    if not named:
        print("AGGREGATOR_CORPUS is not set: the corpus is private", file=sys.stderr)
        return 2
    topics, saved = example_topics()
    matcher = TopicMatcher(topics, saved=saved)
    found: dict[TopicSlug, dict[str, tuple[Source, Article]]] = {topic.slug: {} for topic in topics}
    for source, article in corpus_articles(Path(named)):
        for match in matcher.match(article, source, NOW):
            found[match.topic].setdefault(article.title, (source, article))
    for slug, titles in found.items():
        if not arguments.topics or slug in arguments.topics:
            show(matcher, slug, list(titles.values()), Random(arguments.seed), arguments.sample, arguments.excerpt)
    return 0


if __name__ == "__main__":
    sys.exit(main())

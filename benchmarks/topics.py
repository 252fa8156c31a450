"""How many articles per CPU second are matched against 10, 100 and 1,000 topics.

Run with ``python -m benchmarks.topics [--articles N] [--naive N]``. Articles and topics are made up from one seed: words
with the frequencies of a language, texts of up to 2,000 characters, and queries of the kinds that operators write. The
naive evaluator (one regular expression per word) runs over a part of the same articles and must agree on each.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from time import process_time

from aggregator.curate.match import TopicMatcher
from aggregator.model.article import Article
from aggregator.model.ids import TopicSlug
from aggregator.model.topic import Topic
from tests.support.articles import article
from tests.support.naive_topics import NaiveArticle, naive_holds

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
SIZES = (10, 100, 1000)
VOCABULARY = 30_000
COMMONEST_TERM = 400
"""Rank from which operators choose their words: nobody asks for "the"."""


def vocabulary(random: Random) -> list[str]:
    onsets = ["b", "br", "c", "d", "f", "g", "gr", "h", "k", "l", "m", "n", "p", "pl", "r", "s", "st", "t", "tr", "v"]
    vowels = ["a", "e", "i", "o", "u", "ea", "ou"]
    words: dict[str, None] = {}
    while len(words) < VOCABULARY:
        syllables = 1 + min(3, len(words) // 300) if len(words) < 900 else random.choice((2, 3, 3, 4))
        words[
            "".join(random.choice(onsets) + random.choice(vowels) for _ in range(syllables)) + random.choice("nrstl")
        ] = None
    return list(words)


def articles(random: Random, words: Sequence[str], count: int, first: int = 0) -> list[Article]:
    weights = [1 / (rank + 2.7) for rank in range(len(words))]
    made = []
    for number in range(first, first + count):
        drawn = random.choices(words, weights, k=random.randint(40, 300))
        for place in range(0, len(drawn), 12):
            drawn[place] = drawn[place].capitalize()
            drawn[place - 1] += "."
        text = " ".join(drawn)[:2000]
        made.append(
            article(
                f"a{number}",
                title=" ".join(drawn[:9]).title(),
                summary=text[:200],
                text=text,
                source=f"s{number % 200}",
                language=random.choice(("en", "en", "nl", "de")),
                published=NOW - timedelta(minutes=number),
            )
        )
    return made


def query(random: Random, words: Sequence[str]) -> str:
    def word() -> str:
        return words[int(COMMONEST_TERM * (len(words) / COMMONEST_TERM) ** random.random()) - 1]

    def any_of(least: int, most: int) -> str:
        return "(" + " OR ".join(word() for _ in range(random.randint(least, most))) + ")"

    kinds = (
        lambda: any_of(3, 8),
        lambda: f"{any_of(2, 5)} {any_of(2, 5)}",
        lambda: f'{any_of(3, 6)} NOT "{word()} {word()}"',
        lambda: f'("{word()} {word()}" OR {word()})',
        lambda: f"{any_of(2, 4)} -{word()} -{word()}",
        lambda: f"title:{any_of(3, 6)}",
        lambda: f"({word()[:5]}* OR {word()})",
        lambda: f"{word()} NEAR/8 {word()}",
        lambda: f"lang:en {any_of(4, 8)}",
        lambda: f"(title:{word()} OR ({word()} {word()}))",
    )
    return random.choice(kinds)()


def topics(random: Random, words: Sequence[str], count: int) -> list[Topic]:
    return [Topic(slug=TopicSlug(f"t{n}"), title=f"Topic {n}", query=query(random, words)) for n in range(count)]


def naive_matches(matcher: TopicMatcher, chosen: Sequence[Topic], one: Article) -> set[str]:
    levelled = NaiveArticle(one, None, NOW)
    return {topic.slug for topic in chosen if naive_holds(matcher.query(topic.slug).root, levelled)}


def measure(chosen: Sequence[Topic], texts: Sequence[Article], naive: int) -> tuple[float, float, float, int, float]:
    began = process_time()
    matcher = TopicMatcher(chosen)
    built = process_time() - began
    for one in texts[:50]:
        matcher.match(one, None, NOW)
    began = process_time()
    found = [matcher.match(one, None, NOW) for one in texts]
    fast = len(texts) / (process_time() - began)
    for one in texts[:2]:
        naive_matches(matcher, chosen, one)
    began = process_time()
    expected = [naive_matches(matcher, chosen, one) for one in texts[:naive]]
    slow = naive / (process_time() - began)
    differing = sum({m.topic for m in got} != want for got, want in zip(found, expected, strict=False))
    return fast, slow, built, differing, sum(map(len, found)) / len(texts)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=4000)
    parser.add_argument("--naive", type=int, default=40, help="articles given to the naive evaluator, too")
    arguments = parser.parse_args()
    random = Random(1)
    words = vocabulary(random)
    texts = articles(random, words, arguments.articles)
    print("| topics | articles per CPU s | naive | factor | built in | differing | topics per article |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    wrong = 0
    for size in SIZES:
        chosen = topics(random, words, size)
        fast, slow, built, differing, each = measure(chosen, texts, arguments.naive)
        wrong += differing
        print(
            f"| {size} | {fast:,.0f} | {slow:,.1f} | {fast / slow:,.0f} × | {built * 1000:.0f} ms | {differing} | {each:.2f} |"
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

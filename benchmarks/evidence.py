"""What real feeds say of authors, licences, rights and images, and from which evidence we have it.

python -m benchmarks evidence [--sample N] [--seed N]     with AGGREGATOR_CORPUS set to the private corpus

Prints how many articles and images have each fact, by where it was found. With `--sample`, so many facts drawn at
random, the same number of each kind as far as there are any, with the words they were read from: for a person who
looks each up in its feed. The corpus is private: so is what that prints.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from aggregator.model.article import Article, LanguageSource
from aggregator.model.attribution import Image
from aggregator.model.licence import VERIFIED, Evidence
from benchmarks.example_topics import corpus_articles


@dataclass(frozen=True)
class Fact:
    """One fact of an article or one of its images."""

    kind: str
    value: str
    origin: str
    sure: bool
    source: str
    title: str
    words: str


def facts(source: str, article: Article) -> Iterator[Fact]:
    """All facts of an article with their evidence."""
    told = article.attribution

    def fact(kind: str, value: str, evidence: Evidence | None) -> Fact:
        origin = f"{evidence.origin.value}: {evidence.locator}" if evidence else "no evidence"
        sure = evidence is not None and evidence.confidence >= VERIFIED
        return Fact(kind, value, origin, sure, source, article.title, evidence.text if evidence else "")

    for person in told.authors:
        yield fact("author", f"{person.name} ({person.kind.value})", person.evidence)
    if told.licence is not None:
        yield fact("licence of a text", told.licence.id, told.licence.evidence)
    if told.rights:
        yield fact("rights sentence", told.rights, _first(told.evidence, "rights"))
    for agency in told.agencies:
        yield fact("wire agency", agency, _first(told.evidence, "agencies"))
    for image in article.images:
        yield from _of_image(image, fact)
    if article.published is not None:
        words = f"{article.published.raw} -> {article.published.instant.isoformat()} ({article.published.precision})"
        yield Fact("date", words, "the entry's date", sure=True, source=source, title=article.title, words="")
    spoken = article.language
    known = spoken.source is not LanguageSource.DETECTED if hasattr(LanguageSource, "DETECTED") else True
    yield Fact("language", spoken.tag, str(spoken.source), known, source, article.title, article.text[:80])


def _of_image(image: Image, fact: object) -> Iterator[Fact]:
    assert callable(fact)
    if image.creator:
        yield fact("creator of an image", image.creator, _first(image.evidence, "creator"))
    if image.source_name:
        yield fact("source of an image", image.source_name, _first(image.evidence, "source_name"))
    if image.licence is not None:
        yield fact("licence of an image", image.licence.id, image.licence.evidence)
    if image.title:
        yield fact("title of an image", image.title, _first(image.evidence, "title"))


def _first(evidence: tuple[Evidence, ...], name: str) -> Evidence | None:
    return next((one for one in evidence if one.fact == name), None)


def show_counts(found: list[Fact], articles: int) -> None:
    by_kind: dict[str, Counter[str]] = defaultdict(Counter)
    for one in found:
        by_kind[one.kind][one.origin] += 1
    unsure = Counter(one.kind for one in found if not one.sure)
    print(f"{articles} articles\n\n| fact | found | unverified | from |\n| --- | --- | --- | --- |")
    for kind, origins in sorted(by_kind.items(), key=lambda item: -item[1].total()):
        from_ = ", ".join(f"{origin} {count}" for origin, count in origins.most_common(6))
        print(f"| {kind} | {origins.total()} | {unsure[kind]} | {from_} |")


def sample(found: list[Fact], size: int, random: Random) -> list[Fact]:
    """So many facts, as evenly over the kinds as there are any; never two of one article for one kind."""
    shelves: dict[str, list[Fact]] = defaultdict(list)
    for one in random.sample(found, len(found)):
        if not any((one.source, one.title) == (other.source, other.title) for other in shelves[one.kind][-50:]):
            shelves[one.kind].append(one)
    chosen: list[Fact] = []
    while len(chosen) < size and any(shelves.values()):
        for shelf in shelves.values():
            if shelf and len(chosen) < size:
                chosen.append(shelf.pop())
    return sorted(chosen, key=lambda one: (one.kind, one.source))


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks evidence", description=__doc__)
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--seed", type=int, default=5)
    chosen = parser.parse_args()
    named = os.environ.get("AGGREGATOR_CORPUS")
    if not named:
        print("AGGREGATOR_CORPUS is not set: the corpus is private", file=sys.stderr)
        return 2
    articles = 0
    found: list[Fact] = []
    for source, article in corpus_articles(Path(named)):
        articles += 1
        found += facts(source.id, article)
    show_counts(found, articles)
    for one in sample(found, chosen.sample, Random(chosen.seed)):
        print(f"{one.kind} | {one.value} | {one.origin} | {one.source} | {one.title[:60]} | {one.words[:160]!r}")
    return 0

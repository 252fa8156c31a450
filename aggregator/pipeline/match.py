"""Join new articles into stories: one leased matcher, in the order of ingestion, a batch a transaction.

The matcher's memory is a window that is rebuilt from stored segments. Where a batch cannot be stored it is thrown away
and built again, so that memory and store never disagree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import structlog

from aggregator.dedupe.coverage import Coverage
from aggregator.dedupe.features import features_of
from aggregator.dedupe.matcher import Candidate, Matcher, candidate_of
from aggregator.dedupe.original import Facts, decide, facts_of
from aggregator.dedupe.stories import Ruling, apply, named
from aggregator.model.article import Article, StoredArticle
from aggregator.model.ids import ArticleId, StoryId
from aggregator.model.source import SourceRole
from aggregator.model.story import Story, Verdict
from aggregator.pipeline.coverage import covered, load_coverage
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.links import links_of
from aggregator.pipeline.owners import is_dead
from aggregator.store.records import MatchBatch, Segment
from aggregator.store.store import Store

BATCH = 1000
LEASE_SECONDS = 600.0
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class MatcherCell:
    """The matcher of this process, kept between runs; None until it is needed or after a failure."""

    matcher: Matcher | None = None
    coverage: Coverage | None = None
    """Loaded with the matcher."""
    last_sequence: int = -1
    stories: set[StoryId] = field(default_factory=set)
    """Those begun or changed since its owner last cleared it."""


def match_new(instance: Instance, cell: MatcherCell) -> Iterator[Sequence[StoredArticle]]:
    """Match everything that was stored since the last time; yields each batch with the stories of its articles.

    Ends where another process holds the lease. Run it to its end, or close it: that gives the lease back.
    """
    store = instance.store
    holder = store.matching.holder(instance.clock())
    if holder is not None and is_dead(holder):
        store.matching.release(holder)
    try:
        while store.matching.acquire(instance.owner, instance.clock(), LEASE_SECONDS):
            batch = _next_batch(store)
            if not batch:
                return
            yield _match_batch(instance, cell, batch)
    except BaseException:
        cell.matcher = None
        raise
    finally:
        store.matching.release(instance.owner)


def _next_batch(store: Store) -> Sequence[StoredArticle]:
    """The next articles to be matched; in a replay, those that were one batch before."""
    last = store.matching.last_sequence()
    bound = store.matching.next_bound(last)
    while bound is not None:
        batch = [one for one in store.articles.since(last, bound - last) if one.sequence <= bound]
        if batch:
            return batch
        last, bound = bound, store.matching.next_bound(bound)  # all of its articles are gone
    return store.articles.since(last, BATCH)


def _match_batch(instance: Instance, cell: MatcherCell, batch: Sequence[StoredArticle]) -> Sequence[StoredArticle]:
    store = instance.store
    matcher = _loaded(instance, cell, batch[0])
    articles = [stored.article for stored in batch]
    matches = matcher.match(_candidates(articles))
    rulings = _rulings(instance)
    known = store.stories.for_articles(named(matches, rulings))
    applied = apply(matches, known.values(), rulings)
    changed = _with_originals(instance, applied.stories, articles)
    edges = tuple(edge for match in matches for edge in match.edges)
    links = links_of(instance, batch, changed, edges)
    stories = covered(
        instance,
        cell.coverage or Coverage(),
        changed,
        led=links.led,
        known={story.id for story in known.values()},
        ended={ended for ended, _ in applied.absorbed},
        articles={article.id: article for article in articles},
    )
    saved = store.matching.save(
        MatchBatch(
            first_sequence=batch[0].sequence,
            last_sequence=batch[-1].sequence,
            stories=stories,
            edges=(*edges, *(link.edge for link in links.led)),
            exact_keys=links.keys,
            segments=(_segment(matcher, batch),),
            absorbed=applied.absorbed,
        ),
        now=instance.clock(),
        owner=instance.owner,
    )
    if not saved:  # another process has matched this batch: what is in memory here is not what is stored
        cell.matcher = None
        return ()
    cell.last_sequence = batch[-1].sequence
    cell.stories.update(story.id for story in changed)
    home = {member.article_id: story.id for story in stories for member in story.members}
    return [replace(stored, story_id=home.get(stored.article.id, stored.story_id)) for stored in batch]


def _loaded(instance: Instance, cell: MatcherCell, following: StoredArticle) -> Matcher:
    """The matcher as it was before an article came, from memory or from the stored segments."""
    before = instance.store.matching.last_sequence()
    if cell.matcher is None or cell.last_sequence != before:
        matcher = Matcher()
        oldest = following.article.first_seen - timedelta(days=matcher.rules.exact_days)
        matcher.load(segment.data for segment in instance.store.matching.segments(since_day=_day(oldest)))
        cell.matcher, cell.last_sequence = matcher, before
        cell.coverage = load_coverage(instance, before)
        log.debug("matcher_loaded", next_sequence=following.sequence, bytes=matcher.size())
    return cell.matcher


def _candidates(articles: Sequence[Article]) -> list[Candidate]:
    return [candidate_of(article, found) for article, found in zip(articles, features_of(articles), strict=True)]


def _rulings(instance: Instance) -> tuple[Ruling, ...]:
    return tuple(
        Ruling(one=word.article_id, other=word.other_id, verdict=Verdict(word.verdict))
        for word in instance.store.stories.verdicts()
    )


def _with_originals(instance: Instance, stories: Sequence[Story], batch: Sequence[Article]) -> tuple[Story, ...]:
    """Decide anew who was first in each story that has several members."""
    at_hand = {article.id: article for article in batch}
    wanted = {m.article_id for story in stories if len(story.members) > 1 for m in story.members} - at_hand.keys()
    withdrawn: set[ArticleId] = set()
    for stored in instance.store.articles.many(wanted).values():
        at_hand[stored.article.id] = stored.article
        if stored.withdrawn:
            withdrawn.add(stored.article.id)
    return tuple(
        decide(story, {m.article_id: _facts(instance, at_hand[m.article_id]) for m in story.members}, withdrawn)
        if len(story.members) > 1 and all(m.article_id in at_hand for m in story.members)
        else story
        for story in stories
    )


def _facts(instance: Instance, article: Article) -> Facts:
    source = instance.sources.get(article.source_id)
    return facts_of(article, source.role if source else SourceRole.UNKNOWN, (source.owner or "") if source else "")


def _segment(matcher: Matcher, batch: Sequence[StoredArticle]) -> Segment:
    return Segment(
        day=_day(batch[-1].article.first_seen),
        first_sequence=batch[0].sequence,
        last_sequence=batch[-1].sequence,
        items=len(batch),
        data=matcher.take_segment(),
    )


def _day(instant: datetime) -> int:
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)).days

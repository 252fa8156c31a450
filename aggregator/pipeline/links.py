"""Link posts and the articles they are about: found while matching, in whichever order the two come.

A link post whose article has not come yet leaves its key among the matcher's exact keys, in the transaction of its
batch; the article finds it there. Replays begin without keys, and leave and find the same ones again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from aggregator.dedupe.links import DEFAULT, Pointer, leads_to, pointer
from aggregator.model.article import Article, StoredArticle
from aggregator.model.ids import ArticleId
from aggregator.model.story import Edge, Story, Tie
from aggregator.normalise.canon import canonical_url
from aggregator.pipeline.instance import Instance
from aggregator.store.records import ExactKey
from aggregator.store.times import EPOCH

KIND = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Led:
    """An edge between two stories: one begins with a link post, the other has the article that it is about."""

    edge: Edge
    story: Story
    other: Story


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """What a batch brought."""

    led: tuple[Led, ...] = ()
    keys: tuple[ExactKey, ...] = ()
    """Of link posts that wait for their article, and of those that wait no longer: these have expired."""


@dataclass(slots=True)
class _Found:
    """A link post, what it leads to, and the articles that may be it."""

    article: Article
    pointer: Pointer
    targets: Sequence[Article]
    waited: ExactKey | None = None


def links_of(
    instance: Instance, batch: Sequence[StoredArticle], stories: Sequence[Story], matched: Iterable[Edge]
) -> Links:
    """The link posts of a batch, and those that waited for one of its articles.

    `stories` are those that the batch changed; a pair that is `matched` as copies needs no link.
    """
    tied = {frozenset((edge.article_id, edge.other_id)) for edge in matched}
    begun = {story.members[0].article_id: story for story in stories}
    edges: list[Edge] = []
    keys: list[ExactKey] = []
    for found in (*_posts(instance, batch), *_awaited(instance, batch)):
        edge = _edge(found)
        if edge is None and found.waited is None and found.article.id in begun:
            keys.append(_waiting(found, begun[found.article.id]))
        if edge is not None and found.waited is not None:
            keys.append(replace(found.waited, expires=EPOCH))
        if edge is not None and {edge.article_id, edge.other_id} not in tied:
            edges.append(edge)
    return Links(led=tuple(_between_stories(instance, edges, stories)), keys=tuple(keys))


def _posts(instance: Instance, batch: Sequence[StoredArticle]) -> list[_Found]:
    articles = [stored.article for stored in batch]
    pairs = [(article, found) for article in articles if (found := pointer(article, canonical_url))]
    held = instance.store.articles.at_pages({found.key for _, found in pairs}, batch[-1].sequence)
    targets = _by_key(stored.article for stored in held)
    return [_Found(article, found, targets.get(found.key, ())) for article, found in pairs]


def _awaited(instance: Instance, batch: Sequence[StoredArticle]) -> list[_Found]:
    """Link posts of earlier batches, in the order of ingestion, with the articles of this one."""
    came = _by_key(stored.article for stored in batch)
    keys = {key.article_id: key for key in instance.store.matching.exact(KIND, came)}
    posts = sorted(instance.store.articles.many(keys).values(), key=lambda stored: stored.sequence)
    found = []
    for article in (stored.article for stored in posts):
        key, leads = keys[article.id], pointer(article, canonical_url)
        if leads is not None and leads.key == key.key:  # it may have been edited since
            in_time = [target for target in came[key.key] if target.first_seen <= key.expires]
            found.append(_Found(article, leads, in_time, waited=key))
    return found


def _by_key(articles: Iterable[Article]) -> Mapping[str, Sequence[Article]]:
    found: dict[str, list[Article]] = {}
    for article in articles:
        if article.identity.canonical_url:
            found.setdefault(article.identity.canonical_url, []).append(article)
    return found


def _edge(found: _Found) -> Edge | None:
    edges = (leads_to(found.article, found.pointer, target) for target in found.targets)
    return next((edge for edge in edges if edge), None)


def _waiting(found: _Found, story: Story) -> ExactKey:
    return ExactKey(
        kind=KIND,
        key=found.pointer.key,
        article_id=found.article.id,
        story_id=story.id,
        expires=found.article.first_seen + DEFAULT.window,
    )


def _between_stories(instance: Instance, edges: Sequence[Edge], changed: Sequence[Story]) -> Iterable[Led]:
    """Those edges that begin at a story's first article and end in another story. Round-ups tell of no one event."""
    homes = {member.article_id: story for story in changed for member in story.members}
    named = {name for edge in edges for name in (edge.article_id, edge.other_id)}
    homes = {**instance.store.stories.for_articles(named - homes.keys()), **homes}
    for edge in edges:
        story, other = homes.get(edge.article_id), homes.get(edge.other_id)
        if story is None or other is None or story.id == other.id or story.digest or other.digest:
            continue
        if story.members[0].article_id == edge.article_id:
            yield Led(edge=edge, story=story, other=other)


def links_between(instance: Instance, articles: Iterable[ArticleId]) -> tuple[Edge, ...]:
    """The links that lead from these articles or to them."""
    return tuple(edge for edge in instance.store.stories.edges(articles) if edge.tie is Tie.LINKS_TO)

"""Article records: find, list, show, withdraw."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aggregator.errors import UsageError
from aggregator.model.article import Article, StoredArticle
from aggregator.model.ids import ArticleId, SourceId, StoryId
from aggregator.model.story import Story
from aggregator.model.topic import Override, OverrideKind
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.reports import Row
from aggregator.store.articles import Articles

OPERATOR = "operator"
PAGE = 500


def find_article(instance: Instance, name: str) -> StoredArticle:
    """The article that an operator means by an id, url, guid or published id.

    Its own id, url or guid come before the published id, which all members of a story answer to: an act on an article
    must never fall on another source's copy. The newest where several fit equally.
    """
    found = instance.store.articles.find(name)
    if not found:
        raise UsageError(f"no article has the id, url, guid or published id {name!r}")
    return min(found, key=lambda stored: _nearness(stored.article, name))


def _nearness(article: Article, name: str) -> int:
    own = (article.id, article.url, article.identity.guid, article.identity.canonical_url)
    return own.index(name) if name in own else len(own)


def list_articles(instance: Instance, source: str | None, limit: int | None) -> list[Row]:
    """A row for each article, the newest stored first."""
    source_ids = [instance.source(source).id] if source else []
    rows = (_row(stored) for stored in _pages(instance.store.articles, source_ids, limit))
    return list(rows)


def _pages(articles: Articles, source_ids: list[SourceId], limit: int | None) -> Iterable[StoredArticle]:
    before, left = None, limit
    while page := articles.page(
        source_ids=source_ids, limit=min(PAGE, left or PAGE), before_sequence=before, withdrawn=None
    ):
        yield from page
        before = page[-1].sequence
        if left is not None and (left := left - len(page)) <= 0:
            return


def _row(stored: StoredArticle) -> Row:
    article = stored.article
    licence = article.attribution.licence or article.attribution.publisher.licence
    return {
        "id": article.id,
        "published": article.published.local.date() if article.published else None,
        "source": article.source_id,
        "language": article.language.tag,
        "licence": licence.id if licence else None,
        "title": article.title,
        "url": article.url,
        "authors": [person.name for person in article.attribution.authors],
        "state": "withdrawn" if stored.withdrawn else "stored",
        "story": stored.story_id,
        "revision": article.revision,
    }


def list_stories(instance: Instance, limit: int | None) -> list[Row]:
    """A row for each story: its shown member, the newest stored first."""
    rows: list[Row] = []
    seen: set[StoryId] = set()
    for page in _in_pages(_pages(instance.store.articles, [], None)):
        fresh = {one.story_id for one in page if one.story_id and not one.withdrawn} - seen
        stories = instance.store.stories.many(fresh)
        seen |= fresh
        rows += _story_rows(instance, stories, page)
        if limit is not None and len(rows) >= limit:
            return rows[:limit]
    return rows


def _in_pages(articles: Iterable[StoredArticle]) -> Iterable[list[StoredArticle]]:
    page: list[StoredArticle] = []
    for stored in articles:
        page.append(stored)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page


def _story_rows(instance: Instance, stories: dict[StoryId, Story], page: list[StoredArticle]) -> list[Row]:
    at_hand = {one.article.id: one for one in page}
    shown = {story.id: story.preferred or story.original for story in stories.values()}
    at_hand |= instance.store.articles.many(set(shown.values()) - at_hand.keys())
    rows: list[Row] = []
    for story in stories.values():
        stored = at_hand.get(shown[story.id])
        if stored is not None:
            rows.append({**_row(stored), "story": story.id, "copies": len(story.members) - 1})
    return rows


def show_article(instance: Instance, name: str) -> dict[str, Any]:
    """The whole record: attribution with evidence, its story, where it is listed, its revisions."""
    stored = find_article(instance, name)
    article = stored.article
    selections = instance.store.selections.of_article(article.id)
    page = instance.store.pages.get(article.id)
    return {
        **_row(stored),
        "sequence": stored.sequence,
        "page": {"state": page.state, "at": page.at, "due": page.due, "reason": page.reason} if page else None,
        "record": article,
        "revisions": [
            {"revision": one.revision, "at": one.revised_at or one.first_seen, "title": one.title}
            for one in instance.store.articles.revisions(article.id)
        ],
        "topics": [
            {"topic": one.topic, "state": one.state, "listed_at": one.listed_at, "reason": one.reason.sentence}
            for one in selections
        ],
    }


def withdraw_article(instance: Instance, name: str, reason: str) -> ArticleId:
    """Take an article down: it leaves a tombstone, its story's published id ends, and it never comes back."""
    stored = find_article(instance, name)
    now = instance.clock()
    act = Override(
        id=0,
        kind=OverrideKind.WITHDRAW,
        topic=None,
        article_id=stored.article.id,
        story_id=stored.story_id,
        who=OPERATOR,
        at=now,
        why=reason,
    )
    with instance.store.transaction():
        instance.store.articles.withdraw(stored.article.id, reason, now)
        instance.store.overrides.append(act)
    return stored.article.id

"""Small nouns for the store's tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from aggregator.model.article import Article, EntryIdentity, Language, NewArticle
from aggregator.model.attribution import Attribution, Image, Person, Publisher
from aggregator.model.entry import ParsedEntry, Text
from aggregator.model.ids import ArticleId, PublishedId, SourceId, StoryId, TopicSlug
from aggregator.model.licence import Evidence, Origin
from aggregator.model.moment import Moment
from aggregator.model.source import Source
from aggregator.model.story import Member, Story, Tie
from aggregator.model.topic import Reason, Selection, SelectionState
from aggregator.store import Store
from aggregator.store.codec import pack_entry
from aggregator.store.records import IdWish

NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def source(name: str, host: str | None = None, **values: Any) -> Source:
    return Source(id=SourceId(name), url=f"https://{host or name + '.example'}/{name}.xml", **values)


def article(name: str = "a1", source_id: str = "moonwire", **values: Any) -> Article:
    url = f"https://{source_id}.example/{name}"
    identity = EntryIdentity(key=f"guid:{name}", guid=f"urn:{name}", canonical_url=url, origin=f"{source_id}.example")
    evidence = Evidence(fact="authors", origin=Origin.FEED_ENTRY, locator="dc:creator", text="Ada")
    defaults: dict[str, Any] = {
        "id": ArticleId(f"{source_id}-{name}"),
        "source_id": SourceId(source_id),
        "identity": identity,
        "url": url,
        "title": f"Title of {name}",
        "summary": "A summary.",
        "content": f"<p>Content of {name}</p>",
        "text": f"Content of {name}",
        "language": Language(tag="en"),
        "published": Moment(instant=NOW - HOUR, raw="an hour ago", offset=60),
        "updated": None,
        "first_seen": NOW,
        "attribution": Attribution(
            publisher=Publisher(title="Moonwire", feed_url=f"https://{source_id}.example/feed"),
            authors=(Person(name="Ada", evidence=evidence),),
        ),
        "images": (Image(url=f"{url}.jpg", creator="Grace", evidence=(evidence,)),),
        "content_hash": "c1",
        "raw_hash": "r1",
    }
    return Article(**(defaults | values))


def entry(name: str = "a1", title: str = "As published") -> ParsedEntry:
    return ParsedEntry(id=f"urn:{name}", title=Text(value=title))


def new(name: str = "a1", source_id: str = "moonwire", **values: Any) -> NewArticle:
    return NewArticle(article=article(name, source_id, **values), raw=pack_entry(entry(name)), parser="test 1")


def add_source(store: Store, name: str = "moonwire", host: str | None = None) -> None:
    store.states.ensure([source(name, host)], NOW)


def add(store: Store, *articles: NewArticle) -> None:
    """Commit articles by one poll of the first one's source."""
    source_id = articles[0].article.source_id
    add_source(store, source_id)
    state = store.states.get(source_id)
    assert state is not None
    store.commit_poll(state, articles, now=NOW)


def story(name: str, *article_ids: str, **values: Any) -> Story:
    members = tuple(
        Member(
            article_id=ArticleId(article_id),
            source_id=SourceId(article_id.split("-", maxsplit=1)[0]),
            tie=Tie.SAME_URL if place else Tie.FIRST,
            joined_at=NOW,
        )
        for place, article_id in enumerate(article_ids)
    )
    defaults: dict[str, Any] = {
        "id": StoryId(name),
        "members": members,
        "original": members[0].article_id if members else ArticleId("none"),
        "created_at": NOW,
        "changed_at": NOW,
    }
    return Story(**(defaults | values))


def selection(
    topic: str, story_id: str, article_id: str, state: SelectionState = SelectionState.LISTED, **values: Any
) -> Selection:
    defaults: dict[str, Any] = {
        "topic": TopicSlug(topic),
        "story_id": StoryId(story_id),
        "article_id": ArticleId(article_id),
        "state": state,
        "listed_at": NOW if state is SelectionState.LISTED else None,
        "decided_at": NOW,
        "reason": Reason(rule="query", sentence="The title has moon."),
    }
    return Selection(**(defaults | values))


def publish_as(store: Store, story_id: StoryId, candidates: Sequence[PublishedId], article_id: ArticleId) -> str | None:
    """The id that a story is published under from now on."""
    wish = IdWish(story_id=story_id, candidates=tuple(candidates), article_id=article_id)
    return store.stories.assign_published_ids([wish])[story_id].published_id

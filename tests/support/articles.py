"""Articles, sources and topics for tests: give what matters, the rest is plain."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aggregator.model.article import Article, Category, EntryIdentity, Language, LanguageSource
from aggregator.model.attribution import Attribution, Person, Publisher
from aggregator.model.ids import ArticleId, SourceId, StoryId
from aggregator.model.licence import Evidence, Licence, Origin, Term
from aggregator.model.moment import Moment
from aggregator.model.story import Member, Story, Tie

NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)


def licence(
    name: str, *terms: Term, confidence: float = 1.0, origin: Origin = Origin.FEED_ENTRY, known: bool = True
) -> Licence:
    evidence = Evidence(fact="licence", origin=origin, locator="link rel=license", text=name, confidence=confidence)
    return Licence(id=name, name=name, terms=frozenset(terms), known=known, evidence=evidence)


def article(
    name: str = "a1",
    *,
    title: str = "",
    text: str = "",
    summary: str = "",
    source: str = "moonwire",
    language: str = "en",
    published: datetime | None = NOON,
    authors: tuple[str, ...] = (),
    categories: tuple[str, ...] = (),
    url: str | None = None,
    guid: str | None = None,
    attribution: Mapping[str, Any] | None = None,
    **more: Any,
) -> Article:
    address = f"https://example.org/{name}" if url is None else url
    facts: dict[str, Any] = {
        "publisher": Publisher(title="Moonwire", home_url="https://example.org/"),
        "authors": tuple(Person(name=author) for author in authors),
        **(attribution or {}),
    }
    values: dict[str, Any] = {
        "content": f"<p>{text}</p>" if text else "",
        "first_seen": published or NOON,
        "updated": None,
        "words": len(text.split()),
        **more,
    }
    return Article(
        id=ArticleId(name),
        source_id=SourceId(source),
        identity=EntryIdentity(key=name, guid=address if guid is None else guid, canonical_url=address),
        url=address,
        title=title,
        summary=summary,
        text=text,
        language=Language(tag=language, source=LanguageSource.FEED, confidence=1.0),
        published=Moment(instant=published) if published else None,
        attribution=Attribution(**facts),
        categories=tuple(Category(term=term) for term in categories),
        **values,
    )


def story(name: str, *articles: Article, **more: Any) -> Story:
    members = tuple(
        Member(
            article_id=member.id,
            source_id=member.source_id,
            tie=Tie.FIRST if number == 0 else Tie.SAME_TEXT,
            joined_at=member.first_seen,
        )
        for number, member in enumerate(articles)
    )
    values: dict[str, Any] = {"original": articles[0].id, "created_at": NOON, "changed_at": NOON, **more}
    return Story(id=StoryId(name), members=members, **values)

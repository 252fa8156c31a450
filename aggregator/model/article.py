"""Our record of an entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from aggregator.model.attribution import Attribution, Image
from aggregator.model.ids import ArticleId, SourceId, StoryId
from aggregator.model.licence import Evidence
from aggregator.model.moment import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file that belongs to an article and is not an image."""

    url: str
    media_type: str = "application/octet-stream"
    length: int | None = None
    duration: int | None = None
    """Seconds."""
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    term: str
    label: str | None = None
    scheme: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryIdentity:
    """What identifies an entry within its source, and what may tie it to another source's."""

    key: str
    """The identity key on the source's rung of the ladder (DEDUPE section 2.1)."""
    guid: str
    """The publisher's id, character for character; empty where there is none."""
    canonical_url: str
    """The permalink after our url rules: a key, never published. Empty where there is no http(s) link."""
    origin: str = ""
    """Registrable domain or tag authority that the guid belongs to; empty where it names none. Ids are only trusted
    across sources when their origin is the sources' own (PROTOCOL P-49)."""


class LanguageSource(StrEnum):
    """Where an article's language is from, in falling order of trust."""

    OPERATOR = "operator"
    ENTRY = "entry"
    CONTENT = "content"
    FEED = "feed"
    DETECTED = "detected"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A BCP 47 tag (``und`` where unknown), where it is from, and how sure that is (0 to 1)."""

    tag: str = "und"
    source: LanguageSource = LanguageSource.UNKNOWN
    confidence: float = 0.0
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One entry of one source, normalised. `revision` counts from 1 and grows with each edit by the publisher."""

    id: ArticleId
    source_id: SourceId
    identity: EntryIdentity
    url: str
    """The permalink as given, absolute; empty where the entry has none. Published unchanged."""
    title: str
    """Plain text."""
    summary: str
    """Plain text, credit lines removed; from the publisher's summary, else the start of the content."""
    content: str
    """Sanitised HTML with absolute links; the longest of what the publisher sent. May be empty."""
    text: str
    """Plain text of the content."""
    language: Language
    published: Moment | None
    """None where the publisher gives none: never "now"."""
    updated: Moment | None
    first_seen: datetime
    revision: int = 1
    revised_at: datetime | None = None
    attribution: Attribution
    categories: tuple[Category, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    images: tuple[Image, ...] = ()
    comments_url: str | None = None
    content_hash: str = ""
    """Of what a reader would see, blind to churn: whitespace, tracking parameters, counters, dates."""
    raw_hash: str = ""
    """Of the parsed entry as published."""
    words: int = 0
    backfill: bool = False
    """Brought in by the first poll of its source, or by a history walk: not news."""

    @property
    def when(self) -> datetime:
        """The instant to sort by: published where there is one, else first seen; stable between polls."""
        return self.published.instant if self.published else self.first_seen


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle:
    """An article with what the store adds: its place in the order of ingestion and in a story."""

    article: Article
    sequence: int
    story_id: StoryId | None = None
    withdrawn: bool = False
    change: int = 0
    """Place in the order of changes: grows with each insert, revision and withdrawal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownArticle:
    """What a poll needs to know of an article that is stored already, or was withdrawn."""

    id: ArticleId
    key: str
    guid: str
    canonical_url: str
    url: str = ""
    title: str = ""
    content_hash: str = ""
    raw_hash: str = ""
    revision: int = 1
    published: datetime | None = None
    first_seen: datetime
    withdrawn: bool = False
    """Withdrawn or pruned: it never comes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewArticle:
    """Intent: store an article that is seen for the first time."""

    article: Article
    raw: bytes
    """The entry as published, as the store's codec packs it."""
    parser: str = ""
    """Name and version of the parser that read it."""
    record: bytes = b""
    """The article as the store's codec packs it, where a worker has done that; then `article` need only hold what is
    looked up by. Empty: the store packs `article`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisedArticle:
    """Intent: replace an article by its next revision; the one before is kept."""

    article: Article
    raw: bytes
    parser: str = ""
    record: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchedArticle:
    """Intent: the entry as published changed in a way that no reader would see."""

    article_id: ArticleId
    raw_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawnByPublisher:
    """Intent: the publisher deleted the entry (RFC 6721) or asked for it."""

    article_id: ArticleId
    reason: str


ArticleIntent = NewArticle | RevisedArticle | TouchedArticle | WithdrawnByPublisher

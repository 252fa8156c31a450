"""What the store hands out and takes that is no noun of the pipeline. Contains no business logic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from aggregator.model.article import ArticleIntent
from aggregator.model.entry import ParsedEntry
from aggregator.model.ids import ArticleId, PublishedId, SourceId, StoryId, TopicSlug
from aggregator.model.page import PageState
from aggregator.model.source import SourceState
from aggregator.model.story import Edge, Story
from aggregator.model.topic import SelectionState


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """What one poll changes: the source's state, and intents about its articles."""

    state: SourceState
    intents: tuple[ArticleIntent, ...] = ()
    owner: str | None = None
    """Who claimed the source; when given and the lease has passed to another, nothing is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    """What a poll has changed."""

    source_id: SourceId
    new: tuple[ArticleId, ...] = ()
    revised: tuple[ArticleId, ...] = ()
    touched: int = 0
    withdrawn: tuple[ArticleId, ...] = ()
    stale: bool = False
    """The lease had passed to another: nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleChange:
    """That an article was stored, revised or withdrawn; what it says now is read apart."""

    change: int
    article_id: ArticleId
    story_id: StoryId | None
    withdrawn: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RawEntry:
    """The entry of one revision as its publisher wrote it."""

    article_id: ArticleId
    revision: int
    entry: ParsedEntry
    parser: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRecord:
    """How the reading of an article's own page went."""

    article_id: ArticleId
    state: PageState
    at: datetime
    tries: int = 1
    due: datetime | None = None
    """When it is tried again; None: never."""
    reason: str = ""


class ArchiveState(StrEnum):
    """How the reading of an archive stands."""

    DUE = "due"
    READ = "read"
    FAILED = "failed"
    """For good: the history is not complete beyond it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveRecord:
    """One archive document of a source."""

    source_id: SourceId
    url: str
    state: ArchiveState
    at: datetime
    """When it was come upon, or last looked at."""
    due: datetime
    tries: int = 0
    entries: int = 0
    """How many articles it brought."""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOverlay:
    """An operator's act on a source that lies over its declaration."""

    source_id: SourceId
    paused: bool
    who: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HostBlock:
    """A host that no source of which may be asked before an instant."""

    host: str
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactKey:
    """A key that ties articles across sources, until it expires."""

    kind: str
    key: str
    article_id: ArticleId
    story_id: StoryId
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A run of articles' fingerprints, appended once and never changed. `data` is the matcher's own form."""

    day: int
    """Days since 1970."""
    first_sequence: int
    last_sequence: int
    items: int
    data: bytes
    id: int = 0
    """Given by the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchBatch:
    """What one batch of the matcher changes; committed whole or not at all."""

    first_sequence: int
    last_sequence: int
    stories: tuple[Story, ...] = ()
    """New and changed stories, whole."""
    edges: tuple[Edge, ...] = ()
    exact_keys: tuple[ExactKey, ...] = ()
    segments: tuple[Segment, ...] = ()
    absorbed: tuple[tuple[StoryId, StoryId], ...] = ()
    """(story that ends, story that takes its members); the latter is also in `stories`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdWish:
    """A story that is to be published, and the ids it may get, the best first."""

    story_id: StoryId
    candidates: tuple[PublishedId, ...]
    article_id: ArticleId
    """The member that the candidates come from; it is kept with the id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVerdict:
    """An operator's word on a pair of articles."""

    article_id: ArticleId
    other_id: ArticleId
    verdict: str
    who: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionChange:
    """One step in the life of a story in a topic."""

    topic: TopicSlug
    story_id: StoryId
    article_id: ArticleId
    state: SelectionState
    rule: str
    sentence: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDocument:
    """What was last published at a path: for honest ETag and Last-Modified."""

    path: str
    media_type: str
    etag: str
    body_hash: str
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEdition:
    """The edition of a topic that was last published."""

    topic: TopicSlug
    hash: str
    updated: datetime
    written_at: datetime
    record: bytes = b""
    """Whatever the publisher wants to find again; kept compressed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestIssue:
    """One issue of a digest; once frozen its stories never change and are in no other issue of that digest."""

    name: str
    number: int
    frozen_at: datetime
    stories: tuple[StoryId, ...]
    state: str = "frozen"
    """``frozen``, ``sending``, ``sent``, ``failed``."""
    record: bytes = b""
    """The issue as its writer wants to find it again; kept compressed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """A host or url that asked not to be polled."""

    target: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicToken:
    """An unguessable path to a private topic."""

    token: str
    topic: TopicSlug
    created: datetime
    revoked: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A WebSub subscriber of our hub (WebSub section 5)."""

    id: int = 0
    """Given by the store."""
    topic: str
    """The url of the feed document."""
    callback: str
    secret: str = ""
    state: str = "active"
    lease_until: datetime
    failures: int = 0
    retry_at: datetime | None = None
    delivered_hash: str = ""
    """Hash of the body that was last delivered."""
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """How many rows pruning has removed."""

    articles: int = 0
    selections: int = 0
    exact_keys: int = 0
    segments: int = 0
    tombstones: int = 0
    stories: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreStatus:
    """Counts for the operator."""

    url: str
    schema: str
    bytes: int | None
    """Size on disk; None where the database does not tell."""
    sources: int
    due: int
    leased: int
    by_health: tuple[tuple[str, int], ...]
    articles: int
    withdrawn: int
    stories: int
    listed: int
    unmatched: int
    """Articles that wait for the matcher."""
    next_due: datetime | None

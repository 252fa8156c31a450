"""Curated outbound feeds, and why each story is or is not in one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from aggregator.model.ids import ArticleId, SourceId, StoryId, TopicSlug
from aggregator.model.licence import Evidence
from aggregator.model.source import Declared, Republish


class Order(StrEnum):
    NEWEST = "newest"
    SCORE = "score"


class Mode(StrEnum):
    AUTO = "auto"
    APPROVE = "approve"
    """Nothing is listed before an operator approves it."""


class FeedKind(StrEnum):
    """The documents of a topic."""

    ATOM = "atom"
    RSS = "rss"
    JSON = "json"
    HTML = "html"


class Profile(StrEnum):
    READER = "reader"
    NEWSLETTER = "newsletter"
    """pubDate is the listed time, monotonic; the original date is kept beside it (PROTOCOL B-27)."""


class ImagePolicy(StrEnum):
    LINK = "link"
    """Images stay where they are (hot-linked), with their credit."""
    LICENSED = "licensed"
    """Only images whose own licence allows it."""
    DROP = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One curated outbound feed and its settings."""

    slug: TopicSlug
    title: str
    description: str = ""
    query: str = ""
    """Empty: everything of the sources below."""
    sources: tuple[SourceId, ...] = ()
    """Empty: all."""
    tags: tuple[str, ...] = ()
    """Only sources with one of these tags; empty: all."""
    languages: tuple[str, ...] = ()
    """Only articles in one of these languages (primary subtag match); empty: all."""
    topics: tuple[TopicSlug, ...] = ()
    """Built from what these topics list; empty: from the articles."""
    language: str | None = None
    """Of the feed document; None: the site's."""
    limit: int = 100
    """Items in the feed document, at most."""
    min_items: int = 30
    """The window is widened until it holds this many (PROTOCOL B-20)."""
    window_days: int = 14
    order: Order = Order.NEWEST
    min_score: float = 0.0
    per_source: int | None = None
    """Items per source in one window, at most; None: no cap."""
    mode: Mode = Mode.AUTO
    policy: Republish | None = None
    """How much to republish where neither licence nor permission says; None: the site's default."""
    max_policy: Republish = Republish.FULL
    """Never more than this, whatever a licence allows."""
    excerpt_words: int | None = None
    dedupe: bool = True
    backfill_days: int = 3
    formats: tuple[FeedKind, ...] = (FeedKind.ATOM, FeedKind.RSS, FeedKind.JSON, FeedKind.HTML)
    profile: Profile = Profile.READER
    images: ImagePolicy = ImagePolicy.LINK
    attribution_line: bool = True
    """A visible attribution line is part of the content, because readers do not show ``source``."""
    explain: bool = False
    """Our namespace in Atom and RSS too; it is always in JSON Feed."""
    licence: str | None = None
    """The licence of the selection itself."""
    private: bool = False
    """Served under an unguessable, revocable token only."""
    indexing: bool = True
    declared: Declared = Declared.FILE
    former_slugs: tuple[TopicSlug, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVerdict:
    """How much of an article may be republished in a topic, by which rule, on what evidence."""

    policy: Republish
    rule: str
    """``item-licence``, ``permission``, ``source-licence``, ``source-policy``, ``default``, ``capped`` …"""
    reason: str
    """One sentence."""
    evidence: tuple[Evidence, ...] = ()
    excerpt_words: int | None = None
    no_derivatives: bool = False
    share_alike: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseResult:
    """One clause of a query and what it found: the words in the article that satisfied it."""

    clause: str
    matched: bool
    words: tuple[str, ...] = ()
    field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorePart:
    name: str
    value: float
    detail: str = ""


class SelectionState(StrEnum):
    LISTED = "listed"
    PENDING = "pending"
    """Waits for approval."""
    REJECTED = "rejected"
    AGED_OUT = "aged-out"
    """Was listed; left the window and never re-enters (PROTOCOL B-28)."""
    HIDDEN = "hidden"
    """By an operator."""
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a story is, or is not, in a topic."""

    rule: str
    """The decisive rule: ``query``, ``sources``, ``language``, ``policy``, ``cap``, ``backfill``, ``window``,
    ``override``, ``score``, ``duplicate`` …"""
    sentence: str
    clauses: tuple[ClauseResult, ...] = ()
    score: float = 0.0
    parts: tuple[ScorePart, ...] = ()
    verdict: PolicyVerdict | None = None
    query_version: str = ""
    """Hash of the topic's settings that decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Topic × story with its reason; rejections are selections too."""

    topic: TopicSlug
    story_id: StoryId
    article_id: ArticleId
    """The member that matched, and is shown."""
    state: SelectionState
    listed_at: datetime | None = None
    decided_at: datetime
    rank: float = 0.0
    """Sort key within the topic, frozen when listed."""
    pinned_until: datetime | None = None
    reason: Reason


class OverrideKind(StrEnum):
    PIN = "pin"
    HIDE = "hide"
    ADD = "add"
    EDIT = "edit"
    APPROVE = "approve"
    DECLINE = "decline"
    PREFER = "prefer"
    SPLIT = "split"
    JOIN = "join"
    WITHDRAW = "withdraw"
    UNDO = "undo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """An editor's act, kept in the audit log: who, when, why, and what it changes."""

    id: int
    kind: OverrideKind
    topic: TopicSlug | None
    article_id: ArticleId | None
    story_id: StoryId | None
    who: str
    at: datetime
    why: str
    until: datetime | None = None
    values: tuple[tuple[str, str], ...] = ()
    """``title``, ``summary``, ``note`` of an edit; ``other`` of a split."""
    undone_by: int | None = None

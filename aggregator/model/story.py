"""Articles that tell the same thing, and how we know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from aggregator.model.ids import ArticleId, PublishedId, SourceId, StoryId


class Tie(StrEnum):
    """What joins an article to a story."""

    FIRST = "first"
    """It began the story."""
    SAME_ID = "same-id"
    SAME_URL = "same-url"
    SAME_TEXT = "same-text"
    NEAR_COPY = "near-copy"
    CONTAINED = "contained"
    """A summary of the other's full text, or the reverse."""
    SAME_TITLE = "same-title"
    LINKS_TO = "links-to"
    """It is mainly a link to the other: the two share their coverage, and stay two stories."""
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """Why one article was joined to another: the rule, its scores, and the version of the rules."""

    article_id: ArticleId
    other_id: ArticleId
    tie: Tie
    rule: str
    scores: tuple[tuple[str, float], ...] = ()
    version: int = 1


class Verdict(StrEnum):
    """An operator's word on a pair of articles; it survives replays."""

    SPLIT = "split"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One article of a story."""

    article_id: ArticleId
    source_id: SourceId
    tie: Tie
    edge: Edge | None = None
    joined_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginEvidence:
    """One reason to think that a member is the original, with its weight (DEDUPE section 4)."""

    article_id: ArticleId
    kind: str
    weight: int
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One or more articles that tell the same thing: the original, the copies, and each copy's tie."""

    id: StoryId
    members: tuple[Member, ...]
    """In the order they joined."""
    original: ArticleId
    """The best candidate for the original, or whichever was first seen."""
    original_known: bool = False
    """True: the evidence is strong and outputs may say "original"; False: they say "first seen at"."""
    origin_evidence: tuple[OriginEvidence, ...] = ()
    preferred: ArticleId | None = None
    """The operator's choice of the member to show."""
    published_id: PublishedId | None = None
    """Minted when the story is first listed; kept even if another member takes over."""
    published_article: ArticleId | None = None
    """The member the published id was taken from."""
    coverage: str | None = None
    """Id of the group of stories about the same event; display only."""
    digest: bool = False
    """A round-up that mentions several stories: never merged with them."""
    created_at: datetime
    changed_at: datetime

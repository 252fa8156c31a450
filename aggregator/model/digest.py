"""Issues of digests: what was chosen for one mailing, frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aggregator.model.edition import EditionItem, Site
from aggregator.model.ids import ArticleId, StoryId, TopicSlug


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueItem:
    """One story of an issue, as the policy allowed it to be shown when the issue was frozen."""

    topic: TopicSlug
    item: EditionItem
    """Without its content: an issue shows the summary and leads to the article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueSection:
    title: str
    """Empty: the issue has one section and no heading."""
    items: tuple[IssueItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One issue of a digest. Numbered, and never changed once frozen; what is withdrawn later is not rendered again."""

    name: str
    """The digest's."""
    number: int
    """Counts from 1; 0 is a preview."""
    title: str
    language: str
    site: Site
    since: datetime
    """Stories listed after this …"""
    until: datetime
    """… and no later than this were candidates."""
    frozen_at: datetime
    sections: tuple[IssueSection, ...]
    zone: str = "UTC"
    """The time zone its dates are told in."""
    public: bool = True
    """Whether it has pages on the site: not where one of its topics is private."""
    withdrawn: int = 0
    """How many of its stories were taken down after it was frozen."""

    @property
    def items(self) -> tuple[IssueItem, ...]:
        return tuple(item for section in self.sections for item in section.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A story that was a candidate and is not in the issue, and why."""

    story_id: StoryId
    article_id: ArticleId
    topic: TopicSlug
    title: str
    rule: str
    """``sent``, ``backfill``, ``old``, ``late``, ``repeated``, ``room``."""
    sentence: str

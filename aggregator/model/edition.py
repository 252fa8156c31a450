"""One topic ready to be written, free of any format. Equal editions give equal bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aggregator.model.article import Category, Enclosure
from aggregator.model.attribution import Attribution, Image, Link, Person, Publisher
from aggregator.model.ids import ArticleId, PublishedId, SourceId, StoryId
from aggregator.model.licence import Licence
from aggregator.model.moment import Moment
from aggregator.model.story import Tie
from aggregator.model.topic import PolicyVerdict, Reason, Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What every document says about us."""

    title: str
    base_url: str
    """Absolute, without a slash at its end."""
    description: str = ""
    language: str = "en"
    owner: str = ""
    contact: str = ""
    tag_authority: str = ""
    """``domain,yyyy-mm-dd`` of RFC 4151, fixed for the life of the site."""
    commercial: bool = True
    hubs: tuple[str, ...] = ()
    icon: str | None = None
    logo: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlsoAt:
    """Another carrier of the same story."""

    article_id: ArticleId
    source_id: SourceId
    publisher: Publisher
    url: str
    title: str
    tie: Tie
    original: bool = False
    published: Moment | None = None
    via: bool = False
    """True: the copy that pointed us to the shown one; False: merely another carrier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionItem:
    """One story as it stands in a feed document: the policy has already been applied to its text and images."""

    id: PublishedId
    article_id: ArticleId
    story_id: StoryId
    source_id: SourceId
    guid: str
    """The publisher's own id where `id` had to be minted from it; else equal to `id`."""
    url: str
    """The article's own page, unwrapped and unchanged."""
    title: str
    summary: str
    """Plain text."""
    content: str
    """Sanitised HTML allowed by the verdict; empty for link-only items. Without the attribution line."""
    language: str
    published: Moment
    """Never missing here: the first-seen time stands in (PROTOCOL B-26)."""
    published_known: bool = True
    updated: datetime
    """Moves only with a real change of the text (PROTOCOL B-25)."""
    listed: datetime
    attribution: Attribution
    authors: tuple[Person, ...] = ()
    """Never empty: the publisher stands in where the source names none (PROTOCOL B-30)."""
    licence: Licence | None = None
    rights: str | None = None
    categories: tuple[Category, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    images: tuple[Image, ...] = ()
    comments_url: str | None = None
    also: tuple[AlsoAt, ...] = ()
    first_seen_at: str = ""
    """Name of the source that is the original, or where it was first seen."""
    original_known: bool = False
    related: tuple[Link, ...] = ()
    verdict: PolicyVerdict
    reason: Reason
    pinned: bool = False
    edited: str | None = None
    """The editor's note where title or summary were replaced."""
    original_title: str | None = None

    @property
    def carriers(self) -> int:
        """How many publishers tell the story: two feeds of one publisher are one."""
        return len({self.attribution.publisher.title, *(other.publisher.title for other in self.also)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One topic, ready for the writers."""

    site: Site
    topic: Topic
    feed_id: str
    """A ``tag:`` URI (PROTOCOL B-22)."""
    updated: datetime
    """The newest `updated` of its items, never the build time (PROTOCOL B-25)."""
    items: tuple[EditionItem, ...]
    """In the order of the feed document."""
    cadence: int
    """Seconds between builds: max-age, ttl."""
    path: str = ""
    """Folder of the topic below the output root; differs from the slug for private topics."""
    previous_archive: str | None = None
    complete: bool = False

"""An entry or a feed while its elements are being read."""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from aggregator.model.attribution import Link
from aggregator.model.entry import (
    RawCategory,
    RawDate,
    RawMedia,
    RawPerson,
    RawRights,
    RawSource,
    Text,
    Tombstone,
)
from aggregator.parse.media import Shared
from aggregator.parse.nodes import Context


@dataclass(slots=True)
class Draft:
    """What an entry and a feed have in common."""

    context: Context
    top: etree._Element
    """The element that is being read."""
    id: str = ""
    title: Text | None = None
    summary: Text | None = None
    links: list[Link] = field(default_factory=list)
    dates: list[RawDate] = field(default_factory=list)
    people: list[RawPerson] = field(default_factory=list)
    rights: list[RawRights] = field(default_factory=list)
    categories: list[RawCategory] = field(default_factory=list)
    language: str = ""


@dataclass(slots=True)
class EntryDraft(Draft):
    id_is_permalink: bool = False
    content: Text | None = None
    fallback_title: Text | None = None
    fallback_summary: Text | None = None
    original_link: str = ""
    comments: str = ""
    media: list[RawMedia] = field(default_factory=list)
    media_rss: list[tuple[str, etree._Element]] = field(default_factory=list)
    duration: str = ""
    source: RawSource | None = None
    extensions: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class FeedDraft(Draft):
    fallback_title: Text | None = None
    icon: str = ""
    logo: str = ""
    generator: str = ""
    schedule: dict[str, str] = field(default_factory=dict)
    skip_hours: tuple[str, ...] = ()
    skip_days: tuple[str, ...] = ()
    complete: bool = False
    archive: bool = False
    tombstones: list[Tombstone] = field(default_factory=list)
    shared: Shared = field(default_factory=Shared)

"""What a publisher said: nothing decided yet, raw values kept beside parsed ones."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from aggregator.model.attribution import Link


class FeedFormat(StrEnum):
    RSS_09 = "rss-0.9x"
    RSS_10 = "rss-1.0"
    RSS_20 = "rss-2.0"
    ATOM_03 = "atom-0.3"
    ATOM_10 = "atom-1.0"
    CDF = "cdf"
    JSON_FEED = "json-feed"
    PAGE = "page"


class TextKind(StrEnum):
    TEXT = "text"
    HTML = "html"
    XHTML = "xhtml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text construct: the publisher's characters and what they are. Markup is neither cleaned nor resolved."""

    value: str
    kind: TextKind = TextKind.TEXT
    language: str | None = None
    base: str | None = None
    """The nearest ``xml:base``, resolved; None: the document's own url."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPerson:
    """A person as written: `name` may hold anything (``By A and B``, ``me@example.org (Me)``)."""

    name: str = ""
    email: str = ""
    uri: str = ""
    role: str = "author"
    element: str = ""
    """The element it was read from: ``atom:author``, ``dc:creator``, ``author``, ``itunes:author`` …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRights:
    """A statement about rights or a licence as written."""

    element: str
    """``rights``, ``copyright``, ``dc:rights``, ``dcterms:license``, ``cc:license``, ``creativeCommons:license``,
    ``atom:link[rel=license]``, ``media:license``, ``media:copyright``, ``podcast:license`` …"""
    text: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawMedia:
    """One Media RSS object, enclosure or JSON attachment, with the credits that belong to *it*.

    Inheritance (channel, item, group, content; Media RSS section "Optional elements") is already applied, so that no
    credit or licence of one object can be taken for another's.
    """

    url: str = ""
    element: str = "media:content"
    """``media:content``, ``media:thumbnail``, ``enclosure``, ``atom:link[rel=enclosure]``, ``json:attachment``,
    ``json:image``, ``itunes:image``, ``image`` …"""
    medium: str = ""
    media_type: str = ""
    width: str = ""
    height: str = ""
    length: str = ""
    duration: str = ""
    title: str = ""
    description: str = ""
    credits: tuple[RawPerson, ...] = ()
    rights: tuple[RawRights, ...] = ()
    group: int | None = None
    """Number of the ``media:group`` within the entry; None outside of groups."""
    default: bool = False
    player: str = ""
    thumbnail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawDate:
    """A date as written and the element it stood in: ``pubDate``, ``dc:date``, ``published``, ``updated`` …"""

    element: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RawCategory:
    term: str
    label: str = ""
    scheme: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawSource:
    """An entry's own ``atom:source`` or RSS ``source``."""

    title: str = ""
    url: str = ""
    """The source feed's url (RSS ``source/@url``, Atom ``link rel=self``)."""
    home_url: str = ""
    id: str = ""
    updated: str = ""
    icon: str = ""
    authors: tuple[RawPerson, ...] = ()
    rights: tuple[RawRights, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedEntry:
    """One entry as its publisher wrote it."""

    id: str = ""
    """guid, atom:id, JSON Feed id or rdf:about: opaque, character for character."""
    id_is_permalink: bool = False
    title: Text | None = None
    links: tuple[Link, ...] = ()
    """Absolute (resolved against the nearest base), http(s) and other schemes alike, in document order."""
    original_link: str = ""
    """``feedburner:origLink``, ``pheedo:origLink``."""
    comments: str = ""
    summary: Text | None = None
    content: Text | None = None
    dates: tuple[RawDate, ...] = ()
    people: tuple[RawPerson, ...] = ()
    rights: tuple[RawRights, ...] = ()
    categories: tuple[RawCategory, ...] = ()
    media: tuple[RawMedia, ...] = ()
    source: RawSource | None = None
    language: str = ""
    """``xml:lang`` or ``dc:language`` or JSON Feed ``language`` of the entry itself."""
    base: str | None = None
    position: int = 0
    extensions: tuple[tuple[str, str], ...] = ()
    """Further facts as (name, JSON text): JSON Feed ``_name`` objects and the like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """A publisher's own statement that an entry was deleted (RFC 6721 ``at:deleted-entry``)."""

    ref: str
    when: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The publisher's wishes about polling, as written in the feed (PROTOCOL P-21, P-22)."""

    ttl: str = ""
    skip_hours: tuple[str, ...] = ()
    skip_days: tuple[str, ...] = ()
    update_period: str = ""
    update_frequency: str = ""
    update_base: str = ""


class Quirk(StrEnum):
    """Why a document was not read as it stands; reported with the poll and kept with the source."""

    ILL_FORMED = "ill-formed"
    """Not well-formed XML; what could be recovered was (PROTOCOL P-46)."""
    TRUNCATED = "truncated"
    WRONG_CHARSET = "wrong-charset"
    WRONG_MEDIA_TYPE = "wrong-media-type"
    DUPLICATE_IDS = "duplicate-ids"
    MISSING_IDS = "missing-ids"
    EMPTY = "empty"
    """A valid feed with no entries."""
    SKIPPED_ENTRIES = "skipped-entries"
    """Elements that look like entries but hold nothing to show."""
    NESTED_ENTRIES = "nested-entries"
    ODD_CODING = "odd-coding"
    """The Content-Encoding was missing or wrong (PROTOCOL P-40)."""
    EXTERNAL_ENTITY = "external-entity"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A whole feed document as its publisher wrote it."""

    format: FeedFormat
    url: str
    """Where it came from: the final url of the fetch; base of relative references."""
    id: str = ""
    title: Text | None = None
    subtitle: Text | None = None
    links: tuple[Link, ...] = ()
    home_url: str = ""
    language: str = ""
    dates: tuple[RawDate, ...] = ()
    people: tuple[RawPerson, ...] = ()
    rights: tuple[RawRights, ...] = ()
    categories: tuple[RawCategory, ...] = ()
    icon: str = ""
    logo: str = ""
    generator: str = ""
    schedule: Schedule = Schedule()
    complete: bool = False
    """``fh:complete`` (RFC 5005 section 2)."""
    archive: bool = False
    """``fh:archive`` (RFC 5005 section 4)."""
    tombstones: tuple[Tombstone, ...] = ()
    entries: tuple[ParsedEntry, ...] = ()
    quirks: tuple[Quirk, ...] = ()
    encoding: str = "utf-8"
    next_url: str = ""
    """JSON Feed ``next_url`` or RFC 5005 ``prev-archive``/``next``, as absolute url, for a history walk."""
    expired: bool = False
    """JSON Feed ``expired``: the feed will never change again."""
    parser: str = ""
    """Name and version of the parser that read it, kept with the raw entries."""


class ParseReason(StrEnum):
    EMPTY_BODY = "empty-body"
    NOT_A_FEED = "not-a-feed"
    HTML = "html"
    UNREADABLE = "unreadable"
    TOO_DEEP = "too-deep"
    SELECTOR = "selector"
    """A page source's selector matched nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseFailed:
    """A body that gave no feed; `detail` is one sentence for the operator."""

    reason: ParseReason
    detail: str


ParseOutcome = ParsedFeed | ParseFailed

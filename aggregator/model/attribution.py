"""Who made what, who published it, under which terms."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from aggregator.model.licence import Evidence, Licence


class PersonKind(StrEnum):
    PERSON = "person"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An author, contributor or creator. E-mail addresses are kept here but never published by default."""

    name: str
    uri: str | None = None
    email: str | None = None
    kind: PersonKind = PersonKind.PERSON
    role: str | None = None
    """As the publisher says it: ``author``, ``contributor``, ``photographer``, ``editor`` …"""
    affiliation: str | None = None
    evidence: Evidence | None = None


class ImagePlace(StrEnum):
    """Where in an entry an image stands."""

    LEAD = "lead"
    CONTENT = "content"
    ENCLOSURE = "enclosure"
    THUMBNAIL = "thumbnail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One image with its own attribution. Its licence is its own: never the article's, never another image's."""

    url: str
    place: ImagePlace = ImagePlace.CONTENT
    media_type: str | None = None
    width: int | None = None
    height: int | None = None
    length: int | None = None
    """Bytes, as the publisher says."""
    alt: str = ""
    title: str | None = None
    """The work's title, such as *The Moon tonight*; not the tooltip."""
    description: str | None = None
    creator: str | None = None
    creator_url: str | None = None
    source_name: str | None = None
    """Where it was taken from or who distributes it: *Flickr*, *Wikimedia Commons*, *ANP*."""
    source_url: str | None = None
    copyright: str | None = None
    """The publisher's own sentence about rights in this image."""
    licence: Licence | None = None
    rights_managed: bool = False
    """A rights-managed agency stands in the credit: never reusable, whatever a footer says."""
    credit_line: str | None = None
    """The line as found, verbatim; always printed where there is one."""
    evidence: tuple[Evidence, ...] = ()
    """One per fact above that has a value and is not plain markup (url, size, alt)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link with its role (RFC 8288): ``alternate``, ``via``, ``related``, ``license``, ``canonical`` …"""

    href: str
    rel: str = "alternate"
    media_type: str | None = None
    title: str | None = None
    hreflang: str | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """The feed an entry came from, as Atom's ``source`` needs it (RFC 4287 section 4.2.11).

    Urls never carry credentials or tokens; a private source's feed url is None.
    """

    title: str
    feed_url: str | None = None
    home_url: str | None = None
    feed_id: str | None = None
    """The source feed's own id where it has one (Atom), else its url, else a ``tag:`` URI."""
    subtitle: str | None = None
    icon: str | None = None
    logo: str | None = None
    language: str | None = None
    rights: str | None = None
    licence: Licence | None = None
    authors: tuple[Person, ...] = ()
    categories: tuple[str, ...] = ()
    updated: str | None = None
    """RFC 3339: the source feed's own ``updated``, kept stable between polls that bring nothing new."""
    generator: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Everything a reader is owed about where an article comes from."""

    publisher: Publisher
    authors: tuple[Person, ...] = ()
    contributors: tuple[Person, ...] = ()
    rights: str | None = None
    """The publisher's sentence about this entry (entry over feed)."""
    licence: Licence | None = None
    """The licence of the text; None where the source states none."""
    agencies: tuple[str, ...] = ()
    """Wire agencies named in bylines, datelines or credits: ``Reuters``, ``ANP`` …"""
    original: Link | None = None
    """The place where it was first published, where this entry says so."""
    via: tuple[Link, ...] = ()
    carried: Publisher | None = None
    """The entry's own ``atom:source``, where it is itself a republication: kept, never nested."""
    evidence: tuple[Evidence, ...] = ()

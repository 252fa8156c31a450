"""The small parts of an article: its dates, categories and files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from aggregator.model.article import Category, Enclosure
from aggregator.model.entry import ParsedEntry, RawMedia
from aggregator.model.moment import Moment
from aggregator.model.source import Source
from aggregator.normalise.dates import moment
from aggregator.text.html import collapse, plain
from aggregator.text.urls import is_http

_PUBLISHED = (
    "published", "pubDate", "date_published", "dcterms:issued", "issued", "dc:date", "dcterms:created", "created",
    "dcterms:date", "page:date", "lastmod",
)  # fmt: skip
_UPDATED = ("updated", "date_modified", "dcterms:modified", "modified")
_FILES = ("enclosure", "atom:link[rel=enclosure]", "json:attachment")
_MOST_CATEGORIES = 64
_LONGEST_CATEGORY = 200
_IMAGE_NAME = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg|bmp|heic)(?:[?#]|\Z)", re.IGNORECASE)
_KINDS = {
    "mp3": "audio/mpeg", "m4a": "audio/mp4", "ogg": "audio/ogg", "oga": "audio/ogg", "opus": "audio/ogg",
    "flac": "audio/flac", "wav": "audio/wav", "aac": "audio/aac", "mp4": "video/mp4", "m4v": "video/mp4",
    "webm": "video/webm", "mov": "video/quicktime", "ogv": "video/ogg", "pdf": "application/pdf",
    "epub": "application/epub+zip", "zip": "application/zip", "torrent": "application/x-bittorrent",
}  # fmt: skip
_NAME_END = re.compile(r"\.([a-zA-Z0-9]{2,7})(?:[?#]|\Z)")
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """An entry's two dates; `borrowed` where the publisher gave only the second and it stands in for the first."""

    published: Moment | None = None
    updated: Moment | None = None
    borrowed: bool = False


def dates(entry: ParsedEntry, source: Source, *, language: str | None, now: datetime) -> Dates:
    """The dates of `entry`; none where the operator says that the source's are not to be believed.

    Where only an ``updated`` is given it is the published date too: the entry was new when it was last changed.
    """
    if not source.trust.dates or not entry.dates:
        return Dates()
    given: dict[str, str] = {}
    for one in entry.dates:
        given.setdefault(one.element, one.value)
    published = _first(_PUBLISHED, given, source, language, now)
    updated = _first(_UPDATED, given, source, language, now)
    return Dates(published=published or updated, updated=updated, borrowed=published is None and updated is not None)


def _first(
    elements: tuple[str, ...], given: dict[str, str], source: Source, language: str | None, now: datetime
) -> Moment | None:
    for element in elements:
        raw = given.get(element)
        if raw and (read := moment(raw, language=language, timezone=source.timezone, now=now)):
            return read
    return None


def categories(entry: ParsedEntry) -> tuple[Category, ...]:
    """The categories of `entry` as plain text, in order, each once whatever its capitals."""
    found: dict[tuple[str, str], Category] = {}
    for raw in entry.categories:
        term = _label(raw.term) or _label(raw.label)
        if term and len(term) <= _LONGEST_CATEGORY and len(found) < _MOST_CATEGORIES:
            label = _label(raw.label)
            category = Category(term=term, label=label if label != term else None, scheme=raw.scheme or None)
            found.setdefault((term.casefold(), raw.scheme), category)
    return tuple(found.values())


def _label(text: str) -> str:
    return collapse(plain(text) if "<" in text or "&" in text else text)


def is_image(media: RawMedia) -> bool:
    """Whether a file is a picture: by its medium, its type, or the end of its name."""
    if media.medium or media.media_type:
        kind = media.medium.lower() or media.media_type.lower().partition("/")[0]
        return kind == "image"
    return bool(_IMAGE_NAME.search(media.url)) or media.element in {"media:thumbnail", "itunes:image", "image"}


def enclosures(entry: ParsedEntry) -> tuple[Enclosure, ...]:
    """The files of `entry` that are no pictures: sound, film, documents; each address once."""
    found: dict[str, Enclosure] = {}
    for media in _files(entry):
        found.setdefault(media.url, _enclosure(media))
    return tuple(found.values())


def _files(entry: ParsedEntry) -> Iterator[RawMedia]:
    for media in entry.media:
        kind = media.medium.lower() or media.media_type.lower().partition("/")[0]
        wanted = media.element in _FILES or (media.element == "media:content" and kind in {"audio", "video"})
        if wanted and is_http(media.url) and not is_image(media):
            yield media


def _enclosure(media: RawMedia) -> Enclosure:
    declared = media.media_type.strip().lower().partition(";")[0]
    return Enclosure(
        url=media.url,
        media_type=declared if _MEDIA_TYPE.match(declared) else _type_of(media),
        length=int(media.length) if media.length.isascii() and media.length.isdigit() else None,
        duration=seconds(media.duration),
        title=_label(media.title) or None,
    )


def _type_of(media: RawMedia) -> str:
    end = _NAME_END.search(media.url)
    known = _KINDS.get(end[1].lower()) if end else None
    return known or {"audio": "audio/mpeg", "video": "video/mp4"}.get(media.medium.lower(), "application/octet-stream")


def seconds(duration: str) -> int | None:
    """``1:02:03``, ``62:03`` or ``3723`` as seconds (itunes:duration, Media RSS); None where it is neither."""
    parts = duration.strip().partition(".")[0].split(":")
    if not 1 <= len(parts) <= 3 or not all(part.isascii() and part.isdigit() and len(part) < 8 for part in parts):
        return None
    total = 0
    for part in parts:
        total = 60 * total + int(part)
    return total or None

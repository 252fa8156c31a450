"""RFC 5005 archives: everything a topic ever listed, in documents that do not change (PROTOCOL B-17 to B-19).

Items fill archives in the order in which they were listed, so that the entries of each stand in exactly one. An archive
is closed once it is full, or earlier where an item would else be in no document: when it leaves the live one. One that
is closed changes only when an item in it is corrected or withdrawn, or when it gets a successor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aggregator.model.edition import Edition
from aggregator.model.topic import FeedKind
from aggregator.publish import places
from aggregator.publish.atom import write_atom
from aggregator.publish.document import Document
from aggregator.publish.history import History, archive_path
from aggregator.publish.jsonfeed import write_jsonfeed
from aggregator.publish.rss import write_rss

SIZE = 50
"""Items in an archive: two are full before a live document of the usual length drops the first item."""

_KINDS = (FeedKind.ATOM, FeedKind.RSS, FeedKind.JSON)


def to_close(left: Sequence[bool], made: int, size: int = SIZE) -> tuple[int, ...]:
    """How many of the items that are in no archive yet, oldest first, each new archive takes.

    `left` tells of each item whether it has left the live document, `made` how many archives there are. An archive
    without a neighbour is taken for an incomplete one, so the first two are made together.
    """
    sizes = [size] * (len(left) // size)
    rest = left[len(sizes) * size :]
    if any(rest):
        sizes.append(len(rest))
    if made or len(sizes) != 1:
        return tuple(sizes)
    half = sizes[0] // 2
    return (half, sizes[0] - half) if half and any(left[: sizes[0]]) else ()


def newest_archive(edition: Edition, made: int) -> str | None:
    """What `Edition.previous_archive` of the live document is: the newest archive; None where there is none."""
    return archive_path(edition, name(made), FeedKind.ATOM) if made else None


def name(number: int) -> str:
    """The name of the archive with this number (from 1, the oldest), without its ending."""
    return f"{number:05d}"


def archive_paths(edition: Edition, number: int) -> tuple[str, ...]:
    """Where the documents of an archive stand, in the formats that the topic asks for."""
    return tuple(archive_path(edition, name(number), kind) for kind in _KINDS if kind in edition.topic.formats)


def render_archive(edition: Edition, number: int, made: int) -> tuple[Document, ...]:
    """The archive with this number, in the formats that the topic asks for.

    `edition` holds the archive's items alone, in the order of listing, oldest first; `made` is how many archives there
    are: the last has no ``next-archive``, since what follows is not finished.
    """
    shown = tuple(reversed(edition.items))
    newest = max((item.updated for item in shown), default=edition.updated)
    part = replace(edition, items=shown, updated=newest, complete=False)
    updated = max((max(item.updated, item.listed) for item in shown), default=edition.updated)
    return tuple(
        Document(
            path=archive_path(edition, name(number), kind),
            media_type=places.FILES[kind][1],
            body=_write(part, kind, number, made),
            updated=updated,
        )
        for kind in _KINDS
        if kind in edition.topic.formats
    )


def _write(part: Edition, kind: FeedKind, number: int, made: int) -> bytes:
    previous = archive_path(part, name(number - 1), kind) if number > 1 else None
    following = archive_path(part, name(number + 1), kind) if number < made else None
    own = archive_path(part, name(number), kind)
    history = History(own_path=own, previous=previous, next=following)
    if kind is FeedKind.ATOM:
        return write_atom(part, history)
    if kind is FeedKind.RSS:
        return write_rss(part, history)
    return write_jsonfeed(part, f"{part.site.base_url}/{previous}" if previous else None, own_path=own)

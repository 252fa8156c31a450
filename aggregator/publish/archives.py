"""RFC 5005 archives: everything a topic ever listed, in documents that do not change (PROTOCOL B-17 to B-19).

Items fill archives in the order in which they were listed. An archive is written once it is full, so that the entries
of each stand in exactly one, and one that is finished changes only when an item in it is corrected or withdrawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aggregator.model.edition import Edition, EditionItem
from aggregator.model.topic import FeedKind
from aggregator.publish import places
from aggregator.publish.atom import write_atom
from aggregator.publish.document import Document
from aggregator.publish.history import History, archive_path
from aggregator.publish.jsonfeed import write_jsonfeed
from aggregator.publish.rss import write_rss

SIZE = 50
"""Items in an archive: two are full before a live document of the usual length drops the first item."""

_FEWEST = 2
"""An archive without a neighbour is taken for an incomplete one: the first is published with the second."""

_KINDS = (FeedKind.ATOM, FeedKind.RSS, FeedKind.JSON)


def complete_archives(listed: int, size: int = SIZE) -> int:
    """How many archives `listed` items fill; none where that is only one."""
    return listed // size if listed // size >= _FEWEST else 0


def newest_archive(edition: Edition, listed: int, size: int = SIZE) -> str | None:
    """What `Edition.previous_archive` of the live document is: the newest full archive; None where there is none."""
    count = complete_archives(listed, size)
    return archive_path(edition, name(count), FeedKind.ATOM) if count else None


def name(number: int) -> str:
    """The name of the archive with this number (from 1, the oldest), without its ending."""
    return f"{number:05d}"


def render_archives(
    edition: Edition, items: Sequence[EditionItem], *, first: int = 1, total: int | None = None, size: int = SIZE
) -> tuple[Document, ...]:
    """The full archives made of `items`, which are in the order of listing, oldest first.

    `first` is the number of the archive that the first item opens, `total` how many full archives the topic has (by
    default as many as `items` fill): the last of them has no ``next-archive``, since what follows is not finished.
    """
    count = len(items) // size
    last = total if total is not None else first + count - 1
    if last < _FEWEST:
        return ()
    pages = [items[place * size : (place + 1) * size] for place in range(count)]
    return tuple(
        document for place, page in enumerate(pages) for document in _archive(edition, page, first + place, last)
    )


def _archive(edition: Edition, page: Sequence[EditionItem], number: int, last: int) -> list[Document]:
    shown = tuple(reversed(page))
    updated = max(max(item.updated, item.listed) for item in shown)
    part = replace(edition, items=shown, updated=max(item.updated for item in shown), complete=False)
    made = []
    for kind in _KINDS:
        if kind in edition.topic.formats:
            path, body = archive_path(edition, name(number), kind), _write(part, kind, number, last)
            made.append(Document(path=path, media_type=places.FILES[kind][1], body=body, updated=updated))
    return made


def _write(part: Edition, kind: FeedKind, number: int, last: int) -> bytes:
    previous = archive_path(part, name(number - 1), kind) if number > 1 else None
    following = archive_path(part, name(number + 1), kind) if number < last else None
    own = archive_path(part, name(number), kind)
    history = History(own_path=own, previous=previous, next=following)
    if kind is FeedKind.ATOM:
        return write_atom(part, history)
    if kind is FeedKind.RSS:
        return write_rss(part, history)
    return write_jsonfeed(part, f"{part.site.base_url}/{previous}" if previous else None, own_path=own)

"""RFC 5005: how a document says which part of a topic's history it holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aggregator.model.edition import Edition
from aggregator.model.topic import FeedKind
from aggregator.publish import document, places
from aggregator.publish.namespaces import ATOM, HISTORY
from aggregator.publish.node import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The live document, or the archive at `own_path` with its neighbours (paths below the output's root)."""

    own_path: str | None = None
    previous: str | None = None
    next: str | None = None

    @property
    def archive(self) -> bool:
        return self.own_path is not None


LIVE = History()


def atom_history(edition: Edition, history: History) -> Iterator[Node]:
    """The links and marks for Atom: sections 2 (complete) and 4 (archived feeds)."""
    yield from _nodes(edition, history, FeedKind.ATOM, "link")


def rss_history(edition: Edition, history: History) -> Iterator[Node]:
    """The same for RSS 2.0 (appendix B)."""
    yield from _nodes(edition, history, FeedKind.RSS, f"{{{ATOM}}}link")


def _nodes(edition: Edition, history: History, kind: FeedKind, name: str) -> Iterator[Node]:
    if history.archive:
        yield Node(f"{{{HISTORY}}}archive")
        yield _link(name, "current", places.feed_url(edition, kind), kind)
    elif edition.complete:
        yield Node(f"{{{HISTORY}}}complete")
    previous = history.previous if history.archive else previous_archive(edition, kind)
    for rel, path in (("prev-archive", previous), ("next-archive", history.next)):
        if path:
            yield _link(name, rel, f"{edition.site.base_url}/{path}", kind)


def previous_archive(edition: Edition, kind: FeedKind) -> str | None:
    """The newest complete archive in the live document's own format; the edition names it without an ending."""
    if edition.previous_archive is None:
        return None
    stem = edition.previous_archive.rsplit("/", 1)[-1].partition(".")[0]
    return archive_path(edition, stem, kind)


def archive_path(edition: Edition, name: str, kind: FeedKind) -> str:
    return f"{places.folder(edition)}/archive/{name}.{places.FILES[kind][0].rpartition('.')[2]}"


def _link(name: str, rel: str, href: str, kind: FeedKind) -> Node:
    media_type = document.ATOM if kind is FeedKind.ATOM else places.FILES[kind][1]
    return Node(name, None, (("href", href), ("rel", rel), ("type", media_type)))

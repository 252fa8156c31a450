"""From editions to documents: which file each writer fills."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import assert_never

from aggregator.model.edition import Edition, EditionItem, Site
from aggregator.model.ids import ArticleId, SourceId
from aggregator.model.source import Source, SourceState
from aggregator.model.topic import FeedKind
from aggregator.publish import document, hosting, html, opml, places
from aggregator.publish.atom import write_atom
from aggregator.publish.document import Document
from aggregator.publish.jsonfeed import write_jsonfeed
from aggregator.publish.rss import write_rss


def render_topic(edition: Edition) -> tuple[Document, ...]:
    """The topic's documents in the formats it asks for. Equal editions give equal bytes (PROTOCOL B-06)."""
    return tuple(render_feed(edition, kind) for kind in edition.topic.formats)


def render_feed(edition: Edition, kind: FeedKind) -> Document:
    """One of the topic's documents."""
    media_type = places.FILES[kind][1]
    path = places.feed_path(edition, kind)
    return Document(path=path, media_type=media_type, body=_write(edition, kind), updated=edition.updated)


def _write(edition: Edition, kind: FeedKind) -> bytes:
    match kind:
        case FeedKind.ATOM:
            return write_atom(edition)
        case FeedKind.RSS:
            return write_rss(edition)
        case FeedKind.JSON:
            return write_jsonfeed(edition)
        case FeedKind.HTML:
            return html.write_topic(edition)
        case _:
            assert_never(kind)


def render_articles(editions: Sequence[Edition]) -> tuple[Document, ...]:
    """A page for each article that some edition lists, with every topic's reason; give it all public editions."""
    listed: dict[ArticleId, list[tuple[Edition, EditionItem]]] = {}
    for edition in editions:
        if not edition.topic.private:
            for item in edition.items:
                listed.setdefault(item.article_id, []).append((edition, item))
    return tuple(_article(pairs) for pairs in listed.values())


def _article(pairs: list[tuple[Edition, EditionItem]]) -> Document:
    edition, item = pairs[0]
    return Document(
        path=places.article_path(item.article_id),
        media_type=document.HTML,
        body=html.write_article(edition, item, pairs),
        updated=max(max(i.updated, i.listed) for _, i in pairs),
        compress=False,
    )


def render_site(
    site: Site,
    editions: Sequence[Edition],
    sources: Sequence[Source],
    states: Mapping[SourceId, SourceState] | None = None,
) -> tuple[Document, ...]:
    """What stands at the top of the output: index, OPML, health, the robot's page and what feeds need in browsers.

    `editions` are all topics', in the order of the index; `states` tell the sources' health. Pure: what it writes
    changes only with what it is given.
    """
    states = states or {}
    updated = max((edition.updated for edition in editions), default=_EPOCH)
    titles = {source.id: states[source.id].feed_title for source in sources if source.id in states}
    bodies = (
        ("index.html", document.HTML, html.write_index(site, editions, sources, states)),
        ("opml.xml", document.OPML, opml.write_topics(site, editions, updated)),
        ("sources.opml", document.OPML, opml.write_sources(site, sources, titles, updated)),
        ("health.json", document.JSON, _health(sources, states)),
        ("about/bot/index.html", document.HTML, html.write_bot(site)),
        (places.STYLESHEET, document.CSS, _stylesheet()),
        ("_headers", document.TEXT, hosting.write_headers(site, editions)),
        ("_redirects", document.TEXT, hosting.write_redirects(editions)),
        ("robots.txt", document.TEXT, b"User-agent: *\nAllow: /\n"),
    )
    return tuple(Document(path=p, media_type=m, body=b, updated=updated) for p, m, b in bodies)


_EPOCH = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


@cache
def _stylesheet() -> bytes:
    return files("aggregator.publish").joinpath("assets/feed.css").read_bytes()


def _health(sources: Sequence[Source], states: Mapping[SourceId, SourceState]) -> bytes:
    """Without times of polls: it changes when a source's health does, not whenever it is asked."""
    rows = [_health_row(source, states.get(source.id)) for source in sources if not source.private]
    return (json.dumps({"sources": rows}, ensure_ascii=False, indent=1) + "\n").encode()


def _health_row(source: Source, state: SourceState | None) -> dict[str, str | int | None]:
    row: dict[str, str | int | None] = {"id": source.id, "title": source.title}
    if state is None:
        return {**row, "health": "new"}
    return {
        "id": source.id,
        "title": source.title or state.feed_title or source.id,
        "health": state.health.value,
        "since": state.since.isoformat() if state.since else None,
        "why": state.why,
        "remedy": state.remedy,
    }

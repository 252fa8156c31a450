"""What a host of static files has to be told so that it serves feeds as our own server does.

``_headers`` is read by Netlify, Cloudflare Pages and others: media types (PROTOCOL B-01), freshness (B-10), access
for other origins (B-07) and the hub (B-39); ``_redirects`` holds moved topics (B-13). Tags, dates and codings are the host's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aggregator.model.edition import Edition, Site
from aggregator.model.topic import FeedKind
from aggregator.publish import document, places
from aggregator.text.media_types import cache_control


def write_headers(site: Site, editions: Sequence[Edition]) -> bytes:
    """The rules for every public feed document and for what stands at the top."""
    public = sorted((e for e in editions if not e.topic.private), key=places.folder)
    rules = [rule for edition in public for rule in _feeds(site, edition)]
    rules += [_rule("opml.xml", document.OPML, 3600), _rule("sources.opml", document.OPML, 3600)]
    return ("\n".join(rules) + "\n").encode()


def write_redirects(editions: Sequence[Edition]) -> bytes:
    """``_redirects`` of the same hosts: former slugs lead to the present ones for good (PROTOCOL B-13)."""
    public = sorted((e for e in editions if not e.topic.private), key=places.folder)
    present = {places.folder(edition) for edition in public}
    rules = [
        f"/{former}/* /{places.folder(edition)}/:splat 301\n"
        for edition in public
        for former in edition.topic.former_slugs
        if former not in present
    ]
    return "".join(rules).encode()


def _feeds(site: Site, edition: Edition) -> Iterator[str]:
    for kind in edition.topic.formats:
        if kind is not FeedKind.HTML:
            link = [f'<{places.feed_url(edition, kind)}>; rel="self"', *(f'<{hub}>; rel="hub"' for hub in site.hubs)]
            yield _rule(places.feed_path(edition, kind), places.FILES[kind][1], edition.cadence, ", ".join(link))


def _rule(path: str, media_type: str, max_age: int, link: str = "") -> str:
    lines = [
        f"/{path}",
        f"  Content-Type: {media_type}" + ("" if "json" in media_type else "; charset=utf-8"),
        f"  Cache-Control: {cache_control(path, max_age, private=False)}",
        "  Access-Control-Allow-Origin: *",
        *([f"  Link: {link}"] if link else ()),
    ]
    return "\n".join(lines)

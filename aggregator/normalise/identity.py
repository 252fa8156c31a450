"""Which entry is this? (PROTOCOL P-48, P-49; DEDUPE section 2.1)

An entry's key is made on its source's rung of a ladder: the publisher's id as long as it can be trusted, then the id
with the link, the link, the link with the date, and so on. A source only ever goes down the ladder.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from enum import IntEnum

from aggregator.model.article import EntryIdentity
from aggregator.model.entry import ParsedEntry, ParsedFeed
from aggregator.model.source import Source
from aggregator.normalise.canon import canonical_url
from aggregator.normalise.hashes import article_id, raw_hash
from aggregator.normalise.revisions import decide
from aggregator.text.hashes import text_digest
from aggregator.text.titles import plain_title
from aggregator.text.urls import http_only, is_http, registrable_domain


class Rung(IntEnum):
    """What keys are made of, from the most to the least trusted."""

    GUID = 0
    GUID_AND_LINK = 1
    LINK = 2
    LINK_AND_DATE = 3
    LINK_DATE_AND_TITLE = 4
    CONTENT = 5


REPEATED = 0.05
"""Share of a document's ids that may repeat."""
REWRITTEN = 0.30
"""Share of new ids that may stand at links we already know, before we hold that the ids themselves were rewritten."""
_FEWEST_REWRITTEN = 3
_LONGEST_KEY = 400
_TAG = re.compile(r"tag:(?:[^@,/]*@)?([\w.-]+),\d{4}", re.IGNORECASE)
_URL_HOST = re.compile(r"https?://", re.IGNORECASE)


def permalink(entry: ParsedEntry) -> str:
    """The link of an entry's own page as given; empty where it has no http(s) link.

    In this order (DEDUPE section 2.2): the original link behind a feed proxy, ``rel=canonical`` and ``alternate``
    links (HTML before others), an id that says it is a permalink.
    """
    if is_http(entry.original_link):
        return entry.original_link
    links = [link for link in entry.links if is_http(link.href)]
    canonical = next((link.href for link in links if link.rel == "canonical"), "")
    if canonical:
        return canonical
    alternates = [link for link in links if link.rel in {"alternate", ""}]
    pages = (link.href for link in alternates if link.media_type in {None, "", "text/html", "application/xhtml+xml"})
    first = next(pages, "") or (alternates[0].href if alternates else "")
    return first or (http_only(entry.id) if entry.id_is_permalink or not entry.links else "")


def identities(feed: ParsedFeed, source: Source, rung: int) -> tuple[EntryIdentity, ...]:
    """The identity of each entry of `feed`, in its order, with keys made on `rung`."""
    return tuple(identity(entry, source, rung) for entry in feed.entries)


def identity(entry: ParsedEntry, source: Source, rung: int) -> EntryIdentity:
    """The identity of one entry."""
    link = canonical_url(permalink(entry))
    guid = entry.id if source.trust.ids else ""
    return EntryIdentity(key=entry_key(entry, source, rung), guid=guid, canonical_url=link, origin=origin(guid))


def entry_key(entry: ParsedEntry, source: Source, rung: int) -> str:
    """The key of `entry` on `rung`, or on the next one below for which the entry has what it needs."""
    if source.trust.ids and entry.id:
        if rung == Rung.GUID:
            return _bounded("guid", entry.id)
        if rung == Rung.GUID_AND_LINK:
            return _bounded("guid", entry.id, canonical_url(permalink(entry)))
    return _key_below(entry, rung)


def _key_below(entry: ParsedEntry, rung: int) -> str:
    """The key of an entry whose id is missing or distrusted."""
    link = canonical_url(permalink(entry))
    if not link or rung >= Rung.CONTENT:
        return "text:" + text_digest(link, plain_title(entry.title), _words(entry))
    if rung <= Rung.LINK:
        return _bounded("link", link)
    if rung == Rung.LINK_AND_DATE:
        return _bounded("link", link, _date(entry))
    return _bounded("link", link, _date(entry), plain_title(entry.title))


def _bounded(kind: str, *parts: str) -> str:
    key = f"{kind}:{' '.join(parts)}"
    return key if len(key) <= _LONGEST_KEY else f"{kind}:{text_digest(*parts)}"


def _date(entry: ParsedEntry) -> str:
    return entry.dates[0].value if entry.dates else ""


def _words(entry: ParsedEntry) -> str:
    text = entry.content or entry.summary
    media = entry.media[0].url if entry.media else ""
    return " ".join(text.value.split()) if text else media


def origin(guid: str) -> str:
    """Whom an id belongs to: the registrable domain of its url or ``tag:`` authority, empty where it names none."""
    if _URL_HOST.match(guid):
        return registrable_domain(guid)
    found = _TAG.match(guid)
    return registrable_domain(found[1].lower()) if found else ""


def choose_rung(feed: ParsedFeed, rung: int, known_links: Mapping[str, str] | None = None) -> int:
    """The rung for `feed` of a source that stands on `rung`: the same or a lower one, never a higher one.

    Down by what the document shows: more than 5 % of its ids, and more than one, stand at different links; or a link
    that has to serve as key stands in entries with different titles. And down by what it does to us: more than 30 % of
    its new ids, and at least three, stand at links that `known_links` (canonical link to stored id) holds under other
    ids.
    """
    while rung < Rung.CONTENT and _ambiguous(feed, rung):
        rung += 1
    if known_links and rung < Rung.LINK and _rewritten(feed, known_links):
        return Rung.LINK
    return rung


def _ambiguous(feed: ParsedFeed, rung: int) -> bool:
    by_id = rung <= Rung.GUID_AND_LINK
    ids = [entry.id for entry in feed.entries if entry.id] if by_id else []
    links = [entry for entry in feed.entries if not (by_id and entry.id)]
    if len(set(ids)) < len(ids) and rung == Rung.GUID:
        places = {(entry.id, canonical_url(permalink(entry))) for entry in feed.entries if entry.id}
        if len(places) - len(set(ids)) > max(1, REPEATED * len(ids)):
            return True
    if len(links) < 2:
        return False
    keys = Counter((_key_below(entry, rung), plain_title(entry.title) or _words(entry)) for entry in links)
    return len({key for key, _ in keys}) < len(keys)


def _rewritten(feed: ParsedFeed, known_links: Mapping[str, str]) -> bool:
    stored = set(known_links.values())
    fresh = [entry for entry in feed.entries if entry.id and entry.id not in stored]
    moved = sum(1 for entry in fresh if canonical_url(permalink(entry)) in known_links)
    return moved >= _FEWEST_REWRITTEN and moved > REWRITTEN * len(fresh)


__all__ = [
    "Rung",
    "article_id",
    "choose_rung",
    "decide",
    "entry_key",
    "identities",
    "identity",
    "origin",
    "permalink",
    "raw_hash",
]

"""The feed an entry came from, as every output has to name it (RFC 4287 section 4.2.11, PROTOCOL B-29)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aggregator.model.attribution import Person, Publisher
from aggregator.model.entry import ParsedFeed, RawDate, RawRights
from aggregator.model.licence import Origin
from aggregator.model.source import Source
from aggregator.normalise import bylines, licences
from aggregator.normalise.dates import moment
from aggregator.normalise.language import tag
from aggregator.text.html import plain
from aggregator.text.titles import plain_title
from aggregator.text.urls import host, is_http, strip_credentials
from aggregator.text.words import excerpt

_UPDATED = ("updated", "lastBuildDate", "modified", "dcterms:modified", "pubDate", "dc:date", "published")
_SUBTITLE_WORDS = 60


def publisher_of(feed: ParsedFeed, source: Source, *, now: datetime) -> Publisher:
    """What `feed` says about itself, with the operator's word first; urls without credentials, secrets or addresses.

    A private source's own url is never part of it.
    """
    home = _home(feed, source)
    feed_url = _feed_url(feed, source)
    title = source.title or plain_title(feed.title) or host(home or feed_url or "") or source.id
    language = tag(source.language or "") or tag(feed.language) or None
    return Publisher(
        title=title,
        feed_url=feed_url,
        home_url=home or None,
        feed_id=_feed_id(feed, feed_url, source),
        subtitle=excerpt(plain(feed.subtitle.value), _SUBTITLE_WORDS, language or "und") if feed.subtitle else None,
        icon=_public(feed.icon),
        logo=_public(feed.logo),
        language=language,
        rights=rights_text(feed.rights),
        licence=licences.from_rights(feed.rights, Origin.FEED),
        authors=_authors(feed, source, language or "und", title),
        categories=tuple(dict.fromkeys(one.label or one.term for one in feed.categories if one.term)),
        updated=_updated(feed.dates, source, language, now),
        generator=feed.generator or None,
    )


def rights_text(rights: Sequence[RawRights]) -> str | None:
    """The publisher's sentence about rights: the first words that are no url and stand in an element for sentences."""
    for one in rights:
        words = plain(one.text)
        if words and not is_http(words) and "license" not in one.element:
            return words
    return None


def _home(feed: ParsedFeed, source: Source) -> str:
    declared = source.home_url or feed.home_url
    if not is_http(declared):
        declared = next((link.href for link in feed.links if link.rel == "alternate" and is_http(link.href)), "")
    return strip_credentials(declared) if is_http(declared) else ""


def _feed_url(feed: ParsedFeed, source: Source) -> str | None:
    if source.private:
        return None
    own = next((link.href for link in feed.links if link.rel == "self" and is_http(link.href)), "")
    url = next((one for one in (own, source.url, feed.url) if is_http(one)), "")
    return strip_credentials(url) or None


def _feed_id(feed: ParsedFeed, feed_url: str | None, source: Source) -> str | None:
    """The feed's own id, where it gives nothing away; else its url."""
    own = feed.id.strip()
    if source.private and is_http(own):
        return None
    return (strip_credentials(own) if is_http(own) and strip_credentials(own) != own else own) or feed_url


def _public(url: str) -> str | None:
    return strip_credentials(url) or None if is_http(url) else None


def _authors(feed: ParsedFeed, source: Source, language: str, title: str) -> tuple[Person, ...]:
    if not source.trust.authors:
        return ()
    raw = [one for one in feed.people if one.role == "author"]
    return bylines.people(raw, language=language, publisher=title, origin=Origin.FEED)


def _updated(dates: Sequence[RawDate], source: Source, language: str | None, now: datetime) -> str | None:
    given = {one.element: one.value for one in reversed(dates)}
    for element in _UPDATED:
        if element in given:
            read = moment(given[element], language=language, timezone=source.timezone, now=now)
            if read:
                return read.instant.isoformat(timespec="seconds").replace("+00:00", "Z")
    return None

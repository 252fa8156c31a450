"""One parsed entry to one article."""

from __future__ import annotations

import re
from datetime import datetime
from html import escape, unescape
from urllib.parse import unquote

from aggregator.model.article import Article, EntryIdentity
from aggregator.model.attribution import Publisher
from aggregator.model.entry import ParsedEntry, ParsedFeed, Text, TextKind
from aggregator.model.source import Source
from aggregator.normalise.attribution import attribute
from aggregator.normalise.hashes import article_id, content_hash
from aggregator.normalise.identity import permalink
from aggregator.normalise.language import language
from aggregator.normalise.parts import categories, dates, enclosures
from aggregator.normalise.publisher import publisher_of
from aggregator.text.html import clean, collapse, plain, plain_of_clean
from aggregator.text.listed import listed
from aggregator.text.titles import plain_title
from aggregator.text.urls import absolute, host, is_http, split, strip_credentials
from aggregator.text.words import count_plain_words, excerpt

SUMMARY_WORDS = 80
"""Longest summary that is made of a content; a publisher's own may be twice as long."""
TITLE_WORDS = 12
_ESCAPED_START = re.compile(
    r"\s*&lt;(?:!--|(?:a|article|b|blockquote|div|em|figure|h[1-6]|i|img|meta|p|section|span|strong|ul)\b)"
)
_PARAGRAPH = re.compile(r"\n\s*\n")
_FEED_HOSTS = listed(
    "feeds.feedburner.com feedproxy.google.com feeds2.feedburner.com rss.feedburner.com feeds.feedblitz.com "
    "feedpress.me feeds.simplecast.com rsshub.app morss.it feeds.megaphone.fm"
)
"""They serve other people's feeds from their own host: relative links there belong to the publisher's site."""


def has_something(entry: ParsedEntry) -> bool:
    """Whether there is anything to show: a title, words, a link, or a file."""
    words = (entry.title, entry.content, entry.summary)
    return any(text is not None and text.value.strip() for text in words) or bool(permalink(entry) or entry.media)


def normalise(
    feed: ParsedFeed,
    entry: ParsedEntry,
    identity: EntryIdentity,
    source: Source,
    *,
    now: datetime,
    raw_hash: str,
    publish_pixels: bool = False,
    publisher: Publisher | None = None,
) -> Article:
    """The article that `entry` of `feed` says, both of them `legible`. Never raises for what a publisher wrote.

    `now` is the time of the fetch; `publisher` the result of `publisher_of`, where the caller has it. Counting pixels
    are removed from the content unless `publish_pixels`.
    """
    publisher = publisher or publisher_of(feed, source, now=now)
    url = link_of(feed, entry)
    body = _body(entry)
    base = _base(feed, entry, body, publisher)
    raw = _as_html(body)
    content = clean(raw, base, permalink=url or base, keep_pixels=publish_pixels) if raw else ""
    text = plain_of_clean(content)
    spoken = language(entry, feed, source, text or plain_title(entry.title))
    credited = attribute(feed, entry, source, html=raw, text=text, base=base, language=spoken.tag, publisher=publisher)
    own_words = _without_spans(text, credited.credit_spans)
    files = enclosures(entry)
    title = plain_title(entry.title) or _stand_in(entry, own_words, url, spoken.tag)
    when = dates(entry, source, language=_date_language(feed, entry, source, spoken.tag), now=now)
    return Article(
        id=article_id(source.id, identity.key),
        source_id=source.id,
        identity=identity,
        url=url,
        title=title,
        summary=_summary(entry, body, own_words, spoken.tag),
        content=content,
        text=text,
        language=spoken,
        published=when.published,
        updated=when.updated,
        first_seen=now,
        attribution=credited.attribution,
        categories=categories(entry),
        enclosures=files,
        images=credited.images,
        comments_url=absolute(entry.comments, base) if is_http(absolute(entry.comments, base)) else None,
        content_hash=content_hash(
            title, text, identity.canonical_url, [one.url for one in files] + [one.url for one in credited.images]
        ),
        raw_hash=raw_hash,
        words=count_plain_words(text),
    )


def link_of(feed: ParsedFeed, entry: ParsedEntry) -> str:
    """The entry's own link as given, absolute, http(s), without user and password; empty where there is none."""
    found = permalink(entry)
    resolved = absolute(found, entry.base or feed.url) if found else ""
    if not is_http(resolved):
        return ""
    return strip_credentials(resolved) if "@" in resolved.partition("://")[2].partition("/")[0] else resolved


def _body(entry: ParsedEntry) -> Text | None:
    """The longer of content and summary: some publishers shorten the one, some the other."""
    if entry.content is None or entry.summary is None:
        return entry.content or entry.summary
    return entry.content if len(entry.content.value) >= len(entry.summary.value) else entry.summary


def _base(feed: ParsedFeed, entry: ParsedEntry, body: Text | None, publisher: Publisher) -> str:
    """What relative references are resolved against (PROTOCOL P-52): the nearest xml:base, else the document's url."""
    declared = (body.base if body else None) or entry.base
    if declared:
        return absolute(declared, feed.url)
    if not is_http(feed.url) or host(feed.url) in _FEED_HOSTS:
        return publisher.home_url or permalink(entry) or feed.url
    return feed.url


def _as_html(body: Text | None) -> str:
    if body is None or not body.value.strip():
        return ""
    if body.kind is not TextKind.TEXT:
        return _unescaped(body.value)
    paragraphs = (escape(part.strip(), quote=False) for part in _PARAGRAPH.split(body.value))
    return "\n".join("<p>" + part.replace("\n", "<br>\n") + "</p>" for part in paragraphs if part)


def _unescaped(html: str) -> str:
    """`html`, or what it was before somebody escaped it twice: no element in it, but escaped ones from its first word."""
    if "<" in html or not _ESCAPED_START.match(html) or "&lt;/" not in html:
        return html
    return unescape(html)


def _without_spans(text: str, spans: tuple[tuple[int, int], ...]) -> str:
    """`text` without its credit lines: they belong to the images, not to what the article says."""
    for start, end in sorted(spans, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return text


def _summary(entry: ParsedEntry, body: Text | None, own_words: str, tag: str) -> str:
    """The publisher's own summary where it is another text than the content, else the start of the content."""
    if entry.summary is not None and entry.summary is not body:
        own = collapse(plain(_as_html(entry.summary)))
        if own:
            return excerpt(own, 2 * SUMMARY_WORDS, tag)
    return excerpt(own_words, SUMMARY_WORDS, tag)


def _stand_in(entry: ParsedEntry, text: str, url: str, tag: str) -> str:
    """What to call an entry without title: its first words, its file, its address. Never empty."""
    if words := excerpt(text, TITLE_WORDS, tag):
        return words
    for media in entry.media:
        if words := collapse(plain(media.title or media.description)):
            return excerpt(words, TITLE_WORDS, tag)
    address = url or next((media.url for media in entry.media if media.url), "")
    parts = split(address)
    name = unquote(parts.path.rstrip("/").rpartition("/")[2]) if parts else ""
    return collapse(name.replace("-", " ").replace("_", " ")) or host(address) or "Untitled"


def _date_language(feed: ParsedFeed, entry: ParsedEntry, source: Source, tag: str) -> str:
    """The language whose dates are written: with its region, where anybody says one."""
    declared = source.language or entry.language or feed.language
    return declared or tag

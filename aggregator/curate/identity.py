"""The ids of items and of feed documents."""

from __future__ import annotations

import re
from collections.abc import Collection
from hashlib import sha256
from urllib.parse import quote

from aggregator.model.article import Article
from aggregator.model.edition import Site
from aggregator.model.ids import PublishedId
from aggregator.model.topic import Topic
from aggregator.text.urls import known_scheme

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\x00-\x20\x7f<>\"{}|\\^`]+")
_NEVER = ("javascript:", "data:", "vbscript:", "file:")
_LONGEST = 200
_UNTAKEN: frozenset[str] = frozenset()


def published_id(article: Article, authority: str, taken: Collection[str] = _UNTAKEN) -> PublishedId:
    """The id an article's story carries in every feed document, minted once (PROTOCOL B-21).

    It is the source's own id, character for character, where that is an IRI and not in `taken` (ids that other stories
    hold, PROTOCOL P-49); otherwise a ``tag:`` URI of the site's `authority` (``domain,yyyy-mm-dd``), the source's id and
    the guid. Raises `ValueError` without an authority.
    """
    guid = article.identity.guid
    if is_iri(guid) and guid not in taken:
        return PublishedId(guid)
    minted = _tag(authority, f"{article.source_id}/{_specific(guid or article.identity.key or article.id)}")
    if minted in taken:
        minted = f"{minted}/{sha256(article.id.encode()).hexdigest()[:16]}"
    return PublishedId(minted)


def is_iri(text: str) -> bool:
    """Whether an id is an absolute IRI of a known scheme and may stand as an ``atom:id`` (RFC 4287 section 4.2.6)."""
    return _IRI.fullmatch(text) is not None and known_scheme(text) and not text.lower().startswith(_NEVER)


def feed_id(site: Site, topic: Topic) -> str:
    """A topic's feed id (PROTOCOL B-22): from the site's authority and the slug it first had, never from a url."""
    slug = topic.former_slugs[0] if topic.former_slugs else topic.slug
    return _tag(site.tag_authority, _specific(slug))


def _specific(text: str) -> str:
    escaped = quote(text, safe="-._~", errors="surrogatepass")
    return escaped if len(escaped) <= _LONGEST else sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _tag(authority: str, specific: str) -> str:
    if not authority:
        raise ValueError("the site has no tag authority")
    return f"tag:{authority}:{specific}"

"""What a document's entries mean for what is stored: new, revised, merely touched, or nothing (DEDUPE section 2.1)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from rapidfuzz import fuzz

from aggregator.model.article import (
    Article,
    ArticleIntent,
    KnownArticle,
    NewArticle,
    RevisedArticle,
    TouchedArticle,
    WithdrawnByPublisher,
)
from aggregator.model.entry import Tombstone
from aggregator.model.ids import ArticleId
from aggregator.model.moment import Moment
from aggregator.normalise.hashes import article_id

ALIKE = 60.0
"""Titles at least that alike (0 to 100, by the words they share) may be of one article."""
REUSED_AFTER = timedelta(days=7)
"""An id that stands at another link, with another title, that much later names a new article."""
FREE_REVISIONS = 12
"""That many revisions are taken as they come; more only ever more slowly (see `_damped`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Match:
    known: KnownArticle | None = None
    reused: bool = False


class _Shelf:
    """What is stored of one source, by everything an entry may be recognised by."""

    def __init__(self, known: Iterable[KnownArticle]) -> None:
        self.by_key: dict[str, KnownArticle] = {}
        self.by_guid: dict[str, list[KnownArticle]] = defaultdict(list)
        self.by_link: dict[str, list[KnownArticle]] = defaultdict(list)
        self.ids: set[ArticleId] = set()
        for one in known:
            self.by_key[one.key] = one
            self.ids.add(one.id)
            if one.guid:
                self.by_guid[one.guid].append(one)
            if one.canonical_url:
                self.by_link[one.canonical_url].append(one)


def decide(
    drafts: Sequence[Article],
    known: Sequence[KnownArticle],
    *,
    now: datetime,
    raws: Sequence[bytes],
    parser: str = "",
    live: Collection[str] = (),
) -> tuple[ArticleIntent, ...]:
    """The intents that bring the store up to date with `drafts`; an unchanged entry gives none.

    `drafts` and `raws` run in parallel; `known` holds what the store has of the source under these keys, guids and
    canonical links, the withdrawn marked as such; `live` the keys of the whole document, unchanged entries included.

    A changed guid at a known link is a revision, where the link is no home page, is not shared, and its former entry
    has left the document. A known guid at another link, with another title, more than a week later is a new article.
    What was withdrawn never comes back. An article that changes all the time is revised ever more rarely.
    """
    shelf = _Shelf(known)
    shared = {link for link, count in Counter(one.identity.canonical_url for one in drafts).items() if count > 1}
    intents: dict[ArticleId, ArticleIntent] = {}
    for draft, raw in zip(drafts, raws, strict=True):
        intent = _intent(draft, raw, shelf, shared=shared, live=live, now=now, parser=parser)
        if intent is not None:
            intents.setdefault(_target(intent), intent)
    return tuple(intents.values())


def _target(intent: ArticleIntent) -> ArticleId:
    if isinstance(intent, NewArticle | RevisedArticle):
        return intent.article.id
    return intent.article_id


def _intent(
    draft: Article,
    raw: bytes,
    shelf: _Shelf,
    *,
    shared: Collection[str],
    live: Collection[str],
    now: datetime,
    parser: str,
) -> ArticleIntent | None:
    match = _match(draft, shelf, shared=shared, live=live)
    if match.known is None:
        return NewArticle(article=_fresh(draft, shelf, reused=match.reused), raw=raw, parser=parser)
    known = match.known
    if known.withdrawn or known.raw_hash == draft.raw_hash:
        return None
    if known.content_hash == draft.content_hash or _damped(known, now):
        return TouchedArticle(article_id=known.id, raw_hash=draft.raw_hash)
    return RevisedArticle(article=_revision(draft, known, now), raw=raw, parser=parser)


def _match(draft: Article, shelf: _Shelf, *, shared: Collection[str], live: Collection[str]) -> _Match:
    own = shelf.by_guid.get(draft.identity.guid, []) if draft.identity.guid else []
    same_place = [one for one in own if one.canonical_url == draft.identity.canonical_url]
    by_key = shelf.by_key.get(draft.identity.key)
    if by_key and (by_key in same_place or not same_place):
        if not _reused(draft, by_key):
            return _Match(known=by_key)
        again = shelf.by_key.get(_reuse_key(draft))
        return _Match(known=again, reused=True)
    if same_place:
        return _Match(known=same_place[-1])
    return _Match(known=_moved(draft, shelf, shared=shared, live=live))


def _reused(draft: Article, known: KnownArticle) -> bool:
    if not draft.identity.guid or not draft.published or not known.published:
        return False
    return (
        draft.identity.guid == known.guid
        and bool(known.canonical_url)
        and draft.identity.canonical_url != known.canonical_url
        and draft.published.instant - known.published > REUSED_AFTER
        and not _alike(draft.title, known.title)
    )


def _alike(title: str, other: str) -> bool:
    return fuzz.token_set_ratio(title.lower(), other.lower()) >= ALIKE


def _moved(draft: Article, shelf: _Shelf, *, shared: Collection[str], live: Collection[str]) -> KnownArticle | None:
    """The stored entry that this one is under a new guid."""
    link = draft.identity.canonical_url
    there = shelf.by_link.get(link, []) if link else []
    if len(there) != 1 or there[0].key in live or link in shared or _is_root(link):
        return None
    known = there[0]
    same_time = bool(draft.published and known.published and draft.published.instant == known.published)
    return known if same_time or _alike(draft.title, known.title) else None


def _is_root(link: str) -> bool:
    parts = urlsplit(link)
    return parts.path in {"", "/"} and not parts.query


def _damped(known: KnownArticle, now: datetime) -> bool:
    """Whether this article has changed so often that this change is not worth a revision.

    The first revisions are free; after that an article may have one more for each doubling of its age in hours, so
    that one that flaps between two states, or counts its readers in its text, comes to rest.
    """
    if known.revision <= FREE_REVISIONS:
        return False
    hours = max(0.0, (now - known.first_seen).total_seconds() / 3600)
    return hours < 2.0 ** min(known.revision - FREE_REVISIONS, 40)


def _reuse_key(draft: Article) -> str:
    return f"{draft.identity.key} {draft.identity.canonical_url}"


def _fresh(draft: Article, shelf: _Shelf, *, reused: bool) -> Article:
    key = _reuse_key(draft) if reused else draft.identity.key
    salt = 0
    while (minted := article_id(draft.source_id, key, salt)) in shelf.ids:
        salt += 1
    if minted == draft.id and key == draft.identity.key:
        return draft
    return replace(draft, id=minted, identity=replace(draft.identity, key=key))


def _revision(draft: Article, known: KnownArticle, now: datetime) -> Article:
    """`draft` as the next revision of `known`, under its id and its key: what points to it goes on doing so."""
    return replace(
        draft,
        id=known.id,
        identity=replace(draft.identity, key=known.key),
        published=_published(draft, known),
        revision=known.revision + 1,
        revised_at=now,
        first_seen=known.first_seen,
    )


def _published(draft: Article, known: KnownArticle) -> Moment | None:
    """The published date, which an edit does not move (PROTOCOL P-51).

    Where the publisher gives only an ``updated``, or a date in the future, the first reading stays.
    """
    given = draft.published
    if given is None or known.published is None or known.published >= given.instant:
        return given
    return replace(given, instant=known.published) if given.clamped or given == draft.updated else given


def withdrawals(tombstones: Sequence[Tombstone], known: Sequence[KnownArticle]) -> tuple[WithdrawnByPublisher, ...]:
    """Intents for what the publisher says it deleted (RFC 6721): only by the source's own ids (PROTOCOL P-49, P-50)."""
    by_guid = {one.guid: one for one in known if one.guid and not one.withdrawn}
    found = ((by_guid.get(stone.ref), stone) for stone in tombstones)
    return tuple(
        WithdrawnByPublisher(article_id=one.id, reason=stone.comment or "deleted by its publisher")
        for one, stone in found
        if one is not None
    )


def stored_links(known: Sequence[KnownArticle]) -> dict[str, str]:
    """Canonical link to guid of what is stored, as `aggregator.normalise.identity.choose_rung` asks for it."""
    return {one.canonical_url: one.guid for one in known if one.canonical_url and one.guid and not one.withdrawn}

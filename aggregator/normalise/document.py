"""A whole parsed document to the articles that are new or changed in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from aggregator.model.article import Article
from aggregator.model.attribution import Publisher
from aggregator.model.entry import ParsedEntry, ParsedFeed, Quirk
from aggregator.model.source import Source, WindowEntry
from aggregator.normalise.article import has_something, normalise
from aggregator.normalise.hashes import raw_entry
from aggregator.normalise.identity import choose_rung, entry_key, identity
from aggregator.normalise.legible import legible, may_be_doubled
from aggregator.normalise.parts import dates
from aggregator.normalise.publisher import publisher_of
from aggregator.text.hashes import digest

MOST_TIMES = 40
"""So many entry times are enough to learn a posting rate from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedEntry:
    """An entry that gave no article, and why."""

    position: int
    key: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a document says that its source's state and the store have to know."""

    drafts: tuple[Article, ...]
    """An article for each entry that is not in the window as it stands, as if it were new (see `revisions.decide`)."""
    raws: tuple[bytes, ...]
    """The entries of `drafts` as published: JSON of `ParsedEntry`."""
    window: tuple[WindowEntry, ...]
    """The whole document, changed or not, in its order."""
    rung: int
    """Rung of the identity ladder that the keys were made on."""
    quirks: tuple[str, ...] = ()
    entry_times: tuple[datetime, ...] = ()
    """When the entries appeared, newest first: published, in the publisher's own offset, else `now` for those new to us."""
    publisher: Publisher
    skipped: tuple[SkippedEntry, ...] = ()
    parser: str = ""

    @property
    def live(self) -> frozenset[str]:
        """The keys of the whole document, for `revisions.decide`."""
        return frozenset(one.key for one in self.window)


@dataclass(frozen=True, slots=True)
class _Seen:
    entry: ParsedEntry
    key: str
    raw: bytes
    hash: str


def read_document(
    feed: ParsedFeed,
    source: Source,
    *,
    window: Sequence[WindowEntry],
    rung: int,
    now: datetime,
    known_links: Mapping[str, str] | None = None,
    publish_pixels: bool = False,
) -> Reading:
    """Read `feed` of `source`, whose last document held `window`, with keys on `rung` or, if need be, on a lower one.

    Of two entries with one key the one updated last counts (PROTOCOL P-48), the first where that says nothing.
    Entries that leave the document are nobody's business here: nothing is deleted for it (PROTOCOL P-50).
    """
    chosen = choose_rung(feed, rung, known_links)
    seen = [_seen(entry, source, chosen) for entry in feed.entries]
    latest = _latest(seen, source, now)
    before = {one.key: one.raw_hash for one in window}
    changed = [one for one in latest if before.get(one.key) != one.hash]
    said = legible(feed)
    publisher = publisher_of(said, source, now=now)
    shown = [one for one in changed if has_something(one.entry)]
    drafts = tuple(
        normalise(
            said, _legible(one), identity(one.entry, source, chosen), source,
            now=now, raw_hash=one.hash, publish_pixels=publish_pixels, publisher=publisher,
        )
        for one in shown
    )  # fmt: skip
    return Reading(
        drafts=drafts,
        raws=tuple(one.raw for one in shown),
        window=tuple(WindowEntry(key=one.key, raw_hash=one.hash) for one in latest),
        rung=chosen,
        quirks=_quirks(feed, seen, latest),
        entry_times=_times(latest, before, feed, source, now),
        publisher=publisher,
        skipped=tuple(_skipped(one) for one in changed if not has_something(one.entry)),
        parser=feed.parser,
    )


def _seen(entry: ParsedEntry, source: Source, rung: int) -> _Seen:
    raw = raw_entry(entry)
    return _Seen(entry, entry_key(entry, source, rung), raw, digest(raw))


def _legible(one: _Seen) -> ParsedEntry:
    return legible(one.entry) if may_be_doubled(one.raw) else one.entry


def _latest(seen: Sequence[_Seen], source: Source, now: datetime) -> list[_Seen]:
    """One for each key, where its first stood."""
    by_key: dict[str, _Seen] = {}
    for one in seen:
        there = by_key.get(one.key)
        if there is None or _changed(one, source, now) > _changed(there, source, now):
            by_key[one.key] = one
    return list(by_key.values())


def _changed(one: _Seen, source: Source, now: datetime) -> float:
    found = dates(one.entry, source, language=source.language, now=now)
    last = found.updated or found.published
    return last.instant.timestamp() if last else 0.0


def _times(
    latest: Sequence[_Seen], before: Mapping[str, str], feed: ParsedFeed, source: Source, now: datetime
) -> tuple[datetime, ...]:
    found = []
    for one in latest:
        published = dates(one.entry, source, language=source.language or feed.language, now=now).published
        if published is not None:
            found.append(published.local)
        elif one.key not in before:
            found.append(now)
    return tuple(sorted(found, reverse=True)[:MOST_TIMES])


def _quirks(feed: ParsedFeed, seen: Sequence[_Seen], latest: Sequence[_Seen]) -> tuple[str, ...]:
    found = [quirk.value for quirk in feed.quirks]
    if len(latest) < len(seen):
        found.append(Quirk.DUPLICATE_IDS.value)
    if any(not one.entry.id for one in seen):
        found.append(Quirk.MISSING_IDS.value)
    if any(not has_something(one.entry) for one in seen):
        found.append(Quirk.SKIPPED_ENTRIES.value)
    return tuple(dict.fromkeys(found))


def _skipped(one: _Seen) -> SkippedEntry:
    return SkippedEntry(
        position=one.entry.position,
        key=one.key,
        reason="nothing-to-show",
        detail="The entry has no title, no words, no link and no file.",
    )

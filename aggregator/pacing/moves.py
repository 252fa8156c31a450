"""Which redirects are kept (PROTOCOL P-28 to P-30, P-32)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import takewhile
from urllib.parse import urlsplit

from aggregator.model.fetch import Hop, Validators
from aggregator.model.source import RedirectSighting, Source, SourceState
from aggregator.text.http import without_userinfo

ENOUGH = 10
"""Sightings of the same permanent redirect, over at least `LONG_ENOUGH`, before it is believed."""
LONG_ENOUGH = timedelta(days=7)
_PERMANENT = frozenset({301, 308})


def rebased(source: Source, state: SourceState) -> SourceState:
    """The state for the url that is declared now: an edited one forgets what belonged to the old (PROTOCOL P-14)."""
    if state.declared_url in {"", source.url}:
        return replace(state, declared_url=source.url)
    return replace(moved(state, source.url), declared_url=source.url, validators=None)


def after_redirects(state: SourceState, hops: tuple[Hop, ...], now: datetime) -> SourceState:
    """The state after a poll that ended at a feed: the redirects on the way counted, and kept when seen often enough.

    Of a mixed chain only the permanent beginning counts.
    """
    target = permanent_target(hops)
    if target is None:
        return replace(state, sightings=None) if state.sightings is not None else state
    if is_upgrade(without_userinfo(state.url), target):
        return moved(state, target)
    sighting = _sighted(state.sightings, target, hops, now)
    if sighting.count >= ENOUGH and now - sighting.first_seen >= LONG_ENOUGH:
        return moved(state, target)
    return replace(state, sightings=sighting)


def permanent_target(hops: tuple[Hop, ...]) -> str | None:
    """Where the permanent redirects at the beginning of a chain lead; None: it begins with none."""
    permanent = list(takewhile(lambda hop: hop.status in _PERMANENT, hops))
    return permanent[-1].target if permanent else None


def is_upgrade(url: str, target: str) -> bool:
    """Whether the only change is from http to https, on the usual ports."""
    old, new = urlsplit(url), urlsplit(target)
    if (old.scheme, new.scheme) != ("http", "https") or old.port not in {None, 80} or new.port not in {None, 443}:
        return False
    return (old.hostname, old.path or "/", old.query) == (new.hostname, new.path or "/", new.query)


def moved(state: SourceState, url: str) -> SourceState:
    """The state with another url to start at; the old one stays as an alias."""
    held = [v for v in (state.validators, state.target_validators) if v is not None and v.url == url]
    aliases = tuple(dict.fromkeys(alias for alias in (*state.aliases, state.url) if alias != url))
    return replace(
        state,
        url=url,
        aliases=aliases,
        validators=held[0] if held else None,
        target_validators=None,
        sightings=None,
    )


def _sighted(before: RedirectSighting | None, target: str, hops: tuple[Hop, ...], now: datetime) -> RedirectSighting:
    if before is None or before.target != target:
        return RedirectSighting(target=target, count=1, first_seen=now, last_seen=now, hops=hops)
    return replace(before, count=before.count + 1, last_seen=now, hops=hops)


def with_validators(state: SourceState, received: Validators) -> SourceState:
    """The state with a reply's validators in the place of those of the same url, as a set (PROTOCOL P-04, P-13)."""
    kept = received if received.etag is not None or received.last_modified is not None else None
    if received.url == without_userinfo(state.url):
        return replace(state, validators=kept)
    return replace(state, target_validators=kept)


def with_updates(state: SourceState, received: Validators) -> SourceState:
    """The state with what a 304 says in the place of what it repeats; the rest stays (PROTOCOL P-07, P-08)."""
    old = next(
        (v for v in (state.validators, state.target_validators) if v is not None and v.url == received.url), None
    )
    if old is None:
        return state
    etag = old.etag if received.etag is None else received.etag
    last_modified = old.last_modified if received.last_modified is None else received.last_modified
    return with_validators(state, Validators(url=old.url, etag=etag, last_modified=last_modified))


def holds_validators(state: SourceState, url: str) -> bool:
    """Whether the next request to `url` can be conditional."""
    return any(held is not None and held.url == url for held in (state.validators, state.target_validators))

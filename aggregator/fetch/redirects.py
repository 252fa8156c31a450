"""Redirects followed by hand (PROTOCOL P-13, P-28 to P-31)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin

from aggregator.model.fetch import FetchReason, Hop
from aggregator.text.http import without_userinfo

FOLLOWED = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Refusal:
    reason: FetchReason
    detail: str


def next_hop(url: str, status: int, location: str | None, hops: tuple[Hop, ...], limit: int) -> Hop | Refusal:
    """Where a redirect leads, or why it is not followed."""
    target = _target(url, location)
    if target is None:
        return Refusal(FetchReason.PROTOCOL, f"A {status} without a usable Location header.")
    scheme = target.partition(":")[0].lower()
    if scheme not in {"http", "https"}:
        return Refusal(FetchReason.REDIRECT_REFUSED, f"The redirect leads to the scheme {scheme[:20]!r}.")
    if scheme == "http" and url.lower().startswith("https:"):
        return Refusal(FetchReason.REDIRECT_REFUSED, "The redirect leads from https back to unencrypted http.")
    if target == url or any(target == hop.source for hop in hops):
        return Refusal(FetchReason.REDIRECT_LOOP, "The redirects go round in a circle.")
    if len(hops) >= limit:
        return Refusal(FetchReason.REDIRECT_LOOP, f"More than {limit} redirects in a row.")
    return Hop(status=status, source=url, target=target)


def _target(url: str, location: str | None) -> str | None:
    """The absolute target without fragment; credentials in it are dropped, for they are not the operator's."""
    if not location or not location.strip():
        return None
    try:
        return without_userinfo(urldefrag(urljoin(url, _text(location.strip()))).url)
    except ValueError:
        return None


def _text(location: str) -> str:
    """A Location that holds raw UTF-8 was read as Latin-1."""
    try:
        return location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return location

"""How long a reply stays fresh (RFC 9111 section 4.2; PROTOCOL P-17 to P-19)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from aggregator.model.fetch import Freshness
from aggregator.text.http import parse_http_date

_DIRECTIVE = re.compile(r'([!#$%&\'*+\-.^_`|~\w]+)\s*(?:=\s*(?:"([^"]*)"|([^\s,;"]*)))?')


def merged(stored: Freshness, received: Freshness) -> Freshness:
    """What holds after a 304: its own headers, and the stored ones it does not repeat (RFC 9111 section 4.3.4)."""
    return replace(
        received,
        cache_control=received.cache_control or stored.cache_control,
        expires=received.expires or ("" if received.cache_control else stored.expires),
    )


def lifetime(fresh: Freshness, received_at: datetime) -> tuple[int, str] | None:
    """Seconds that the publisher wants us to stay away, and by which header; None: no wish.

    ``s-maxage`` is for shared caches and ignored; ``max-age`` beats ``Expires``; the time that the reply spent in caches
    before it came to us (``Age``) is over already. Nonsense in ``Expires`` means stale (section 5.3).
    """
    directives = _directives(fresh.cache_control)
    age = _seconds(fresh.age) or 0
    ages = [seconds for seconds in map(_seconds, directives.get("max-age", ())) if seconds is not None]
    if ages:
        return max(0, min(ages) - age), "max-age"
    if "no-cache" in directives or "no-store" in directives:
        return 0, "no-cache"
    if not fresh.expires:
        return None
    expires = parse_http_date(fresh.expires, received_at)
    if expires is None:
        return 0, "Expires"
    date = parse_http_date(fresh.date, received_at) or received_at
    return max(0, int((expires - date).total_seconds()) - age), "Expires"


def _directives(value: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, quoted, bare in _DIRECTIVE.findall(value):
        found.setdefault(name.lower(), []).append(quoted or bare)
    return found


def _seconds(value: str) -> int | None:
    text = value.strip()
    return int(text[:12]) if text.isascii() and text.isdigit() else None

"""What a request's headers ask for: codings, versions and ranges (RFC 9110 sections 12 to 14), as pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

CODINGS = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}
"""Content codings in the order of our preference, with the ending of the precompressed copy."""


def preferred_codings(accept: str | None) -> tuple[str, ...]:
    """The codings that an ``Accept-Encoding`` allows, best first; unreadable weights count as 0."""
    if not accept:
        return ()
    weights = dict(_weights(accept))
    other = weights.get("*", 0.0)
    known = {coding: weights.get(coding, weights.get(f"x-{coding}", other)) for coding in CODINGS}
    return tuple(sorted((c for c, weight in known.items() if weight > 0), key=lambda c: -known[c]))


def _weights(accept: str) -> Iterable[tuple[str, float]]:
    for part in accept.split(","):
        name, _, parameters = part.partition(";")
        yield name.strip().lower(), _weight(parameters)


def _weight(parameters: str) -> float:
    name, _, value = parameters.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def etag_matches(field: str, etags: Iterable[str]) -> bool:
    """Whether an ``If-None-Match`` names one of the tags, by weak comparison (RFC 9110 section 13.1.2)."""
    given = {tag.strip().removeprefix("W/") for tag in field.split(",")}
    return "*" in given or any(etag in given for etag in etags)


def not_modified_since(field: str, last_modified: int) -> bool:
    """Whether an ``If-Modified-Since`` is a date and not before `last_modified` (seconds since 1970)."""
    since = http_date(field)
    return since is not None and last_modified <= since


def http_date(field: str) -> int | None:
    """Seconds since 1970 of any of the three forms of an HTTP date; None for anything else."""
    try:
        moment = parsedate_to_datetime(field)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def write_date(seconds: float) -> str:
    """An HTTP date (IMF-fixdate)."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")


def byte_range(field: str, size: int) -> tuple[int, int] | bool | None:
    """First and last byte of a single range; False where it cannot be satisfied, None where it is to be ignored."""
    unit, _, spec = field.partition("=")
    first, dash, last = spec.strip().partition("-")
    if unit.strip().lower() != "bytes" or not dash or "," in spec or not (first or last):
        return None
    if not all(part.isdecimal() for part in (first, last) if part):
        return None
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if start >= size or (not first and int(last) == 0):
        return False
    return (start, end) if start <= end else None

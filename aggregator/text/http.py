"""Values of HTTP headers that more than one room reads: dates and lists. Pure, and never raising on bad input."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit

_MONTHS = {
    name: at
    for at, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1
    )
}
_FIXDATE = re.compile(
    r"[a-z]+, ?(\d{1,2})[ -]([a-z]{3})[a-z]*[ -](\d{2}|\d{4}) (\d\d):(\d\d):(\d\d)(?: (?:gmt|utc|[+-]?0000))?\Z"
)
_ASCTIME = re.compile(r"[a-z]{3} ([a-z]{3}) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\d{4})\Z")


def parse_http_date(value: str, now: datetime) -> datetime | None:
    """An HTTP date in any of its three forms (RFC 9110 section 5.6.7), in UTC; None: it is none.

    A two-digit year that would lie more than 50 years ahead of `now` means the past century.
    """
    text = value.strip().lower()
    if found := _FIXDATE.match(text):
        day, month, year, *clock = found.groups()
    elif found := _ASCTIME.match(text):
        month, day, *clock, year = found.groups()
    else:
        return None
    hour, minute, second = (int(part) for part in clock)
    try:
        return datetime(_year(year, now), _MONTHS[month], int(day), hour, minute, min(second, 59), tzinfo=UTC)
    except (ValueError, KeyError):
        return None


def _year(text: str, now: datetime) -> int:
    if len(text) == 4:
        return int(text)
    year = now.year - now.year % 100 + int(text)
    return year - 100 if year > now.year + 50 else year


def parse_retry_after(value: str, date: str, now: datetime) -> int | None:
    """Seconds to wait by a Retry-After header (RFC 9110 section 10.2.3; PROTOCOL P-25 to P-27); None: none or nonsense.

    A date is measured against the reply's own Date, so that a server whose clock is wrong is still understood. A date
    that has passed is nonsense.
    """
    text = value.strip()
    if text.isascii() and text.isdigit():
        return int(text[:12])
    until = parse_http_date(text, now)
    if until is None:
        return None
    seconds = (until - (parse_http_date(date, now) or now)).total_seconds()
    return int(seconds) if seconds > 0 else None


def without_userinfo(url: str) -> str:
    """The url less its user and password, else unchanged to the byte: the form that validators are tied to."""
    if "@" not in url:
        return url
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))

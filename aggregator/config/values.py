"""The kinds of values that the configuration knows, each with the sentence that says what was expected."""

from __future__ import annotations

import re
from datetime import date
from email.utils import parseaddr
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator

RESERVED_SLUGS = frozenset(
    {
        "admin",
        "api",
        "articles",
        "digests",
        "websub",
        "metrics",
        "healthz",
        "readyz",
        "about",
        "static",
        "opml",
        "health",
    }
)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SIZES = {"B": 1, "KB": 1000, "MB": 10**6, "KIB": 2**10, "MIB": 2**20}
_SLUG = re.compile(r"^[a-z0-9]+(?:[-_.][a-z0-9]+)*$")
_LANGUAGE = re.compile(r"^[a-z]{2,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Z]{2}|[0-9]{3}))?(?:-[A-Za-z0-9]{5,8})*$")
_ADDRESS = re.compile(r"[!-~]+@[!-~]+")
_TAG_AUTHORITY = re.compile(r"^[a-z0-9.-]+(?:@[a-z0-9.-]+)?,\d{4}(?:-\d{2}(?:-\d{2})?)?$")


def _seconds(value: object) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0:
        return float(value)
    if isinstance(value, str) and (match := re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smhdw])\s*", value)):
        return float(match.group(1)) * _UNITS[match.group(2)]
    raise ValueError('expected a duration such as "90s", "60m", "12h" or "7d"')


def _whole_seconds(value: object) -> int:
    return round(_seconds(value))


def _bytes(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    if isinstance(value, str) and (match := re.fullmatch(r"\s*(\d+)\s*([KM]i?B|B)\s*", value, re.IGNORECASE)):
        return int(match.group(1)) * _SIZES[match.group(2).upper()]
    raise ValueError('expected a size such as "10 MB" or "512 KiB"')


def _days(value: object) -> int:
    seconds = _whole_seconds(value) if isinstance(value, str) else None
    if seconds is not None and seconds % 86_400 == 0:
        return seconds // 86_400
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise ValueError('expected a number of days, such as "14d" or 14')


def check_slug(value: str) -> str:
    if not _SLUG.match(value):
        raise ValueError("expected a slug: lower-case letters, digits, and single hyphens between them")
    return value


def _topic_slug(value: str) -> str:
    if value in RESERVED_SLUGS:
        raise ValueError(f"expected another slug: {value!r} is reserved for the program's own pages")
    return check_slug(value)


def _language(value: str) -> str:
    if not _LANGUAGE.match(value):
        raise ValueError('expected a BCP 47 language tag such as "nl", "pt-BR" or "zh-Hant"')
    return value


def _timezone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError('expected an IANA time zone such as "Europe/Amsterdam"')
    return ZoneInfo(value).key


def _base_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError('expected an absolute http(s) url without query, such as "https://feeds.example.org"')
    return value.rstrip("/")


def _web_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("expected an absolute http(s) url")
    return value


def _source_url(value: str) -> str:
    if not value.strip():
        raise ValueError("expected an http(s) url or a path below the feeds folder")
    if "://" in value:
        if urlsplit(value).scheme not in {"http", "https"}:
            raise ValueError("expected an http(s) url or a path below the feeds folder, not another scheme")
        return _web_url(value)
    return value


def _tag_authority(value: str) -> str:
    if not _TAG_AUTHORITY.match(value):
        raise ValueError(
            'expected a domain and a date that it was yours on, such as "example.org,2026-01-01" (RFC 4151)'
        )
    return value


def _day(value: object) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError("expected a date such as 2026-01-31") from None


def _mail_address(value: str) -> str:
    address = parseaddr(value)[1]
    if not _ADDRESS.fullmatch(address) or address.count("@") != 1 or any(character in value for character in "\r\n"):
        raise ValueError('expected a mail address such as "desk@example.org" or "Desk <desk@example.org>"')
    return value


def check_reference(value: Any) -> Any:
    if isinstance(value, str):
        raise ValueError('expected a reference to the secret, { env = "NAME" } or { file = "path" }, never the secret')
    return value


Seconds = Annotated[int, BeforeValidator(_whole_seconds)]
Duration = Annotated[float, BeforeValidator(_seconds)]
Bytes = Annotated[int, BeforeValidator(_bytes)]
Days = Annotated[int, BeforeValidator(_days)]
Slug = Annotated[str, AfterValidator(check_slug)]
FreeSlug = Annotated[str, AfterValidator(_topic_slug)]
LanguageTag = Annotated[str, AfterValidator(_language)]
TimeZone = Annotated[str, AfterValidator(_timezone)]
BaseUrl = Annotated[str, AfterValidator(_base_url)]
WebUrl = Annotated[str, AfterValidator(_web_url)]
SourceUrl = Annotated[str, AfterValidator(_source_url)]
TagAuthority = Annotated[str, AfterValidator(_tag_authority)]
MailAddress = Annotated[str, AfterValidator(_mail_address)]
Day = Annotated[date, BeforeValidator(_day)]

"""Dates as publishers write them, read leniently and kept with their words (PROTOCOL P-51).

The forms of the standards are read here by one pattern each: RFC 822 and 2822, RFC 3339 and ISO 8601, asctime, and
numbers in the order of the feed's language. Only what none of them reads goes to dateparser, which is slow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aggregator.model.moment import Moment, Precision

FUTURE = timedelta(minutes=10)
"""How far ahead of us a publisher's clock may be."""
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""Nothing on the web is older: such a date is a default value somewhere, not a date."""
_LONGEST = 80

_ENGLISH = "january february march april may june july august september october november december"
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep sept", "oct", "nov", "dec"), start=1
    )
    for name in names.split()
} | {name: number for number, name in enumerate(_ENGLISH.split(), start=1)}
_LOCAL_MONTHS = (
    "ene gen janv janvier januari januar styczeń stycznia ocak",
    "feb fév fev févr février februari februar lutego şubat",
    "mrt maart mär mrz märz mars marzo março marca",
    "abr avr avril abril aprile kwietnia",
    "mei mai maj maio mayo mag maggio maja",
    "juni giu juin junho junio giugno czerwca",
    "juli lug juil juillet julho julio luglio lipca",
    "ago août augustus aout agosto sierpnia",
    "set sept septembre settembre setembro septiembre września",
    "okt ott oct. oktober octobre ottobre outubro octubre out października",
    "nov novembre novembro noviembre listopada",
    "dez dic déc dec. dezember décembre dicembre dezembro diciembre grudnia",
)
_MONTHS |= {name: number for number, names in enumerate(_LOCAL_MONTHS, start=1) for name in names.split()}
"""Month names that mean one month in whatever language they stand; the others go to dateparser."""
_HOURS = {
    "Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "WET": 0,
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    "AKST": -9, "AKDT": -8, "HST": -10, "AST": -4, "ADT": -3, "NST": -3.5, "NDT": -2.5, "BRT": -3, "ART": -3,
    "BST": 1, "WEST": 1, "CET": 1, "MET": 1, "MEZ": 1, "CEST": 2, "MEST": 2, "MESZ": 2, "EET": 2, "SAST": 2,
    "EEST": 3, "MSK": 3, "IST": 5.5, "WIB": 7, "HKT": 8, "SGT": 8, "AWST": 8, "JST": 9, "KST": 9,
    "ACST": 9.5, "AEST": 10, "ACDT": 10.5, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip
"""Zone names in feeds, in hours east of UTC. Where a name has several meanings, the one that feeds use most."""

_TIME = r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?(?:\s*(?P<half>[ap])\.?m\.?)?"
_ZONE = r"(?:\s*\(?(?P<zone>[A-Za-z]{1,5})?\s*(?P<offset>[+-]\d{1,2}:?\d{2}|[+-]\d{1,2})?\)?(?:\s*\([^)]*\))?)?"
_WEEKDAY = r"(?:[^\W\d]{2,10}\.?,?\s+)?"
_RFC_822_EXACT = re.compile(
    r"(?:[A-Z][a-z]{2}, )?(\d\d?) ([A-Z][a-z]{2}) (\d{4}) ([01]\d|2[0-3]):([0-5]\d):([0-5]\d) (?:GMT|([+-]\d{2})(\d{2}))"
)
_RFC_822 = re.compile(
    rf"{_WEEKDAY}(?P<day>\d{{1,2}})(?:\.?\s|-)(?:de\s)?(?P<month>[^\W\d_]{{3,12}})\.?,?[\s-](?:de\s)?(?P<year>\d{{4}}|\d{{2,3}})"
    rf"(?:,?\s+{_TIME})?{_ZONE}\s*\Z",
    re.IGNORECASE,
)
_ISO_8601 = re.compile(
    r"(?P<year>\d{4})(?P<dash>[-/.]?)(?P<month>\d{2})(?P=dash)(?P<day>\d{2})"
    rf"(?:(?:\s*[Tt]\s*|\s+)(?:{_TIME}|(?P<bare_hour>\d{{2}})(?P<bare_minute>\d{{2}})(?P<bare_second>\d{{2}})?)"
    rf"{_ZONE})?(?:[Zz]|\s*[Tt])?\s*\Z"
)
_ASCTIME = re.compile(
    rf"(?:[A-Za-z]{{3,9}}\.?,?\s+)?(?P<month>[A-Za-z]{{3,9}})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+"
    rf"(?:{_TIME}\s+(?:(?P<zone>[A-Z]{{1,5}})\s+)?(?P<offset>[+-]\d{{4}}\s+)?(?P<year>\d{{4}})"
    rf"|(?P<year_first>\d{{4}})(?:,?\s+(?:at\s+)?(?P<late>\d.*))?)\s*\Z",
    re.IGNORECASE,
)
_NUMERIC = re.compile(
    rf"{_WEEKDAY}(?P<first>\d{{1,2}})(?P<sep>[-/.])\s?(?P<then>\d{{1,2}})(?P=sep)\s?(?P<year>\d{{4}}|\d{{2}})"
    rf"(?:,?\s+(?:-\s+|om\s+|um\s+|à\s+|at\s+)?{_TIME}(?:\s*(?:Uhr|uur|h))?)?{_ZONE}\s*\Z",
    re.IGNORECASE,
)
_LATE_TIME = re.compile(rf"{_TIME}{_ZONE}\s*\Z", re.IGNORECASE)
_EPOCH = re.compile(r"(\d{10})(?:\d{3})?\Z")
_CLOCK = re.compile(r"\d{1,2}\s?(?:[:h時时시]|Uhr)\s?\d{0,2}|\d{1,2}\.\d{2}\s*(?:Uhr|uur)", re.IGNORECASE)

_LANGUAGE_ZONES = {
    "nl": "Europe/Amsterdam", "nl-be": "Europe/Brussels", "fy": "Europe/Amsterdam", "de": "Europe/Berlin",
    "de-at": "Europe/Vienna", "de-ch": "Europe/Zurich", "fr": "Europe/Paris", "fr-be": "Europe/Brussels",
    "fr-ch": "Europe/Zurich", "fr-ca": "America/Toronto", "it": "Europe/Rome", "es-es": "Europe/Madrid",
    "es-ar": "America/Argentina/Buenos_Aires", "es-co": "America/Bogota", "ca": "Europe/Madrid",
    "eu": "Europe/Madrid", "gl": "Europe/Madrid", "pt-pt": "Europe/Lisbon", "pt-br": "America/Sao_Paulo",
    "sv": "Europe/Stockholm", "da": "Europe/Copenhagen", "nb": "Europe/Oslo", "nn": "Europe/Oslo",
    "no": "Europe/Oslo", "fi": "Europe/Helsinki", "is": "Atlantic/Reykjavik", "pl": "Europe/Warsaw",
    "cs": "Europe/Prague", "sk": "Europe/Bratislava", "hu": "Europe/Budapest", "ro": "Europe/Bucharest",
    "bg": "Europe/Sofia", "el": "Europe/Athens", "tr": "Europe/Istanbul", "ru": "Europe/Moscow",
    "uk": "Europe/Kyiv", "be": "Europe/Minsk", "et": "Europe/Tallinn", "lv": "Europe/Riga", "lt": "Europe/Vilnius",
    "sl": "Europe/Ljubljana", "hr": "Europe/Zagreb", "sr": "Europe/Belgrade", "mk": "Europe/Skopje",
    "sq": "Europe/Tirane", "he": "Asia/Jerusalem", "fa": "Asia/Tehran", "hi": "Asia/Kolkata", "bn": "Asia/Dhaka",
    "th": "Asia/Bangkok", "vi": "Asia/Ho_Chi_Minh", "id": "Asia/Jakarta", "ja": "Asia/Tokyo", "ko": "Asia/Seoul",
    "zh": "Asia/Shanghai", "zh-tw": "Asia/Taipei", "zh-hk": "Asia/Hong_Kong", "en-gb": "Europe/London",
    "en-ie": "Europe/Dublin", "en-nz": "Pacific/Auckland", "en-in": "Asia/Kolkata", "en-za": "Africa/Johannesburg",
}  # fmt: skip
"""Main country of a language, as its time zone; languages of several countries (en, es, pt, ar) have none."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What stands in a date: wall time, and the offset in minutes where one was given."""

    wall: datetime
    precision: Precision
    offset: int | None
    local_form: bool = False
    """A form of everyday life rather than of a standard: without offset it means the publisher's own clock."""


@lru_cache(maxsize=1024)  # the dates of an entry are asked for twice, and two of them are often one
def moment(raw: str, *, language: str | None, timezone: str | None, now: datetime) -> Moment | None:
    """The date that `raw` says, or None where it says none that can be believed (PROTOCOL P-51).

    `language` (BCP 47) decides the order of numbers and the names of months; `timezone` (IANA) is the source's. A date
    more than ten minutes after `now` is moved back to it; one before 1990 is no date. Never raises.
    """
    words = raw.strip()
    if not words or len(words) > _LONGEST:
        return None
    try:
        found = _read_exact(words) or _read(words, (language or "").lower())
        return _settled(found, raw, language=language, timezone=timezone, now=now) if found else None
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=1024)
def _read_exact(words: str) -> _Reading | None:
    """The two forms that nearly all feeds use, without the price of the lenient patterns."""
    if words[4:5] == "-" and words[10:11] == "T" and "T24" not in words:
        try:
            read = datetime.fromisoformat(words)
        except ValueError:
            return None
        given = read.utcoffset()
        if given is None or words[16:17] != ":":
            return None
        return _Reading(read.replace(tzinfo=None), Precision.SECOND, int(given.total_seconds() // 60))
    if (match := _RFC_822_EXACT.fullmatch(words)) and (month := _MONTHS.get(match[2].lower())):
        day, _, year, hour, minute, second, hours, minutes = match.groups()
        wall = datetime(int(year), month, int(day), int(hour), int(minute), int(second))  # noqa: DTZ001
        offset = 60 * int(hours) + int(f"{hours[0]}{minutes}") if hours else 0
        return _Reading(wall, Precision.SECOND, offset) if abs(offset) <= 15 * 60 else None
    return None


def _read(words: str, language: str) -> _Reading | None:
    if match := _ISO_8601.match(words):
        return _from_numbers(match, int(match["year"]), int(match["month"]), int(match["day"]))
    if (match := _RFC_822.match(words)) and (month := _MONTHS.get(match["month"].lower())):
        return _from_numbers(match, _full_year(match["year"]), month, int(match["day"]))
    if (match := _ASCTIME.match(words)) and (month := _MONTHS.get(match["month"].lower())):
        return _from_asctime(match, month)
    if match := _NUMERIC.match(words):
        return _from_local_numbers(match, language)
    if match := _EPOCH.match(words):
        return _Reading(datetime.fromtimestamp(int(match[1]), UTC).replace(tzinfo=None), Precision.SECOND, 0)
    return _from_dateparser(words, language)


def _full_year(digits: str) -> int:
    """RFC 2822 section 4.3: two digits below 50 are of this century, three digits count from 1900."""
    year = int(digits)
    if len(digits) == 2 and year < 50:
        return 2000 + year
    return year if len(digits) == 4 else 1900 + year


def _from_numbers(match: re.Match[str], year: int, month: int, day: int, *, local: bool = False) -> _Reading:
    parts = match.groupdict()
    bare = "bare_" if parts.get("bare_hour") else ""
    hour, minute, second = (parts.get(f"{bare}{name}") for name in ("hour", "minute", "second"))
    wall = datetime(year, month, day)  # noqa: DTZ001 - a wall time: the zone is settled below
    if hour is None:
        return _Reading(wall, Precision.DAY, None, local)
    wall += _clock(int(hour), int(minute or 0), int(second or 0), parts.get("half"))
    zone = _offset(parts.get("zone"), parts.get("offset"))
    if zone is None and match.string[-1] in "Zz":
        zone = 0
    return _Reading(wall, Precision.SECOND if second else Precision.MINUTE, zone, local)


def _clock(hour: int, minute: int, second: int, half: str | None) -> timedelta:
    """The time since midnight; 24:00 is the next midnight and 23:59:60 the second after :59 (a leap second)."""
    if half:
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        raise ValueError("no such time of the day")
    return timedelta(hours=hour, minutes=minute, seconds=second)


def _offset(name: str | None, digits: str | None) -> int | None:
    """Minutes east of UTC of ``+0200``, ``+2``, ``GMT+02:00`` or a zone's name; None where nothing is said.

    A single letter but Z means nothing any more (RFC 2822 section 4.3); an unknown name is taken for UTC.
    """
    if digits:
        plain = digits.strip().replace(":", "")
        hours, minutes = (int(plain[1:-2] or 0), int(plain[-2:])) if len(plain) > 3 else (int(plain[1:]), 0)
        if hours > 15 or minutes > 59:
            return 0
        return (60 * hours + minutes) * (-1 if plain[0] == "-" else 1)
    if name:
        return int(60 * _HOURS.get(name.upper(), 0))
    return None


def _from_asctime(match: re.Match[str], month: int) -> _Reading | None:
    if match["year"]:
        return _from_numbers(match, int(match["year"]), month, int(match["day"]))
    late = _LATE_TIME.match(match["late"]) if match["late"] else None
    if match["late"] and not late:
        return None
    return _from_numbers(late or match, int(match["year_first"]), month, int(match["day"]))


def _from_local_numbers(match: re.Match[str], language: str) -> _Reading:
    first, then = int(match["first"]), int(match["then"])
    month_first = language in {"", "en", "en-us", "en-ph", "fil"} and match["sep"] != "."
    if (month_first and first <= 12) or then > 12:
        first, then = then, first
    return _from_numbers(match, _full_year(match["year"]), then, first, local=True)


@lru_cache(maxsize=4096)
def _from_dateparser(words: str, language: str) -> _Reading | None:
    """Month names of the feed's language, by dateparser; relative dates (*yesterday*) are no dates of a record."""
    if not any(char.isdigit() for char in words):
        return None
    import dateparser

    settings = {
        "STRICT_PARSING": True,
        "PARSERS": ["absolute-time"],
        "DATE_ORDER": "MDY" if language in {"en", "en-us"} else "DMY",
        "RELATIVE_BASE": datetime(2000, 1, 1),  # noqa: DTZ001 - never used with complete dates; keeps the clock out
    }
    primary = language.partition("-")[0]
    languages = ([primary] if primary and primary != "und" else []) + ["en"]
    try:
        found = cast("Any", dateparser).parse(words, languages=languages, settings=settings)
    except Exception:  # noqa: BLE001 - a library of many parsers: whatever it stumbles over is no date
        return None
    if found is None:
        return None
    offset = int(found.utcoffset().total_seconds() // 60) if found.tzinfo else None
    precision = Precision.MINUTE if _CLOCK.search(words) else Precision.DAY
    return _Reading(found.replace(tzinfo=None), precision, offset, local_form=True)


def _settled(found: _Reading, raw: str, *, language: str | None, timezone: str | None, now: datetime) -> Moment | None:
    offset = found.offset if found.offset is not None else _assumed(found, language=language, timezone=timezone)
    if found.wall.year < EARLIEST.year:
        return None
    instant = (found.wall - timedelta(minutes=offset)).replace(tzinfo=UTC)
    if instant > now + FUTURE:
        return Moment(instant=now, precision=found.precision, offset=offset, raw=raw, clamped=True)
    return Moment(instant=instant, precision=found.precision, offset=offset, raw=raw)


def _assumed(found: _Reading, *, language: str | None, timezone: str | None) -> int:
    """Minutes east of UTC for a date without offset: the source's zone, for days and everyday forms also its language's.

    A standard's form without offset means UTC.
    """
    everyday = found.local_form or found.precision is Precision.DAY
    zone = _zone(timezone) or (_language_zone(language) if everyday else None)
    if zone is None:
        return 0
    offset = found.wall.replace(tzinfo=zone).utcoffset()
    return int(offset.total_seconds() // 60) if offset else 0


@lru_cache(maxsize=512)
def _zone(name: str | None) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _language_zone(language: str | None) -> tzinfo | None:
    tag = (language or "").lower()
    return _zone(_LANGUAGE_ZONES.get(tag) or _LANGUAGE_ZONES.get(tag.partition("-")[0]))

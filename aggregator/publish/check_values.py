"""Whether single values are what their element asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from aggregator.publish.addresses import canonical, identifier, uri
from aggregator.publish.inert import inert
from aggregator.publish.problems import Problem, error, warning
from aggregator.text.urls import known_scheme

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_RFC_822 = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} "
    r"\d\d:\d\d:\d\d ([+-]\d{4}|GMT)"
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*|[ix](-[A-Za-z0-9]{1,8})+")
_BAD = re.compile("[\x80-\x9f\ufffd]")
_DOUBLED = re.compile("[ÂÃ][\x80-\xbf]")
_STRETCH = re.compile(r"[^<>&\n]+")
"""What a parser hands on at once: the text between references, markup and ends of lines."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_EARLIEST = 1970
_TOLERANCE = timedelta(minutes=1)
"""Clocks differ, and `updated` has a fraction of a second of ours."""
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def check_rfc3339(text: str, item: int | None, now: datetime | None) -> Iterator[Problem]:
    """A date of Atom or JSON Feed (RFC 3339 section 5.6)."""
    if not _RFC_3339.fullmatch(text):
        yield error("InvalidRFC3339Date", f"{text!r} is no RFC 3339 date.", item)
        return
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        yield error("InvalidRFC3339Date", f"{text!r} names a day or an hour that does not exist.", item)
        return
    yield from _plausible(moment, item, now)


def check_rfc822(text: str, item: int | None, now: datetime | None) -> Iterator[Problem]:
    """A date of RSS: English, four digits for the year, numeric zone, the right day of the week."""
    if not _RFC_822.fullmatch(text):
        yield error("InvalidRFC2822Date", f"{text!r} is no RFC 822 date.", item)
        return
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        yield error("InvalidRFC2822Date", f"{text!r} names a day or an hour that does not exist.", item)
        return
    if _DAYS[moment.weekday()] != text[:3]:
        yield error("IncorrectDOW", f"{text!r} names the wrong day of the week.", item)
    yield from _plausible(moment, item, now)


def _plausible(moment: datetime, item: int | None, now: datetime | None) -> Iterator[Problem]:
    if moment.year < _EARLIEST or (now is not None and moment > now + _TOLERANCE):
        yield warning("ImplausibleDate", f"{moment.isoformat()} lies in the future or before there were feeds.", item)


def check_url(url: str, item: int | None, what: str) -> Iterator[Problem]:
    """An absolute http(s) address without credentials."""
    try:
        parts = urlsplit(url)
    except ValueError:
        yield error("InvalidLink", f"The {what} {url[:80]!r} cannot be read.", item)
        return
    if parts.scheme not in {"http", "https"} or not parts.netloc or re.search(r"[\s<>\"{}|\\^`]", url):
        yield error("InvalidFullLink", f"The {what} {url[:80]!r} is no absolute http address.", item)
    elif "@" in parts.netloc:
        yield error("InvalidFullLink", f"The {what} at {parts.hostname} carries credentials.", item)
    elif uri(url) != url:
        yield warning("UriNotIri", f"The {what} {url[:80]!r} holds characters that an URI escapes.", item)


def check_iri(text: str, item: int | None) -> Iterator[Problem]:
    """An id: any absolute IRI, whatever its form (it is not ours to make canonical)."""
    if not _SCHEME.fullmatch(text):
        yield error("InvalidFullLink", f"The id {text[:80]!r} is no IRI.", item)
    elif text.startswith("tag:") and not identifier(text):
        yield error("InvalidTAG", f"The id {text[:80]!r} is no whole tag: URI.", item)
    elif not known_scheme(text):
        yield warning("SchemeNotIANARegistered", f"The id {text[:80]!r} begins with a scheme that nobody knows.", item)


def check_source_id(text: str, item: int | None) -> Iterator[Problem]:
    """The id of the feed that an entry came from: an IRI in its canonical form."""
    yield from check_iri(text, item)
    if canonical(text) != text:
        yield warning("NonCanonicalURI", f"The source's id {text[:80]!r} is not in its canonical form.", item)


def check_language(text: str | None, item: int | None) -> Iterator[Problem]:
    if text and not _LANGUAGE.fullmatch(text):
        yield error("InvalidLanguage", f"{text!r} is no language tag.", item)


def check_characters(text: str, item: int | None) -> Iterator[Problem]:
    """C1 controls, the replacement character and UTF-8 in UTF-8 tell of a text that was decoded wrongly."""
    if text.isascii():
        return
    if _BAD.search(text):
        yield warning("BadCharacters", "A text holds control or replacement characters.", item)
    elif _DOUBLED.search(text) and any(map(_doubled, _STRETCH.findall(text))):
        yield warning("BadCharacters", "A text was encoded twice.", item)


def _doubled(stretch: str) -> bool:
    try:
        return bool(_DOUBLED.search(stretch)) and stretch.encode("latin-1").decode() != stretch
    except UnicodeError:
        return False


def check_plain(text: str, item: int | None, what: str) -> Iterator[Problem]:
    """Plain text that some reader would take for HTML."""
    if inert(text) != text:
        yield warning("ContainsHTML", f"The {what} {text[:80]!r} looks like markup.", item)


def check_integer(text: str | None, item: int | None, what: str) -> Iterator[Problem]:
    if text is not None and not text.isdecimal():
        yield error("InvalidIntegerAttribute", f"The {what} {text!r} is no whole number.", item)


def check_positive(text: str | None, item: int | None, what: str) -> Iterator[Problem]:
    if text is not None and (not text.isdecimal() or int(text) == 0):
        yield error("InvalidPositiveInteger", f"The {what} {text!r} is no whole number above 0.", item)


def check_media_type(text: str | None, item: int | None) -> Iterator[Problem]:
    if text is not None and not re.fullmatch(r"[\w.+!#$&^-]+/[\w.+!#$&^-]+(\s*;.*)?", text):
        yield error("InvalidMIMEAttribute", f"{text!r} is no media type.", item)

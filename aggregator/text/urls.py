"""Urls as strings: made absolute, checked, taken apart, and freed of secrets.

Nothing here asks the network. A url that cannot be read gives an empty string, never an exception: publishers write
anything into a link.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from ipaddress import ip_address
from typing import Any, cast
from urllib.parse import SplitResult, parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from aggregator.text.listed import listed

_HTTP = re.compile(r"https?://[^\s/?#\\]", re.IGNORECASE)
_CLEAN_HTTP = re.compile(r"https?://[^\s/?#\\@\[\x00-\x20\x7f-\x9f][^\s<>\"\\\x00-\x20\x7f-\x9f]*\Z")
_ROOTED = re.compile(r"(?:/[\w~%!$'()*+,=:@-][\w.~%!$'()*+,=:@-]*)+/?(?:\?[\w.~%!$&'()*+,/:=@-]+)?\Z", re.ASCII)
"""A path from the root, perhaps with a query, that resolving and encoding leave as it is."""
_PLAIN_ORIGIN = re.compile(r"https?://[\w.-]+(?::\d{1,4})?(?=[/?#]|\Z)", re.ASCII)
_NAMED_HOST = re.compile(r"https?://([a-z0-9-]+(?:\.[a-z0-9-]+)*)(?:[/?#]|\Z)")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_UNSAFE = re.compile(r'[ <>"\\^`{|}]')
_REGISTERED = listed(
    "http https ftp urn tag info mailto news nntp cid mid dav crid dict dns go gopher im imap ldap opaquelocktoken pres "
    "service sip sips tel telnet xmpp"
)
"""Schemes that may begin an id without the W3C validator's doubt (its SchemeNotIANARegistered)."""
_SECRET_NAMES = re.compile(
    r"(?:(?:access|auth|api|private|secret|feed|user|rss|session|id)[_-]?)?"
    r"(?:token|key|secret|password|passwd|pwd|pass|signature|sig|hash|sid|auth|jwt|credentials?)",
    re.IGNORECASE,
)


def split(url: str) -> SplitResult | None:
    """The parts of `url`, or None where it cannot be read (a bad port, an unclosed IPv6 address)."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def is_http(url: str) -> bool:
    """Whether `url` is an absolute http or https url with a host."""
    return bool(_HTTP.match(url))


def known_scheme(text: str) -> bool:
    """Whether an id begins with a registered scheme, or with one whose dots, digits or hyphens make it somebody's own.

    A bare word that nobody registered (``yt:``) may be anybody's: what begins with it is not unique in the world
    (RFC 7595 section 3.8).
    """
    scheme = text.partition(":")[0].lower()
    return scheme in _REGISTERED or not scheme.isalpha()


def http_only(url: str) -> str:
    """`url` where it is an absolute http(s) url, else an empty string: ``javascript:``, ``urn:`` and the like."""
    return url if is_http(url) else ""


def absolute(reference: str, base: str) -> str:
    """`reference` resolved against `base` (RFC 3986 section 5), as characters that may stand in a document.

    White space around it and line breaks in it are dropped as browsers do (URL Standard section 4.4); spaces and
    delimiters inside are percent-encoded; nothing else is changed. Empty where there is nothing to resolve or where it
    cannot be resolved. A reference with another scheme than http comes back as it is.
    """
    if _CLEAN_HTTP.match(reference) and ("[" not in reference or split(reference)):
        return reference
    if _ROOTED.match(reference) and (origin := _PLAIN_ORIGIN.match(base)):
        return origin[0] + reference
    cleaned = _CONTROL.sub("", reference.strip())
    if not cleaned:
        return ""
    if _SCHEME.match(cleaned) and not cleaned[:5].lower().startswith("http"):
        return cleaned
    try:
        joined = urljoin(base, cleaned.replace("\\", "/") if is_http(cleaned) or cleaned[:1] in "/\\" else cleaned)
        if split(joined) is None:
            return ""
    except ValueError:
        return ""
    return _UNSAFE.sub(lambda found: f"%{ord(found[0]):02X}", joined)


@lru_cache(maxsize=8192)
def host(url: str) -> str:
    """The host of `url` in lower case, without port; empty where it has none."""
    if plain := _NAMED_HOST.match(url):
        return plain[1]
    parts = split(url)
    return (parts.hostname or "").rstrip(".") if parts else ""


@cache
def _suffixes() -> Any:
    from publicsuffixlist import PublicSuffixList

    return cast("Any", PublicSuffixList)()


def registrable_domain(name: str) -> str:
    """The part of a host (or of a url's host) that its owner registered: ``example.co.uk`` of ``www.example.co.uk``.

    By the public suffix list with its private section, so that two blogs of one hosting service stay two. An address
    or a name without a dot is its own domain.
    """
    return _registered(host(name) if "://" in name else name.lower().rstrip("."))


@lru_cache(maxsize=4096)
def _registered(name: str) -> str:
    if not name or _is_address(name):
        return name
    try:
        return cast("str | None", _suffixes().privatesuffix(name)) or name
    except (ValueError, UnicodeError):
        return name


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def strip_credentials(url: str) -> str:
    """`url` without user, password and query parameters that look like secrets (``token``, ``api_key`` …)."""
    parts = split(url)
    if parts is None:
        return ""
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=_open_query(parts.query)))


def _open_query(query: str) -> str:
    if not query:
        return query
    pairs = query.split("&")
    kept = [pair for pair in pairs if not _SECRET_NAMES.fullmatch(pair.partition("=")[0])]
    return query if len(kept) == len(pairs) else "&".join(kept)


def redact(url: str) -> str:
    """`url` for people's eyes: secrets replaced by ``***``, so that it shows that there were some."""
    parts = split(url)
    if parts is None:
        return "***"
    credentials, at, rest = parts.netloc.rpartition("@")
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = parts.query
    if any(_SECRET_NAMES.fullmatch(name) for name, _ in pairs):
        shown = [(name, "***" if _SECRET_NAMES.fullmatch(name) else value) for name, value in pairs]
        query = urlencode(shown, safe="*")
    return urlunsplit(parts._replace(netloc=f"***{at}{rest}" if credentials else parts.netloc, query=query))

"""Addresses as every format can carry them."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit, urlunsplit

from aggregator.text.urls import is_http, known_scheme

_NO_URL = re.compile(r"[\s<>\"{}|\\^`\x00-\x20\x7f]")
_KEPT = "%/:@!$&'()*+,;=~-._?"
_IDENTIFIER = re.compile(r"(?i)tag:[\w.@-]+,\d{4}(-\d\d(-\d\d)?)?:\S*|(?!tag:)[a-z][a-z0-9+.-]*:\S+")


def usable(url: str) -> bool:
    """Whether this is an absolute http(s) address without characters that no document may hold in one."""
    return _NO_URL.search(url) is None and is_http(url)


def uri(url: str) -> str:
    """The same address in ASCII (RFC 3987 section 3.1), brackets escaped; one that is a URI already stays as it is.

    RSS, Media RSS and OPML carry URIs, and readers differ in what they make of anything else.
    """
    if url.isascii() and "[" not in url and "]" not in url:
        return url
    parts = urlsplit(url)
    try:
        host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
    except UnicodeError:
        return url
    path, query, fragment = (quote(part, safe=_KEPT) for part in (parts.path, parts.query, parts.fragment))
    return urlunsplit((parts.scheme, host, path, query, fragment))


def canonical(url: str) -> str:
    """The http address as everybody writes it: scheme and host in small letters, no default port, a path.

    RFC 3986 section 6.2.2.1 and 6.2.3; anything else comes back as it is. Never for an entry's id, which is kept
    character by character (PROTOCOL B-21).
    """
    if not is_http(url):
        return url
    scheme, _, rest = url.partition("://")
    cut = next((at for at, character in enumerate(rest) if character in "/?#"), len(rest))
    host, path = rest[:cut].lower(), rest[cut:]
    host = host.removesuffix(":").removesuffix(":443" if scheme.lower() == "https" else ":80")
    return f"{scheme.lower()}://{host}{path if path.startswith('/') else '/' + path}"


def identifier(text: str | None) -> bool:
    """Whether the text is an absolute IRI of a known scheme, and a whole one where it is a ``tag:`` URI (RFC 4151)."""
    return text is not None and _IDENTIFIER.fullmatch(text) is not None and known_scheme(text)

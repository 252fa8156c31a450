"""The key that tells whether two links mean one article (DEDUPE section 2.2).

A key only: it is never published, and nobody should follow it. Two links of one article should give one key; two
articles must never share one, because a false match hides news while a missed one only shows it twice.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files
from urllib.parse import quote, unquote, urlsplit

from aggregator.normalise.sites import Address, apply_site_rules, unwrap
from aggregator.text.urls import is_http, registrable_domain

_MIRROR_LABELS = ("www.", "m.", "mobile.", "amp.")
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|shtml|php\d?|aspx?|jsp|cgi|xhtml)\Z", re.IGNORECASE)
_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?#;]*", re.IGNORECASE)
_AMP_PATH = re.compile(r"/amp(?:\.html?)?\Z|(?<=\d)-amp\Z|[.-]amp(?=\.html?\Z)", re.IGNORECASE)
_AMP_PREFIX = re.compile(r"\A/amp(?=/[^/]+)", re.IGNORECASE)
_AMP_VALUES = {"amp", "amphtml", "1", "true", ""}
_SLUG = re.compile(r"\d{3}|[^/]-[^/]+-[^/]|[^/-]{12}|/\d+\Z")
_PATH_SAFE = "/:@!$&'()*+,;=~-._"
_QUERY_SAFE = "/:@!$'()*,;~-._?"
_DEFAULT_PORTS = {80, 443}
_MOST_WRAPPERS = 4
_ROUTE = ("!", "/")


@cache
def _names(file: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """The parameter names of a data file: the exact ones, and the beginnings of the others."""
    text = files("aggregator.normalise").joinpath("data", file).read_text("utf-8")
    names = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return (
        frozenset(name for name in names if not name.endswith("*")),
        tuple(name[:-1] for name in names if name.endswith("*")),
    )


@lru_cache(maxsize=16_384)
def canonical_url(url: str) -> str:
    """The key of `url`; empty where it is no http(s) link. The key of a key is the key itself.

    Unwraps known redirectors; takes ``https``, the host without ``www.``, ``m.`` and the like; drops fragments,
    tracking parameters, AMP and index suffixes; sorts the parameters that stay; knows a few sites' own rules.
    """
    address = _read(url.strip())
    for _ in range(_MOST_WRAPPERS):
        target = _read(unwrap(address)) if address else None
        if target is None:
            break
        address = target
    return str(_settle(address)) if address else ""


def _read(url: str) -> Address | None:
    if not is_http(url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname:
        return None
    host = _host(parts.hostname)
    if port and port not in _DEFAULT_PORTS:
        host = f"{host}:{port}"
    return Address(host=host, path=_path(parts.path), query=_pairs(parts.query), fragment=parts.fragment)


def _host(name: str) -> str:
    name = name.lower().rstrip(".")
    if not name.isascii():
        try:
            return name.encode("idna").decode("ascii")
        except UnicodeError:
            return quote(name)
    return f"[{name}]" if ":" in name else name


def _path(path: str) -> str:
    """The path with one spelling per character, without dot segments and doubled slashes (RFC 3986 section 6.2.2)."""
    if "%" in path or not path.isascii() or " " in path:
        path = _respell(path, _PATH_SAFE)
    path = _SESSION.sub("", path) if ";" in path else path
    if "/." in path:
        path = _without_dots(path)
    while "//" in path and "://" not in path:
        path = path.replace("//", "/")
    return path or "/"


def _respell(text: str, safe: str) -> str:
    """Percent-encoding normalised: unreserved characters as they are, all others encoded, hex digits in capitals."""
    kept = re.sub(
        r"%(?:2[Ff]|3[Ff]|23|25|26|2[Bb]|3[Dd])", lambda found: f"\x00{found[0][1:].upper()}", text.replace("\x00", "")
    )
    return quote(unquote(kept, errors="surrogateescape"), safe=safe + "\x00", errors="surrogateescape").replace(
        "\x00", "%"
    )


def _without_dots(path: str) -> str:
    out: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del out[1:][-1:]
            out = out[:-1] if len(out) > 1 else out
        elif segment != ".":
            out.append(segment)
    tail = "/" if path.endswith(("/.", "/..")) else ""
    return "/".join(out) + tail or "/"


def _pairs(query: str) -> tuple[tuple[str, str], ...]:
    if not query:
        return ()
    found = []
    for part in query.replace("&amp;", "&").split("&"):
        name, equals, value = part.removeprefix("amp;").partition("=")
        if name or value:
            found.append((_spell_query(name), equals + _spell_query(value)))
    return tuple(found)


def _spell_query(text: str) -> str:
    if text.isalnum() and text.isascii():
        return text
    return _respell(text.replace("+", "%20"), _QUERY_SAFE)


def _settle(address: Address) -> Address:
    host = _without_mirror(address.host)
    path = _without_suffixes(address.path, amp_host=host != address.host)
    plain = Address(host=host, path=path, query=address.query, fragment=address.fragment)
    ruled = apply_site_rules(plain)
    query = tuple(sorted(_kept(ruled, original_host=address.host)))
    fragment = ruled.fragment if ruled.fragment.startswith(_ROUTE) and len(ruled.fragment) > 2 else ""
    trimmed = ruled.path.rstrip("/") or "/"
    return Address(host=ruled.host, path=trimmed, query=query, fragment=fragment)


def _without_mirror(host: str) -> str:
    """`host` without the labels that name a copy of the site for a device; never below the registered domain."""
    while host.startswith(_MIRROR_LABELS):
        shorter = host.partition(".")[2]
        name = host.partition(":")[0]
        if "." not in shorter or registrable_domain(name) == name:
            return host
        host = shorter
    return host


def _without_suffixes(path: str, *, amp_host: bool) -> str:
    while True:
        shorter = _INDEX.sub("/", path.rstrip("/") or "/")
        shorter = _AMP_PATH.sub("", _AMP_PREFIX.sub("", shorter)) or "/"
        if amp_host and shorter.endswith("-amp"):
            shorter = shorter[:-4]
        if shorter == path:
            return path
        path = shorter


def _kept(address: Address, *, original_host: str) -> list[tuple[str, str]]:
    exact, beginnings = _names("tracking_parameters.txt")
    contextual, _ = _names("contextual_parameters.txt")
    sure: list[tuple[str, str]] = []
    doubtful: list[tuple[str, str]] = []
    for name, value in address.query:
        lower = name.lower()
        if lower in exact or lower.startswith(beginnings) or _says_amp(lower, value[1:].lower()):
            continue
        (doubtful if lower in contextual and not value[1:].isdigit() else sure).append((name, value))
    if doubtful and not (sure or _SLUG.search(address.path) or _names_host(doubtful, original_host)):
        return sure + doubtful
    return sure


def _says_amp(name: str, value: str) -> bool:
    if name in {"amp", "amphtml", "is_amp", "isamp"}:
        return value in _AMP_VALUES
    return name in {"outputtype", "output", "view", "mode"} and value in {"amp", "amphtml"}


def _names_host(pairs: list[tuple[str, str]], host: str) -> bool:
    """Whether the only thing said is the name of the site itself, as some blog systems add it to each link."""
    return all(value[1:].lower().removeprefix("www.") == host.removeprefix("www.") for _, value in pairs)

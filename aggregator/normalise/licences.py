"""Licences from urls, names and abbreviations: what was said, as one normalised id; nothing is ever guessed.

`data/licences.toml` is the table of everything that is not a Creative Commons family; `creativecommons` reads those.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from aggregator.model.entry import RawRights
from aggregator.model.licence import Evidence, Licence, Origin, Term
from aggregator.normalise import creativecommons
from aggregator.normalise.creativecommons import Match

UNKNOWN = "unknown"
UNSPECIFIED = "http://purl.org/atompub/license#unspecified"
"""Says that no licence is stated and none is to be inherited (RFC 4946 section 2.4)."""
DEDICATED = ("license", "licence")
"""Elements whose name holds one of these say nothing but a licence."""
COPYRIGHT = re.compile(
    r"(?:©|\(c\)|℗|\bcopyright\b|\bcopr\.|\bautorsk[éa] práv[ao]\b|\bdroits? d.auteur\b|\bderechos de autor\b|著作権|版权|저작권)",
    re.IGNORECASE,
)
PARTIAL = re.compile(
    r"\bsome rights reserved\b|\bquelques droits r[ée]serv[ée]s\b|\balgunos derechos reservados\b", re.IGNORECASE
)
HOLDER = re.compile(
    r"(?:©|\(c\)|℗|\bcopyright\b)(?:[\s:©,]|\(c\)|copyright|by\b)*"
    r"(?:\d{4}(?:\s?[-–—/,]\s?(?:\d{4}|\d{2}|present|heute|today))*)?[\s,:.–-]*(?:by\s+)?"
    r"(?P<holder>[^\s\d©|.,;:()<>/–—-][^|;:()<>©/\n]{1,79})",
    re.IGNORECASE,
)
HOLDER_END = re.compile(
    r"\s+\d{4}\b|[.,]\s|[.,]$|\s[-–—]\s|\b(?:all|some|alle|tous|todos|tutti)\s+(?:rights|rechten?|rechte|droits|os|los|i)\b|\bCC\b"
    r"|\blicen[sc]ed\b",
    re.IGNORECASE,
)
NOT_A_HOLDER = re.compile(r"^(?:policy|notice|laws?|info(?:rmation)?|protected|statement|holders?|by)\b", re.IGNORECASE)
DENIED = re.compile(r"(?:\bnot|\bnicht|\bniet|\bnon|\bno est[áa]|\bpas(?: dans le)?)\s+(?:\w+\s+){0,2}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the licence table."""

    id: str
    name: str
    terms: frozenset[Term]
    url: str | None
    versioned_url: str | None
    hints: tuple[str, ...]
    """One of these stands, in lower case, in every text that names it."""
    urls: tuple[tuple[str, re.Pattern[str]], ...]
    """With the host that must stand in the text."""
    texts: tuple[re.Pattern[str], ...]


@cache
def _table() -> tuple[Entry, ...]:
    text = (resources.files("aggregator.normalise") / "data" / "licences.toml").read_text("utf-8")
    return tuple(_entry(row) for row in tomllib.loads(text)["licence"])


def _entry(row: dict[str, Any]) -> Entry:
    return Entry(
        id=row["id"],
        name=row["name"],
        terms=frozenset(Term(value) for value in row["terms"]),
        url=row.get("url"),
        versioned_url=row.get("versioned_url"),
        hints=tuple(row["hints"]),
        urls=tuple(
            (value.split("/")[0].replace("\\", ""), re.compile(value, re.IGNORECASE)) for value in row.get("urls", ())
        ),
        texts=tuple(re.compile(value, re.IGNORECASE) for value in row.get("texts", ())),
    )


def _filled(entry: Entry, found: re.Match[str]) -> Licence:
    version = next((value for key, value in found.groupdict().items() if key.startswith("version") and value), None)
    if version:
        version = version.replace("-", ".")
        version = version if "." in version else f"{version}.0"
    url = entry.url
    if version and entry.versioned_url:
        url = entry.versioned_url.format(version=version, major=version[0], dashed=version.replace(".", "-"))
    return Licence(
        id=f"{entry.id}-{version}" if version else entry.id,
        url=url,
        name=f"{entry.name} {version}" if version else entry.name,
        raw=found[0],
        terms=entry.terms,
    )


def from_url(url: str) -> Licence | None:
    """The licence whose terms stand at `url` (deed, legal code, translation, badge or RDF); None where unknown."""
    found = next(_urls(url), None)
    return replace(found.licence, raw=url) if found else None


def _urls(text: str) -> Iterator[Match]:
    if "/" not in text:
        return
    folded = text.lower()
    if "creativecommons.org" in folded:
        yield from creativecommons.urls(text)
    for entry in _table():
        for host, pattern in entry.urls:
            for found in pattern.finditer(text) if host in folded else ():
                yield Match(_filled(entry, found), *_widened(text, found))
    if spdx := re.search(r"spdx\.org/licen[sc]es/([\w.+-]+?)(?:\.html|\.json)?(?:$|[\s>\"')])", text):
        for match in creativecommons.words(spdx[1]):
            yield Match(match.licence, *spdx.span())


def _widened(text: str, found: re.Match[str]) -> tuple[int, int]:
    """The span of the whole url around a match within it."""
    start, end = found.span()
    while start > 0 and text[start - 1] not in " \t\n<>\"'(,":
        start -= 1
    while end < len(text) and text[end] not in " \t\n<>\"'),":
        end += 1
    return start, end


@cache
def _hints() -> tuple[str, ...]:
    """What stands, in lower case, in every text without a slash that names a licence: the shortest of them."""
    every = {hint for entry in _table() for hint in entry.hints} | set(creativecommons.HINTS) | {"reserv", "réserv"}
    return tuple(hint for hint in sorted(every) if not any(other != hint and other in hint for other in every))


def may_name(text: str) -> bool:
    """A cheap test that most running text fails: where it does, `find` finds nothing and `spans` no span."""
    if "/" in text:
        return True
    folded = text.lower()
    for hint in _hints():  # noqa: SIM110 - asked of many lines, and a generator takes twice as long
        if hint in folded:
            return True
    return False


@lru_cache(maxsize=4096)
def find(text: str) -> Match | None:
    """The one licence that a statement names and the span that names it; None where it names none.

    A url decides over words. Where the words reserve all rights, nothing else in the statement opens them. Different
    licences that contradict each other give ``unknown``: which part each of them covers is not ours to guess.
    """
    matches = tuple(_urls(text))
    named = _named(text, matches)
    closed = [match for match in named if Term.NO_REUSE in match.licence.terms]
    if closed and not matches:
        return closed[0]
    if not named:
        return _vague(text)
    return _agreed(text, named)


def _named(text: str, matches: Sequence[Match]) -> list[Match]:
    return [*matches, *creativecommons.words(text), *_other_words(text, matches)]


@lru_cache(maxsize=4096)
def spans(text: str) -> tuple[tuple[int, int], ...]:
    """Every span that speaks of a licence, in order; some may overlap."""
    named = [(match.start, match.end) for match in _named(text, tuple(_urls(text)))]
    return tuple(sorted([*named, *creativecommons.vague(text)]))


def _other_words(text: str, matches: Sequence[Match]) -> Iterator[Match]:
    folded = text.lower()
    for entry in _table():
        if not any(hint in folded for hint in entry.hints):
            continue
        for pattern in entry.texts:
            for found in pattern.finditer(text):
                inside = any(match.start <= found.start() < match.end for match in matches)
                denied = entry.id == "public-domain" and DENIED.search(text[: found.start()])
                if not inside and not denied:
                    yield Match(_filled(entry, found), *found.span())


def _vague(text: str) -> Match | None:
    spans = [*creativecommons.vague(text)] or [found.span() for found in PARTIAL.finditer(text)]
    if not spans:
        return None
    start, end = spans[0]
    return Match(Licence(id=UNKNOWN, raw=text[start:end], known=False), start, end)


def _agreed(text: str, named: Sequence[Match]) -> Match | None:
    """The most exact of several names of one licence, spanning them all where they touch."""
    best = max(named, key=lambda match: (match.licence.url is not None, len(match.licence.id), -match.start))
    families = {_family(match.licence.id) for match in named}
    creative = {name for name in families if name.startswith("CC-")}
    others = [match for match in named if _clashes(best.licence.id, match.licence.id)]
    if others and len(creative) > 1:
        return Match(Licence(id=UNKNOWN, raw=text.strip(), known=False), best.start, best.end)
    if creative and not best.licence.id.startswith("CC-"):
        best = next(match for match in named if match.licence.id.startswith("CC-"))
    return best


def _family(label: str) -> str:
    return re.sub(r"-\d.*$", "", label)


def _clashes(one: str, other: str) -> bool:
    return one != other and not one.startswith(f"{other}-") and not other.startswith(f"{one}-")


@lru_cache(maxsize=4096)
def from_text(text: str) -> Licence | None:
    """The licence that a statement names, with the whole statement as `raw`; None where it says nothing about rights.

    A statement about rights that names no licence we know (``© 2020 Example``) gives ``unknown`` with its holder.
    """
    statement = text.strip()
    if not statement:
        return None
    found = find(statement)
    holder = holder_of(statement)
    if found:
        return replace(found.licence, raw=statement, holder=holder)
    if holder or COPYRIGHT.search(statement):
        return Licence(id=UNKNOWN, raw=statement, holder=holder, known=False)
    return None


def holder_of(text: str) -> str | None:
    """Who holds the rights by a sentence such as ``© 2020 Example Media. All rights reserved.``"""
    found = HOLDER.search(text)
    if not found:
        return None
    name = HOLDER_END.split(found["holder"], maxsplit=1)[0].strip(" .,\t\"'“”")
    if len(name) < 2 or NOT_A_HOLDER.match(name) or "http" in name or "creativecommons" in name:
        return None
    return name


def from_rights(rights: Sequence[RawRights], origin: Origin) -> Licence | None:
    """The licence of a set of statements: elements made for a licence decide over sentences, a url over words.

    The licence carries its evidence. A licence element with a url that we do not know gives ``unknown`` with that url;
    RFC 4946's ``unspecified`` gives None.
    """
    if not rights:
        return None
    dedicated = [one for one in rights if any(word in one.element.lower() for word in DEDICATED)]
    sentences = [one for one in rights if one not in dedicated]
    read = [licence for one in (*dedicated, *sentences) if (licence := _from_one(one, origin))]
    return next((licence for licence in read if licence.known), read[0] if read else None)


@lru_cache(maxsize=1024)
def _from_one(one: RawRights, origin: Origin) -> Licence | None:
    url, text = one.url.strip(), one.text.strip()
    if UNSPECIFIED in (url, text):
        return None
    licence = (from_url(url) if url else None) or (from_text(text) if text else None)
    if licence is None and url and any(word in one.element.lower() for word in DEDICATED):
        licence = Licence(id=UNKNOWN, url=url, raw=url, known=False)
    if licence is None:
        return None
    evidence = Evidence(fact="licence", origin=origin, locator=one.element, text=" ".join(filter(None, (text, url))))
    holder = licence.holder or (holder_of(text) if text else None)
    return replace(licence, holder=holder, evidence=evidence)

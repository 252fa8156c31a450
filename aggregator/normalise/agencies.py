"""Agencies, archives and platforms that stand in credit lines, bylines and datelines (`data/agencies.tsv`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from aggregator.normalise.tables import rows
from aggregator.text.urls import host as host_of


@dataclass(frozen=True, slots=True)
class Agency:
    """One row of the dictionary; `managed` says that its works are never ours to reuse."""

    name: str
    kind: str
    """``wire``, ``stock``, ``platform`` or ``institution``."""
    managed: bool
    hosts: tuple[str, ...]
    aliases: tuple[str, ...]

    @property
    def spellings(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)


JOINTS = re.compile(r"[/|]")
TRAILING = re.compile(r"(?:\s+(?:Photos?|Images?|Pictures|Pool|POOL|via|Handout|Archive|Archiv|Archief))+$")


TRAILERS = (
    "Photo",
    "Photos",
    "Image",
    "Images",
    "Pictures",
    "Pool",
    "POOL",
    "via",
    "Handout",
    "Archive",
    "Archiv",
    "Archief",
)
"""What ends wherever `TRAILING` finds something."""


@cache
def agencies() -> tuple[Agency, ...]:
    """The whole dictionary."""
    return tuple(_agency(*row) for row in rows("agencies.tsv"))


def _agency(name: str, kind: str, managed: str, hosts: str = "", aliases: str = "") -> Agency:
    spellings = tuple(alias for alias in aliases.split("|") if alias)
    return Agency(name=name, kind=kind, managed=managed == "1", hosts=tuple(hosts.split()), aliases=spellings)


@cache
def _by_spelling() -> dict[str, Agency]:
    return {spelling: agency for agency in reversed(agencies()) for spelling in agency.spellings}


@cache
def _by_host() -> dict[str, Agency]:
    return {host: agency for agency in agencies() for host in agency.hosts}


def lookup(text: str) -> Agency | None:
    """The agency that `text` names, and nothing else; upper and lower case count, so that *pa* is no sentence's word."""
    name = text.strip(" \t.,;:()[]\u00a0")
    known = _by_spelling()
    if agency := known.get(name):
        return agency
    if name.endswith(TRAILERS) and (agency := known.get(TRAILING.sub("", name))):
        return agency
    return _joined(name) if "/" in name or "|" in name else None


def _joined(name: str) -> Agency | None:
    """Several agencies joined with slashes (``ANP/EPA``): the first that is rights-managed, else the first."""
    parts = [part.strip() for part in JOINTS.split(name)]
    found = [_by_spelling().get(part) for part in parts]
    named = [agency for agency in found if agency]
    if len(named) < len(parts):
        return None
    return next((agency for agency in named if agency.managed), named[0])


def by_host(url: str) -> Agency | None:
    """The agency or platform at whose host `url` lies; None where it is nobody's we know."""
    host = host_of(url) if "//" in url else ""
    while host.count(".") >= 1:
        if host in _by_host():
            return _by_host()[host]
        host = host.split(".", 1)[1]
    return None


@cache
def pattern(kind: str = "") -> str:
    """A regular expression of every spelling (of one kind), longest first."""
    spellings = {spelling for agency in agencies() if not kind or agency.kind == kind for spelling in agency.spellings}
    return "|".join(re.escape(spelling) for spelling in sorted(spellings, key=lambda one: (-len(one), one)))


@cache
def _wire() -> dict[str, str]:
    return {spelling: agency.name for agency in agencies() if agency.kind == "wire" for spelling in agency.spellings}


DATELINE = re.compile(r"^\s*(?:[^\s(][^(\n]{0,60})?\((?P<names>[^()\n]{2,40})\)\s*(?:[-–—:]|$)")
CLOSING = re.compile(r"\((?P<names>[^()\n]{2,60})\)\s*\.?\s*$")
BARE = re.compile(
    r"^\s*[\w .'’-]{2,40}[,:]?\s*(?:\d{1,2}\.?\s?\w{3,10}\.?)?\s*[-–—/]\s*(?P<names>[^\s–—-][^–—\n]{1,30}?)\s*[-–—]\s"
)
SOURCE = re.compile(
    r"(?:^|[\s(\[])(?:Bron|Quelle|Source|Fuente|Fonte|Källa|Kilde|Lähde|Źródło|Zdroj|Источник|Джерело|Kaynak|Font|Avec|Met|Mit|Con|Com|With)"
    r"\s?:?\s(?P<names>[^\s.,;)\]][^.,;)\]\n]{1,40})\s*[.)\]]?\s*$"
)
LINES = 90


def named(text: str) -> tuple[str, ...]:
    """The wire agencies in a list such as ``APA/dpa, 24.12.2020``; empty unless one of them is known."""
    parts = re.split(r"\s*[/,|+]\s*|\s+(?:and|und|en|et|y|e|i|og|och|via)\s+", text.strip())
    return tuple(dict.fromkeys(_wire()[part] for part in parts if part in _wire()))


def in_text(text: str) -> tuple[tuple[str, str], ...]:
    """Wire agencies in the dateline at the start and the signature at the end of a text, with the words that say so."""
    found: dict[str, str] = {}
    head, tail = text[:LINES], text[-LINES:]
    for pattern_, sign, part in ((DATELINE, "(", head), (BARE, " ", head), (CLOSING, ")", tail), (SOURCE, " ", tail)):
        if sign in part and (match := pattern_.search(part)):
            for name in named(match["names"]):
                found.setdefault(name, match[0].strip())
    return tuple(found.items())

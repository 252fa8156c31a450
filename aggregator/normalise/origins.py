"""Where an entry was first published, by its own words: syndication lines, counters, canonical links."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from aggregator.model.attribution import Link
from aggregator.model.licence import Evidence, Origin
from aggregator.normalise import markup
from aggregator.normalise.markup import Content, Line
from aggregator.normalise.tables import rows
from aggregator.text.urls import host, is_http, registrable_domain

COUNTER = re.compile(r"counter\.theconversation\.(?:com|edu\.au)/content/(?P<id>\d{3,9})/", re.IGNORECASE)
SHARING = re.compile(
    r"(?:^|\.)(?:addtoany|twitter|x|facebook|linkedin|pinterest|reddit|instagram|whatsapp|wa|telegram|t|youtube|tumblr|threads"
    r"|bsky|mastodon|feedburner|patreon|ko-fi|paypal|getpocket|apps\.apple|itunes\.apple|play\.google)\.(?:com|org|me|social|app|co|net)$"
)
"""Hosts that syndication lines link to without anything having been published there."""
EDGE = 700
"""Syndication lines stand at the edges of a text; in between they would be quotations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The place of first publication with its evidence."""

    link: Link | None = None
    evidence: tuple[Evidence, ...] = ()


@cache
def _phrases() -> tuple[tuple[tuple[str, ...], re.Pattern[str]], ...]:
    """Per language: the hints, and the pattern that is only tried where one of them stands."""
    return tuple(
        (tuple(hints.split("|")), re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)", re.IGNORECASE))
        for _, hints, *phrases in rows("syndication.tsv")
    )


@cache
def _hints() -> tuple[str, ...]:
    every = {hint for hints, _ in _phrases() for hint in hints}
    return tuple(hint for hint in every if not any(other != hint and other in hint for other in every))


def _hinted(text: str) -> bool:
    folded = text.lower()
    for hint in _hints():  # noqa: SIM110 - asked of every entry, and a generator takes twice as long
        if hint in folded:
            return True
    return False


def _said(text: str) -> re.Match[str] | None:
    if not _hinted(text):
        return None
    folded = text.lower()
    for hints, pattern in _phrases():
        if any(hint in folded for hint in hints) and (found := pattern.search(text)):
            return found
    return None


def original(html: str, text: str, content: Content, *, own: Sequence[str], base: str) -> Original:
    """Where an entry was first published, where it says so; links to `own` places (urls) are no evidence.

    *The post … appeared first on …* points to the publisher's own site in most feeds: it counts only where it does not.
    """
    head, tail = text[:EDGE], text[max(EDGE, len(text) - EDGE) :]
    if ("<a" in html or "<A" in html) and _hinted(f"{head}\n{tail}") and (_said(head) or _said(tail)):
        homes = _homes(own)
        for line in markup.lines(html, base):
            if found := _in_line(line, homes):
                return found
    if "counter.theconversation" in html and (counter := COUNTER.search(html)):
        return _counted(counter, html)
    return _canonical(content, _homes(own)) if content.relations else Original()


def _homes(own: Sequence[str]) -> set[str]:
    return {registrable_domain(host(url)) for url in own if url} - {""}


def _in_line(line: Line, homes: set[str]) -> Original | None:
    said = _said(line.text)
    if not said:
        return None
    links = [(words, href) for words, href in line.links if is_http(href) and _elsewhere(href, homes)]
    after = [(words, href) for words, href in links if line.text.find(words, said.start()) >= 0] or links
    if not after:
        return None
    words, href = next((link for link in (*after, *links) if len(urlsplit(link[1]).path) > 1), after[0])
    evidence = Evidence(
        fact="original",
        origin=Origin.TEXT,
        locator="syndication line",
        text=line.text,
        start=line.start,
        end=line.start + len(line.text),
        confidence=0.9,
    )
    return Original(link=Link(href=href, rel="original", title=words or None), evidence=(evidence,))


def _elsewhere(url: str, homes: set[str]) -> bool:
    if SHARING.search(host(url)):
        return False
    return registrable_domain(host(url)) not in homes


def _counted(counter: re.Match[str], html: str) -> Original:
    """The Conversation's counter carries the number of the article that was republished."""
    evidence = Evidence(
        fact="original", origin=Origin.MARKUP, locator="counter.theconversation.com", text=counter["id"]
    )
    page = re.search(rf"https?://theconversation\.com/[\w/%-]+-{counter['id']}\b", html)
    link = Link(href=page[0], rel="original", title="The Conversation") if page else None
    return Original(link=link, evidence=(evidence,))


def _canonical(content: Content, homes: set[str]) -> Original:
    for rel, href in content.relations:
        if rel == "canonical" and is_http(href) and _elsewhere(href, homes):
            evidence = Evidence(fact="original", origin=Origin.MARKUP, locator="link[rel=canonical]", text=href)
            return Original(link=Link(href=href, rel="canonical"), evidence=(evidence,))
    return Original()

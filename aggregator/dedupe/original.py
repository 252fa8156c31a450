"""Which member of a story was first: scored evidence, and "first seen" where the evidence is weak.

Source: DEDUPE section 4 (the table of evidence). All pure: facts about the members come in, the story goes out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aggregator.dedupe.wording import is_correction
from aggregator.model.article import Article
from aggregator.model.ids import ArticleId, SourceId
from aggregator.model.moment import Precision
from aggregator.model.source import SourceRole
from aggregator.model.story import OriginEvidence, Story
from aggregator.text.urls import host, split

STRONG = 40
"""From this weight on outputs say "original"; below it they say "first seen at"."""
_POINTED_AT, _AGENCY_HOST, _OWN_PAGE, _NO_AGENCY_LINE, _CORRECTS = 100, 60, 40, 40, 120
_ROLE = {SourceRole.ORIGINAL: 50, SourceRole.AGENCY: 50, SourceRole.AGGREGATOR: -50}
_LONGEST, _EARLIEST = 10, 20
_CLEARLY_EARLIER = timedelta(minutes=30)
_CLEARLY_LONGER = 1.2
_AGENCY_HOSTS = {
    "reuters": ("reuters.com",),
    "ap": ("apnews.com", "ap.org"),
    "associated press": ("apnews.com", "ap.org"),
    "afp": ("afp.com",),
    "dpa": ("dpa.com", "dpa-international.com"),
    "anp": ("anp.nl",),
    "apa": ("apa.at",),
    "belga": ("belga.be", "belganewsagency.eu"),
    "efe": ("efe.com",),
    "ansa": ("ansa.it",),
    "pa media": ("pa.media",),
    "upi": ("upi.com",),
    "xinhua": ("xinhuanet.com", "news.cn"),
    "tass": ("tass.com", "tass.ru"),
    "sda": ("keystone-sda.ch",),
    "ritzau": ("ritzau.dk",),
    "tt": ("tt.se",),
    "ntb": ("ntb.no",),
    "lusa": ("lusa.pt",),
    "pap": ("pap.pl",),
    "bloomberg": ("bloomberg.com",),
}
_CREDITED = re.compile(
    r"(?:originally|first) (?:published|appeared) (?:on|at|in|by)|verscheen eerder (?:op|bij|in)"
    r"|erschien zuerst (?:auf|bei|in)|(?:publié initialement|republié) (?:sur|à partir de|par)"
    r"|publicado originalmente (?:en|por)|pubblicato originariamente (?:su|da)",
    re.IGNORECASE,
)
_CREDIT_WORDS = ("publi", "pubbli", "republié", "appeared", "verscheen", "erschien")
"""One of them is in everything that `_CREDITED` finds."""
_HREF = re.compile(r'href="(https?://[^"]+)"')
_NEAR = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known about one member."""

    article_id: ArticleId
    source_id: SourceId
    title: str
    url: str
    published: datetime | None
    """None where the publisher gives none, or a bare day: neither says who was earlier."""
    first_seen: datetime
    length: int
    """Characters of text."""
    home: str = ""
    """Host of the publisher's own site."""
    agencies: tuple[str, ...] = ()
    points_at: tuple[str, ...] = ()
    """Urls it names as the place of first publication."""
    role: SourceRole = SourceRole.UNKNOWN
    owner: str = ""

    @property
    def when(self) -> datetime:
        """When it first stood on the web, as far as we can tell: never later than we saw it."""
        return min(self.published, self.first_seen) if self.published else self.first_seen


def facts_of(article: Article, role: SourceRole = SourceRole.UNKNOWN, owner: str = "") -> Facts:
    """The facts of a member: its own words, and the operator's word on its source."""
    moment = article.published
    exact = moment is not None and moment.precision is not Precision.DAY and not moment.clamped
    publisher = article.attribution.publisher
    return Facts(
        article_id=article.id,
        source_id=article.source_id,
        title=article.title,
        url=article.url or article.identity.canonical_url,
        published=moment.instant if moment and exact else None,
        first_seen=article.first_seen,
        length=len(article.text),
        home=host_of(publisher.home_url or publisher.feed_url or ""),
        agencies=tuple(agency.casefold() for agency in article.attribution.agencies),
        points_at=_points_at(article),
        role=role,
        owner=owner,
    )


def _points_at(article: Article) -> tuple[str, ...]:
    """Urls given as the origin: the entry's own original and via links, its atom:source, a sentence with a link."""
    attribution = article.attribution
    urls = [attribution.original.href] if attribution.original else []
    urls += [link.href for link in attribution.via]
    if attribution.carried:
        urls += [url for url in (attribution.carried.home_url, attribution.carried.feed_url) if url]
    lowered = article.content.lower()
    if not any(word in lowered for word in _CREDIT_WORDS):  # spares nearly every text the expression below
        return tuple(urls)
    for credit in _CREDITED.finditer(article.content):
        urls += _HREF.findall(article.content, credit.end(), credit.end() + _NEAR)[:1]
    return tuple(urls)


def host_of(url: str) -> str:
    """The host of a url without ``www.``; empty where it has none."""
    return host(url).removeprefix("www.")


def decide(story: Story, facts: Mapping[ArticleId, Facts], withdrawn: Collection[ArticleId] = ()) -> Story:
    """The story with its original, whether that is known, and the evidence.

    Members without facts or in `withdrawn` are left out of the choice; where none is left the original stays as it
    was. Equal scores go to the earliest, then to the one that joined first.
    """
    present = [facts[m.article_id] for m in story.members if m.article_id in facts and m.article_id not in withdrawn]
    if not present:
        return story
    evidence = tuple(_evidence(present))
    scores = {fact.article_id: 0 for fact in present}
    for found in evidence:
        scores[found.article_id] += found.weight
    best = min(present, key=lambda fact: (-scores[fact.article_id], fact.when))
    known = len(present) > 1 and scores[best.article_id] >= STRONG
    return replace(story, original=best.article_id, original_known=known, origin_evidence=evidence)


def shown(story: Story, available: Collection[ArticleId]) -> ArticleId | None:
    """The member to show: the operator's choice, a correction, the one shown so far, the original, any."""
    corrected = any(e.kind == "correction" and e.article_id == story.original for e in story.origin_evidence)
    correction = story.original if corrected else None
    wishes = (
        story.preferred,
        correction,
        story.published_article,
        story.original,
        *(m.article_id for m in story.members),
    )
    return next((wish for wish in wishes if wish is not None and wish in available), None)


def next_best(story: Story, facts: Mapping[ArticleId, Facts], withdrawn: Collection[ArticleId]) -> ArticleId | None:
    """Who takes over when the members in `withdrawn` are gone: the strongest of the rest, or None where none is left.

    The published id stays with the story (DESIGN section 4b, 2): its id is not minted from the successor.
    """
    left = [m.article_id for m in story.members if m.article_id not in withdrawn and m.article_id in facts]
    if story.preferred in left:
        return story.preferred
    return decide(story, facts, withdrawn).original if left else None


def _evidence(facts: Sequence[Facts]) -> Iterable[OriginEvidence]:
    for fact in facts:
        others = [other for other in facts if other is not fact]
        yield from _of_links(fact, others)
        yield from _of_agencies(fact, others)
        yield from _of_source(fact, others)
        yield from _of_correction(fact, others)
    yield from _of_comparison(facts)


def _found(fact: Facts, kind: str, weight: int, detail: str = "") -> OriginEvidence:
    return OriginEvidence(article_id=fact.article_id, kind=kind, weight=weight, detail=detail)


def _of_links(fact: Facts, others: Sequence[Facts]) -> Iterable[OriginEvidence]:
    """Another member says that it was first published here."""
    for other in others:
        if host_of(fact.url) == host_of(other.url) or fact.source_id == other.source_id:
            continue
        target = next((url for url in other.points_at if _leads_to(url, fact)), None)
        if target:
            yield _found(fact, "named-as-origin", _POINTED_AT, f"{other.source_id}: {target}")
            return


def _leads_to(url: str, fact: Facts) -> bool:
    """Whether a link leads to the member's own page, or at least to its own site's front page."""
    host = host_of(url)
    if not host or host != (fact.home or host_of(fact.url)):
        return False
    path = _path(url)
    return not path or path == _path(fact.url)


def _path(url: str) -> str:
    parts = split(url)
    return parts.path.strip("/") if parts else ""


def _of_agencies(fact: Facts, others: Sequence[Facts]) -> Iterable[OriginEvidence]:
    named = sorted({agency for other in others for agency in other.agencies})
    host = host_of(fact.url)
    for agency in named:
        if any(_within(host, owner) for owner in _AGENCY_HOSTS.get(agency, ())):
            yield _found(fact, "is-the-agency", _AGENCY_HOST, agency)
            return
    if named and not fact.agencies and not any(other.agencies == () for other in others):
        yield _found(fact, "no-agency-line", _NO_AGENCY_LINE, f"all others name {', '.join(named)}")


def _of_source(fact: Facts, others: Sequence[Facts]) -> Iterable[OriginEvidence]:
    weight = _ROLE.get(fact.role)
    if weight:
        yield _found(fact, f"source-is-{fact.role}", weight)
    # The page they all link to is at home at one of them: the others are carriers of it (PROTOCOL P-49).
    host = host_of(fact.url)
    if (
        host
        and _within(host, fact.home)
        and any(_within(host_of(o.url), fact.home) and o.home != fact.home for o in others)
    ):
        yield _found(fact, "page-is-its-own", _OWN_PAGE, host)


def _of_correction(fact: Facts, others: Sequence[Facts]) -> Iterable[OriginEvidence]:
    """A correction by who made the mistake is never hidden behind the mistake."""
    if not is_correction(fact.title):
        return
    own = [o for o in others if o.source_id == fact.source_id or (fact.owner and o.owner == fact.owner)]
    if own or not any(is_correction(other.title) for other in others):
        yield _found(fact, "correction", _CORRECTS, fact.title)


def _of_comparison(facts: Sequence[Facts]) -> Iterable[OriginEvidence]:
    if len(facts) < 2:
        return
    first, second = sorted(facts, key=lambda fact: fact.when)[:2]
    if second.when - first.when > _CLEARLY_EARLIER:
        yield _found(first, "earliest", _EARLIEST, f"{first.when.isoformat()}, the next {second.when.isoformat()}")
    longest, runner_up = sorted(facts, key=lambda fact: -fact.length)[:2]
    if longest.length >= _CLEARLY_LONGER * max(1, runner_up.length):
        yield _found(longest, "longest", _LONGEST, f"{longest.length} characters, the next {runner_up.length}")


def _within(host: str, domain: str) -> bool:
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))

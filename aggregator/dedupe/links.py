"""What a link post is about: the one page that an article mainly leads to.

Its article, where we hold it, is told of by both: the two share their coverage, for display only. Pages that gather
many links, and texts that merely cite, lead nowhere in particular. Source: DEDUPE section 2.6 (links-to edge).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from html import unescape

from aggregator.dedupe.features import built_like_a_roundup, names_a_page
from aggregator.model.article import Article
from aggregator.model.story import Edge, Tie
from aggregator.text.html import plain
from aggregator.text.urls import registrable_domain
from aggregator.text.words import count_words

_LINK = re.compile(r'<a (?:[^>]* )?href="(https?://[^"]+)"')
"""Of sanitised HTML: the cleaner writes ``<`` and ``>`` in attributes as references."""
_NOT_IN_HOSTS = frozenset("@:?#[]%")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRules:
    """When a link is what an article is about."""

    version: int = 1
    post_words: int = 150
    """Up to so many words an article is a link post, and its first link what it is about."""
    post_links: int = 3
    """More links to other sites than this make a list of links of it."""
    opening_words: int = 40
    """A longer article is about its link where that is the only one to another site and stands within so many words."""
    anchors: int = 12
    """More links of any kind than this and nothing is looked for."""
    window: timedelta = timedelta(days=30)
    """A link post waits so long for its article, and leads to none that is older or younger by more."""


DEFAULT = LinkRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """What an article leads to."""

    key: str
    """The canonical url."""
    rule: str
    """``own-link``: the entry's own link leads to another's page; ``link-post``: it is short; ``main-link``."""
    links: int
    """Different pages of other sites that it leads to."""
    words: int


def pointer(article: Article, canonical: Callable[[str], str], rules: LinkRules = DEFAULT) -> Pointer | None:
    """The page that an article mainly leads to; None where there is none. `canonical` gives the key of a url."""
    if not _at_home(article):
        return _pointer(article, article.identity.canonical_url, "own-link", 1)
    html = article.content
    if not 0 < html.count("<a ") <= rules.anchors or built_like_a_roundup(html, article.url):
        return None
    places = dict(_foreign(article))
    short = article.words <= rules.post_words
    if not places or len(places) > (rules.post_links if short else 1):
        return None
    href, place = next(iter(places.items()))
    if not short and count_words(plain(html[:place])) > rules.opening_words:
        return None
    return _pointer(article, canonical(href), "link-post" if short else "main-link", len(places))


def leads_to(article: Article, found: Pointer, target: Article, rules: LinkRules = DEFAULT) -> Edge | None:
    """The edge from an article to the one it leads to; None where that is its own source's, or too far away in time."""
    apart = abs(article.when - target.when)
    if article.source_id == target.source_id or apart > rules.window:
        return None
    return Edge(
        article_id=article.id,
        other_id=target.id,
        tie=Tie.LINKS_TO,
        rule=found.rule,
        scores=(
            ("links", float(found.links)),
            ("words", float(found.words)),
            ("score", round(1.0 / found.links, 3)),
        ),
        version=rules.version,
    )


def _at_home(article: Article) -> bool:
    """Whether an article's own link leads to its publisher's site, as far as we know that."""
    home = article.attribution.publisher.home_url
    own = article.identity.canonical_url
    return not (home and own) or _domain(home) == _domain(own)


def _domain(url: str) -> str:
    """As `registrable_domain` of a url; hosts come again and are remembered there, urls do not."""
    host = url.partition("://")[2].partition("/")[0]
    return registrable_domain(host if host and host.isascii() and not set(host) & _NOT_IN_HOSTS else url)


def _pointer(article: Article, key: str, rule: str, links: int) -> Pointer | None:
    if not names_a_page(key):
        return None
    return Pointer(key=key, rule=rule, links=links, words=article.words)


def _foreign(article: Article) -> Iterable[tuple[str, int]]:
    """The pages of other sites that the content links to, in order, each with the place where its first link stands."""
    own = {_domain(url) for url in (article.url, article.attribution.publisher.home_url) if url}
    seen: set[str] = set()
    for link in _LINK.finditer(article.content):
        href = unescape(link[1]).partition("#")[0]
        if href not in seen and names_a_page(href) and _domain(href) not in own:
            seen.add(href)
            yield href, link.start()

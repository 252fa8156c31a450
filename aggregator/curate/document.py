"""An article as queries see it: its fields levelled once, each when it is first asked for."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta
from functools import cached_property
from urllib.parse import urlsplit

from aggregator.curate.nodes import Quantity, Scope, Thing
from aggregator.curate.terms import normalise, stem, words_of
from aggregator.model.article import Article
from aggregator.model.ids import SourceId
from aggregator.model.licence import Licence
from aggregator.model.moment import Moment
from aggregator.model.source import Source

MAX_TEXT = 200_000
"""Characters of an article that are searched."""
GAP = "|"
"""Stands between two values of one field, and no phrase reaches over it."""


def _values(*values: str | None) -> str:
    levelled = f" {GAP} ".join(normalise(value).strip() for value in values if value)
    return f" {levelled} "


class Document:
    """`now` is the top of the hour that ages are counted from."""

    found: frozenset[int] | set[int] = frozenset()
    """Numbers of the patterns that stand in title, summary or content; the matcher fills these three."""
    found_title: frozenset[int] | set[int] = frozenset()
    found_content: frozenset[int] | set[int] = frozenset()
    found_lead: frozenset[int] | set[int] = frozenset()

    def __init__(self, article: Article, source: Source | None, now: datetime) -> None:
        self.article = article
        self.source = source
        self.now = now

    @cached_property
    def title(self) -> str:
        return normalise(self.article.title)

    @cached_property
    def lead(self) -> str:
        return normalise(self.article.summary)

    @cached_property
    def body(self) -> str:
        article = self.article
        return normalise(article.text[:MAX_TEXT]) if article.text != article.summary else " "

    @cached_property
    def content(self) -> str:
        return f"{self.lead}{GAP}{self.body}"

    @cached_property
    def text(self) -> str:
        return f"{self.title}{GAP}{self.content}"

    @cached_property
    def fields(self) -> dict[Scope, str]:
        """Levelled text of the fields that hold words; made when first asked for."""
        return {}

    def field(self, scope: Scope) -> str:
        """The levelled text of a field."""
        known = self.fields.get(scope)
        if known is None:
            known = self.fields[scope] = self._levelled(scope)
        return known

    def _levelled(self, scope: Scope) -> str:
        match scope:
            case Scope.TEXT:
                return self.text
            case Scope.TITLE:
                return self.title
            case Scope.CONTENT:
                return self.content
            case _:
                return _values(*self.raw(scope))

    def raw(self, scope: Scope) -> tuple[str, ...]:
        """The values of a field as published."""
        article, attribution = self.article, self.article.attribution
        match scope:
            case Scope.TEXT:
                return (article.title, article.summary, article.text[:MAX_TEXT])
            case Scope.TITLE:
                return (article.title,)
            case Scope.CONTENT:
                return (article.summary, article.text[:MAX_TEXT])
            case Scope.AUTHOR:
                people = (*attribution.authors, *attribution.contributors)
                return tuple(person.name for person in people)
            case Scope.SOURCE:
                title = self.source.title if self.source else None
                return (*self.source_ids, title or attribution.publisher.title)
            case Scope.PUBLISHER:
                carried = attribution.carried.title if attribution.carried else ""
                return (attribution.publisher.title, carried)
            case Scope.CATEGORY | Scope.TAG:
                return self._categories() + (self._tags() if scope is Scope.TAG else ())
            case Scope.URL:
                return tuple(url for url in (article.url, article.identity.canonical_url) if url)
            case Scope.DOMAIN:
                return tuple(host for url in self.raw(Scope.URL) if (host := _host(url)))
            case Scope.LANG:
                return (article.language.tag,)
            case Scope.LICENCE:
                licence = self.licence
                return (licence.id,) if licence else ()

    @property
    def source_ids(self) -> tuple[SourceId, ...]:
        """The article's source, and those that it stands for."""
        return (self.article.source_id, *(self.source.stands_for if self.source else ()))

    def _categories(self) -> tuple[str, ...]:
        labels = (name for category in self.article.categories for name in (category.term, category.label))
        return tuple(dict.fromkeys(label for label in labels if label))

    def _tags(self) -> tuple[str, ...]:
        return self.source.tags if self.source else ()

    @property
    def licence(self) -> Licence | None:
        """The article's own licence, else its feed's."""
        attribution = self.article.attribution
        return attribution.licence or attribution.publisher.licence

    def stems(self, scope: Scope) -> str:
        """A field's words as stems of the article's language, each between spaces; the title's with a gap behind."""
        words = self.field(scope).split()
        language = self.article.language.tag
        return f" {' '.join(stem(word, language) for word in words)} "

    @cached_property
    def stemmed(self) -> dict[Scope, str]:
        return {}

    def stem_text(self, scope: Scope) -> str:
        known = self.stemmed.get(scope)
        if known is None:
            known = self.stemmed[scope] = self.stems(scope)
        return known

    @cached_property
    def exact(self) -> dict[Scope, str]:
        return {}

    def exact_text(self, scope: Scope) -> str:
        """A field as published, composed (NFC), for clauses that mind case and accents."""
        known = self.exact.get(scope)
        if known is None:
            known = self.exact[scope] = unicodedata.normalize("NFC", "\n\x00\n".join(self.raw(scope)))
        return known

    def quantity(self, quantity: Quantity) -> float | None:
        """A number to compare; None where the article has none. Dates are the publisher's wall clock."""
        article = self.article
        match quantity:
            case Quantity.WORDS:
                return float(article.words or len(words_of(article.text)))
            case Quantity.IMAGES:
                return float(len(article.images))
            case Quantity.AGE:
                return (self.now - article.when).total_seconds()
            case Quantity.PUBLISHED:
                return _wall_clock(article.published)
            case Quantity.UPDATED:
                return _wall_clock(article.updated)
            case Quantity.SEEN:
                return article.first_seen.timestamp()

    def has(self, thing: Thing) -> bool:
        article = self.article
        match thing:
            case Thing.IMAGE:
                return bool(article.images)
            case Thing.ENCLOSURE:
                return bool(article.enclosures)
            case Thing.AUDIO | Thing.VIDEO:
                return any(enclosure.media_type.startswith(f"{thing}/") for enclosure in article.enclosures)
            case Thing.LICENCE:
                return self.licence is not None and self.licence.known
            case Thing.AUTHOR:
                return bool(article.attribution.authors)
            case Thing.DATE:
                return article.published is not None
            case Thing.CONTENT:
                return bool(article.text.strip())
            case Thing.CREDIT:
                return any(image.creator or image.credit_line for image in article.images)
            case Thing.COMMENTS:
                return bool(article.comments_url)


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _wall_clock(moment: Moment | None) -> float | None:
    return (moment.instant + timedelta(minutes=moment.offset)).timestamp() if moment else None

"""What the writers say about an item, whatever the format: one place so that all formats say the same."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html import escape

from aggregator.model.article import Enclosure
from aggregator.model.attribution import Image, ImagePlace, Link, Person, Publisher
from aggregator.model.edition import Edition, EditionItem
from aggregator.model.licence import Licence
from aggregator.model.moment import Moment
from aggregator.model.topic import ImagePolicy, Profile
from aggregator.publish import places
from aggregator.publish.addresses import canonical, identifier, uri, usable
from aggregator.publish.inert import inert
from aggregator.text.html import plain

UNSPECIFIED = "http://purl.org/atompub/license#unspecified"
"""Says that nothing is said, and stops the feed's own licence from being inherited (RFC 4946 section 2.4)."""

UNKNOWN_LANGUAGE = "und"

_BROADER = {language: f"zh-{language}" for language in ("cdo", "cmn", "gan", "hak", "hsn", "nan", "wuu", "yue")}
_BROADER |= {language: f"ar-{language}" for language in ("acm", "afb", "ajp", "apc", "arb", "ary", "arz")}
_BROADER |= {"pcm": "cpe"}
_ODD = frozenset({345, 525, 765})
_FARTHEST = 14 * 60
MAILED_BYTES = 1_000_000
"""Mailing tools refuse larger images."""
_EXTENSION = re.compile(r"(?i)\.(?:jpe?g|png|gif|webp)$")
_SHORT_WORDS = 60
_BARE_HOST = re.compile(r"(?i)https?://[^/]*")


def language(edition: Edition) -> str:
    return edition.topic.language or edition.site.language


def hubs(edition: Edition) -> tuple[str, ...]:
    """Where changes are announced. A private topic tells no hub, and no document of it names its own address.

    Readers hand both on: what a feed says of itself is what they share and look up.
    """
    return () if edition.topic.private else edition.site.hubs


def item_language(item: EditionItem) -> str | None:
    """Its BCP 47 tag, by a primary language of ISO 639-1 or -2 where it has one: what readers know."""
    if item.language in {"", UNKNOWN_LANGUAGE}:
        return None
    primary, dash, rest = item.language.partition("-")
    return _BROADER.get(primary.lower(), primary) + dash + rest


def stated(licence: Licence | None) -> Licence | None:
    """The licence where we may say that it holds: recognised, and on evidence that is sure enough."""
    return licence if licence is not None and licence.known and licence.verified else None


def licence_name(licence: Licence) -> str:
    return licence.name or licence.raw or licence.id


def licence_url(text: str | None) -> str | None:
    """The terms' address for a selection's licence given as an url or as an id such as ``CC-BY-4.0``."""
    if not text:
        return None
    if text.startswith(("https://", "http://")):
        return text
    family, _, version = text.lower().removeprefix("cc-").rpartition("-")
    if text.lower().startswith("cc-") and family:
        return f"https://creativecommons.org/licenses/{family}/{version}/"
    return "https://creativecommons.org/publicdomain/zero/1.0/" if text.lower() == "cc0-1.0" else None


def people(item: EditionItem) -> tuple[Person, ...]:
    """The authors as they are published: the publisher stands in where there is none (PROTOCOL B-30)."""
    return tuple(p for p in item.authors if p.name) or (Person(name=item.attribution.publisher.title),)


def source(item: EditionItem) -> Publisher:
    """The feed that the entry says it came from, else the one that we read it in (PROTOCOL B-29: kept, never nested)."""
    return item.attribution.carried or item.attribution.publisher


def source_id(edition: Edition, item: EditionItem) -> str:
    """The source feed's id; a private source, which has no address, gets a ``tag:`` of ours.

    An id that is none (or only the name of a host, which names a site and no feed) gives way to the feed's address.
    Unlike an entry's, it is written in its canonical form: nobody compares it, and validators ask for that.
    """
    found = source(item)
    own = found.feed_id or ""
    if identifier(own) and not _BARE_HOST.fullmatch(own):
        return canonical(own)
    return canonical(found.feed_url or "") or f"tag:{edition.site.tag_authority}:source:{item.source_id}"


def published(edition: Edition, item: EditionItem) -> datetime:
    """In the publisher's own offset; for newsletters the moment it was listed, which never goes back (B-27)."""
    return seconds(item.listed if newsletter(edition) else local(item.published))


def local(moment: Moment) -> datetime:
    """In the publisher's own offset, where that is one that some place keeps; else in UTC."""
    plausible = (moment.offset % 30 == 0 or moment.offset in _ODD) and abs(moment.offset) <= _FARTHEST
    return moment.local if plausible else moment.instant.astimezone(UTC)


def newsletter(edition: Edition) -> bool:
    return edition.topic.profile is Profile.NEWSLETTER


def updated(edition: Edition, item: EditionItem) -> datetime:
    """Never before `published`: a reader would take the difference for an error."""
    shown = seconds(item.updated)
    return max(shown, item.listed.replace(microsecond=0)) if newsletter(edition) else shown


def unique_updated(edition: Edition, item: EditionItem) -> datetime:
    """`updated` with a fraction of a second made from the item's id where the source gave whole seconds.

    Feeds often date all entries of a batch alike, which readers that sort or compare by it (and validators) mind; the
    fraction depends on nothing but the id, so that it never moves.
    """
    digest = hashlib.blake2s(item.id.encode(errors="replace"), digest_size=4).digest()
    return updated(edition, item).replace(microsecond=int.from_bytes(digest) % 1_000_000)


def seconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def images(edition: Edition, item: EditionItem) -> tuple[Image, ...]:
    """The images that the topic's policy lets through, each address once."""
    if edition.topic.images is ImagePolicy.DROP:
        return ()
    seen = {image.url: image for image in reversed(item.images) if usable(image.url)}
    return tuple(
        image if image.url.isascii() else replace(image, url=uri(image.url)) for image in reversed(seen.values())
    )


def media(edition: Edition, item: EditionItem) -> tuple[Image, ...]:
    """The images that stand beside the text; for newsletters one at most, which a mail may show (PROTOCOL B-35, C-07).

    Mailing tools take the first image they find, and mail readers need a name that ends like an image's: so it is the
    lead image where that one's own licence allows it, else another that does.
    """
    found = images(edition, item)
    if not newsletter(edition):
        return found
    fit = [image for image in found if _may_be_mailed(image)]
    return tuple(sorted(fit, key=lambda image: (not _has_extension(image), image.place is not ImagePlace.LEAD))[:1])


def _may_be_mailed(image: Image) -> bool:
    licence = stated(image.licence)
    return licence is not None and licence.open and (image.length or 0) <= MAILED_BYTES


def _has_extension(image: Image) -> bool:
    return _EXTENSION.search(image.url.partition("?")[0]) is not None


def links(item: EditionItem) -> Iterator[Link]:
    """``via`` and ``related`` links, each (rel, address) once: where we had it from, and who else carried it."""
    seen: set[tuple[str, str]] = {("related", item.url), ("via", item.url)}
    for link in _all_links(item):
        key = (link.rel, link.href)
        if usable(link.href) and key not in seen:
            seen.add(key)
            yield replace(link, href=uri(link.href))


def _all_links(item: EditionItem) -> Iterator[Link]:
    yield from (Link(href=v.href, rel="via", title=v.title) for v in item.attribution.via)
    publisher = item.attribution.publisher
    if item.attribution.carried is not None and publisher.home_url:
        yield Link(href=publisher.home_url, rel="via", title=publisher.title)
    if item.attribution.original is not None:
        yield Link(href=item.attribution.original.href, rel="via", title=item.attribution.original.title)
    for other in item.also:
        yield Link(href=other.url, rel="via" if other.via else "related", title=other.publisher.title)
    yield from (Link(href=r.href, rel="related", title=r.title) for r in item.related)


def rights(item: EditionItem) -> str | None:
    """The publisher's sentence as plain words, whatever it was written as."""
    return words(item.rights or item.attribution.rights)


def words(text: str | None) -> str | None:
    """A sentence of the publisher's without its markup."""
    return plain(text) if text and inert(text) != text else text


def enclosures(item: EditionItem) -> tuple[Enclosure, ...]:
    """Those at an address that every format can carry."""
    return tuple(replace(one, url=uri(one.url)) for one in item.enclosures if usable(one.url))


def comments_url(item: EditionItem) -> str | None:
    return uri(item.comments_url) if item.comments_url and usable(item.comments_url) else None


def summary(edition: Edition, item: EditionItem) -> str:
    """The plain summary; for newsletters never longer than what stands under a headline."""
    words_of_it = item.summary.split()
    if not newsletter(edition) or len(words_of_it) <= _SHORT_WORDS:
        return item.summary
    return " ".join(words_of_it[:_SHORT_WORDS]).rstrip(".,;:") + " …"


def summary_html(text: str) -> str:
    """A plain summary as HTML: what RSS's ``description`` holds is HTML by every reader's understanding."""
    return f"<p>{escape(text, quote=False)}</p>" if text else ""


def why(item: EditionItem) -> str:
    return item.reason.sentence


def page(edition: Edition, item: EditionItem) -> str:
    """Our page about the article; empty for a private topic's, which nothing public may tell of."""
    if edition.topic.private:
        return ""
    return places.article_url(edition.site, item.article_id)

"""All images of an entry, each once, each with its own credit and licence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode

from aggregator.model.attribution import Image, ImagePlace
from aggregator.model.entry import ParsedEntry, RawMedia, RawPerson
from aggregator.model.licence import Evidence, Licence, Origin
from aggregator.normalise import agencies, licences
from aggregator.normalise.credits import Credit, CreditContext, parse_credit
from aggregator.normalise.markup import Mark
from aggregator.text.urls import absolute, split

_SIZES = (
    "w h width height resize fit crop quality q auto format fm ssl strip dpr s size zoom ixlib ixid sz maxwidth maxheight"
    " imwidth downsize output-quality output-format interpolation wid hei rect cs itok"
)
SIZES = frozenset(_SIZES.split())
SUFFIXES = re.compile(
    r"(?:-\d{2,4}x\d{2,4}|-scaled|@[23]x|_(?:[bcklmnoqstz]|large|medium|small|thumb))(?=\.\w{3,4}$)", re.IGNORECASE
)
COMMONS = re.compile(r"/thumb(/.+?)/[^/]*\d+px-[^/]*$")
BLOGGER = re.compile(r"/(?:s|w|h)\d{2,4}(?:-[\w-]+)?/(?=[^/]+$)|=(?:s|w|h)\d{2,4}[\w-]*$")
PHOTON = re.compile(r"^i\d\.wp\.com/")
_NOISE = (
    "licensebuttons.net i.creativecommons.org creativecommons.org/images mirrors.creativecommons.org"
    " s.w.org/images/core/emoji feeds.feedburner.com/~ feedsportal.com pixel.wp.com stats.wordpress.com doubleclick.net"
    " gravatar.com/avatar counter.theconversation.com /emoji/ /smilies/ /pixel.gif /pixel.png google-analytics.com"
    " scorecardresearch api.flattr.com"
)
NOISE = tuple(_NOISE.split())
"""What stands, in lower case, in the urls of images that nobody is to look at."""
EXTENSION = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg|bmp|tiff?)(?:$|[?#])", re.IGNORECASE)
ALWAYS_IMAGES = frozenset(
    {
        "media:thumbnail",
        "json:image",
        "json:banner_image",
        "itunes:image",
        "image",
        "page:image",
        "webfeeds:cover",
        "webfeeds:featuredimage",
    }
)
PLACES = {
    "media:thumbnail": ImagePlace.THUMBNAIL,
    "itunes:image": ImagePlace.THUMBNAIL,
    "enclosure": ImagePlace.ENCLOSURE,
    "atom:link[rel=enclosure]": ImagePlace.ENCLOSURE,
    "json:attachment": ImagePlace.ENCLOSURE,
}
DISTRIBUTORS = frozenset(
    {"distribution company", "distributor", "owner", "publishing company", "publisher", "provider", "agency"}
)


@lru_cache(maxsize=4096)
def key(url: str) -> str:
    """What two sizes of one image have in common; a key only, never published."""
    parts = split(url)
    if parts is None:
        return url
    path = f"{(parts.hostname or '').removeprefix('www.')}{parts.path}"
    path = PHOTON.sub("", path)
    path = BLOGGER.sub("/", COMMONS.sub(r"\1", path))
    path = SUFFIXES.sub("", path)
    kept = urlencode([pair for pair in parse_qsl(parts.query) if pair[0].lower() not in SIZES]) if parts.query else ""
    return f"{path}?{kept}" if kept else path


_FILE_NAME = re.compile(
    r"(?i)(?:img|dsc[nf]?|pxl|photo|image|screenshot|stock-photo|shutterstock|istock)[-_]?\d[\w-]*(?:\.\w{3,4})?"
    r"|[\w-]+\.(?:jpe?g|png|gif|webp|avif|tiff?)|\d{6,}"
)
"""What cameras, picture agencies and content systems call files."""


def is_image(media: RawMedia) -> bool:
    """Whether a media object is an image, by what it says and else by its name."""
    if media.medium or media.media_type:
        return media.medium == "image" or media.media_type.lower().startswith("image/")
    return media.element in ALWAYS_IMAGES or bool(EXTENSION.search(media.url))


@lru_cache(maxsize=4096)
def number(text: str) -> int | None:
    digits = re.match(r"\s*(\d{1,9})(?:\.\d+)?(?:px)?\s*$", text)
    return int(digits[1]) if digits else None


def collect(entry: ParsedEntry, shown_in_content: Sequence[Image], base: str) -> tuple[Image, ...]:
    """The images of an entry in order: the lead first, then as they stand in the feed and in the content."""
    merged: dict[str, Image] = {}
    for image in (*_from_media(entry, base), *shown_in_content):
        identity = key(image.url)
        merged[identity] = merge(merged[identity], image) if identity in merged else image
    return _led(list(merged.values()))


def _from_media(entry: ParsedEntry, base: str) -> Iterator[Image]:
    for media in entry.media:
        url = absolute(media.url, base)
        if url and is_image(media) and shown(url, media.width, media.height):
            yield from_media(media, url)
        if media.thumbnail:
            yield Image(url=absolute(media.thumbnail, base), place=ImagePlace.THUMBNAIL)


def shown(url: str, width: str, height: str) -> bool:
    """Whether an image is one to look at: no counting pixel, badge, emoji or data url."""
    if not url.startswith(("http://", "https://")) or _is_small(width) or _is_small(height):
        return False
    folded = url.lower()
    return not any(noise in folded for noise in NOISE)


def _is_small(size: str) -> bool:
    pixels = number(size)
    return pixels is not None and pixels <= 3


def from_media(media: RawMedia, url: str) -> Image:
    """One media object with the credits that stand in it."""
    image = Image(
        url=url,
        place=PLACES.get(media.element, ImagePlace.CONTENT),
        media_type=media.media_type or None,
        width=number(media.width),
        height=number(media.height),
        length=number(media.length),
        title=work_title(media.title, url),
        description=" ".join(media.description.split()) or None,
        evidence=_stated(media),
    )
    licence = licences.from_rights(media.rights, Origin.FEED_ENTRY)
    if licence and licence.evidence and (licence.known or licence.url):
        image = replace(image, licence=licence, evidence=(*image.evidence, licence.evidence))
    copyright_ = next((one for one in media.rights if one.text.strip() and "licen" not in one.element.lower()), None)
    if copyright_:
        found = Evidence(fact="copyright", origin=Origin.FEED_ENTRY, locator=copyright_.element, text=copyright_.text)
        image = replace(image, copyright=copyright_.text.strip(), evidence=(*image.evidence, found))
    return _credited(image, media.credits)


def work_title(text: str, url: str) -> str | None:
    """What an image is called; None for what content systems put there unasked: its file's name, or keywords."""
    title = " ".join(text.split())
    stem = url.partition("?")[0].rpartition("/")[2].rpartition(".")[0]
    words = title.split(",")
    if not title or title.casefold() == stem.casefold() or _FILE_NAME.fullmatch(title):
        return None
    if all(len(word.split()) < 6 for word in words) and (len(words) > 5 or (len(words) > 3 and title == title.lower())):
        return None
    return title


def _stated(media: RawMedia) -> tuple[Evidence, ...]:
    facts = (("title", media.title if work_title(media.title, media.url) else ""), ("description", media.description))
    return tuple(
        Evidence(fact=fact, origin=Origin.FEED_ENTRY, locator=f"media:{fact}", text=text)
        for fact, text in facts
        if text.strip()
    )


def _credited(image: Image, people: Sequence[RawPerson]) -> Image:
    makers = [one for one in people if one.role.lower() not in DISTRIBUTORS and one.name.strip()]
    for one in people:
        if one.role.lower() in DISTRIBUTORS and one.name.strip():
            image = with_credit(image, _distributor(one), Origin.FEED_ENTRY, one.element or "media:credit")
    if len(makers) == 1:
        credit = parse_credit(makers[0].name, (), context=CreditContext.FIELD) or _verbatim(makers[0].name)
        return with_credit(image, credit, Origin.FEED_ENTRY, makers[0].element or "media:credit")
    if makers:
        joined = Credit(raw="", creator=", ".join(dict.fromkeys(one.name.strip() for one in makers)))
        return with_credit(image, joined, Origin.FEED_ENTRY, makers[0].element or "media:credit")
    return image


def _verbatim(text: str) -> Credit:
    """A credit field that is not understood: a name as it stands, or a line to be printed with no name read from it."""
    text = " ".join(text.split())
    return Credit(raw=text, creator=None if any(mark in text for mark in ":/()|©@") else text)


def _distributor(one: RawPerson) -> Credit:
    agency = agencies.lookup(one.name)
    return Credit(
        raw="",
        source_name=one.name.strip(),
        agency=agency.name if agency else None,
        rights_managed=agency is not None and agency.managed,
    )


def with_credit(image: Image, credit: Credit, origin: Origin, locator: str, *, start: int | None = None) -> Image:
    """The image with the facts of a credit that it has not yet; nothing where the credit speaks of somebody else.

    `start` is the offset of the credit in the text of the content, where it stands in running text.
    A rights-managed agency counts in either case: it closes what other statements may open.
    """
    if contradicts(image, credit):
        return replace(image, rights_managed=image.rights_managed or credit.rights_managed)
    facts = {
        "title": credit.title,
        "creator": credit.creator,
        "creator_url": credit.creator_url,
        "source_name": credit.source_name,
        "source_url": credit.source_url,
        "licence": credit.licence,
        "credit_line": credit.raw or None,
    }
    new = {fact: value for fact, value in facts.items() if value and getattr(image, fact) is None}
    evidence = tuple(
        Evidence(
            fact=fact,
            origin=origin,
            locator=locator,
            text=credit.raw or _words(value),
            start=start,
            end=None if start is None else start + len(credit.raw),
            confidence=credit.confidence,
        )
        for fact, value in new.items()
    )
    if credit.licence is not None and "licence" in new:
        proof = next(one for one in evidence if one.fact == "licence")
        new["licence"] = replace(credit.licence, evidence=proof)
    if not new and image.rights_managed >= credit.rights_managed:
        return image
    managed = image.rights_managed or credit.rights_managed
    return replace(image, **new, rights_managed=managed, evidence=(*image.evidence, *evidence))  # type: ignore[arg-type]  # the keys are names of fields, and so are the values theirs


def _words(value: object) -> str:
    return value.raw if isinstance(value, Licence) else str(value)


def contradicts(image: Image, credit: Credit) -> bool:
    """Whether a credit speaks of another creator or another licence than is known of the image."""
    creators = bool(image.creator and credit.creator and not _alike(image.creator, credit.creator))
    terms = bool(image.licence and credit.licence and image.licence.id != credit.licence.id)
    return creators or terms


def _alike(one: str, other: str) -> bool:
    first, second = one.casefold().strip(), other.casefold().strip()
    return first in second or second in first


def from_mark(mark: Mark) -> Image:
    return Image(url=mark.url, alt=mark.alt, width=number(mark.width), height=number(mark.height))


def merge(one: Image, other: Image) -> Image:
    """One image from two sightings: the larger file, the facts of the first, completed by the second."""
    credit = Credit(
        raw=other.credit_line or "",
        title=other.title,
        creator=other.creator,
        creator_url=other.creator_url,
        source_name=other.source_name,
        source_url=other.source_url,
        licence=other.licence,
        rights_managed=other.rights_managed,
        confidence=min((one.confidence for one in other.evidence), default=1.0),
    )
    larger = other if (other.width or 0) > (one.width or 0) and one.place == ImagePlace.THUMBNAIL else one
    both = replace(
        one,
        url=larger.url,
        width=larger.width,
        height=larger.height,
        place=other.place if one.place == ImagePlace.THUMBNAIL else one.place,
        alt=one.alt or other.alt,
        description=one.description or other.description,
        copyright=one.copyright or other.copyright,
    )
    origin = other.evidence[0].origin if other.evidence else Origin.MARKUP
    locator = other.evidence[0].locator if other.evidence else "img"
    return with_credit(both, credit, origin, locator)


def _led(images: list[Image]) -> tuple[Image, ...]:
    """The same images, with the one that stands for the whole entry named and put first."""
    if not images:
        return ()
    ranks = (ImagePlace.CONTENT, ImagePlace.ENCLOSURE, ImagePlace.THUMBNAIL)
    lead = min(range(len(images)), key=lambda index: (ranks.index(images[index].place), index))
    first = replace(images[lead], place=ImagePlace.LEAD)
    return (first, *images[:lead], *images[lead + 1 :])

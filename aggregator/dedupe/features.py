"""What matching needs to know of an article, small enough to keep a window of them in memory.

Computed by the parse workers in batches (`features_of`), pickled or stored as bytes, read by the matcher. Pure: the
same article gives the same bytes on every machine. Sources: DEDUPE section 2.3 (features), PROTOCOL P-49 (exact keys).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aggregator.dedupe import wording
from aggregator.dedupe.tokens import SHINGLE, Tokens, fold, is_unspaced, shingles, tokenise
from aggregator.model.article import Article
from aggregator.text.urls import host

TEXT_LIMIT = 1500
"""Characters of a text that are looked at."""
TOKEN_LIMIT = 320
"""Tokens of a text that are kept; scripts cut into pairs would have more."""
_LEAD = 48
_LEAD_MASK = np.uint32(1)
_BODY_MASK = np.uint32(15)
_TITLE_SALT = np.uint32(0x5BD1E995)
_SAME_TEXT_TOKENS = 8
_HEAD = struct.Struct("<QQQBHHHHHHH")
_FIRST_SIZES = struct.Struct("<25xHHH")
"""Of title, discriminators and body."""
_CORRECTION, _ROUNDUP, _UNSPACED = 1, 2, 4
_ROUNDUP_HEADINGS, _ROUNDUP_LINKS = 3, 4


class Features(NamedTuple):
    """An article as the matcher sees it. Hashes are little-endian 32-bit arrays in `bytes`; key 0 means none.

    A tuple, for there are very many: a frozen dataclass takes four times as long to make.
    """

    title: str
    """Without prefixes and the site's name."""
    disc: tuple[str, ...]
    """Numbers, versions, weekdays and months of the title, sorted."""
    body: bytes
    """Token hashes of the text in order."""
    heading: bytes
    """Token hashes of the title in order."""
    numbers: bytes
    """Hashes of the tokens of the text that start with a digit."""
    keys: bytes
    """Sampled shingles of the text: what the index holds."""
    title_keys: bytes
    """Pairs of consecutive title tokens."""
    guid: int
    """64-bit key of a publisher's id that is strong enough to be meant for the whole world; else 0."""
    url: int
    """64-bit key of the canonical url of an article's page; 0 for none and for a site's front page."""
    text: int
    """64-bit key of title and text; 0 where there is too little text to prove anything."""
    correction: bool = False
    roundup: bool = False
    """Built like a digest: several headings, or several links to other hosts."""

    unspaced: bool = False
    """In a script without spaces between words."""

    def to_bytes(self, *, with_keys: bool = True) -> bytes:
        """A compact form; without keys it is what the matcher keeps once the index holds them."""
        title = self.title.encode("utf-8", "replace")[:600]
        disc = " ".join(self.disc).encode()
        parts = [title, disc, self.body, self.heading, self.numbers]
        parts += [self.keys, self.title_keys] if with_keys else [b"", b""]
        flags = self.correction * _CORRECTION | self.roundup * _ROUNDUP | self.unspaced * _UNSPACED
        return _HEAD.pack(self.guid, self.url, self.text, flags, *map(len, parts)) + b"".join(parts)

    @classmethod
    def from_bytes(cls, data: bytes) -> Features:
        """The inverse of `to_bytes`."""
        guid, url, text, flags, *sizes = _HEAD.unpack_from(data)
        title, disc, *arrays = (data[a:b] for a, b in pairwise(accumulate(sizes, initial=_HEAD.size)))
        body, heading, numbers, keys, title_keys = arrays
        return cls(
            title=title.decode("utf-8", "ignore"),
            disc=tuple(disc.decode().split()),
            body=body,
            heading=heading,
            numbers=numbers,
            keys=keys,
            title_keys=title_keys,
            guid=guid,
            url=url,
            text=text,
            correction=bool(flags & _CORRECTION),
            roundup=bool(flags & _ROUNDUP),
            unspaced=bool(flags & _UNSPACED),
        )


class Material(NamedTuple):
    """The parts of an article that features are made from, for callers that hold no whole `Article`."""

    title: str
    text: str
    """Plain text: the longest of what the publisher sent."""
    site: str = ""
    """The publisher's name, which titles may carry at their end."""
    guid: str = ""
    canonical_url: str = ""
    roundup: bool = False


def material_of(article: Article) -> Material:
    """What `features` reads of an article."""
    return Material(
        title=article.title,
        text=max(article.text, article.summary, key=len),
        site=article.attribution.publisher.title,
        guid=article.identity.guid,
        canonical_url=article.identity.canonical_url,
        roundup=built_like_a_roundup(article.content, article.url),
    )


def features(article: Article) -> Features:
    """The features of one article; `features_of` is several times faster for many."""
    return features_of([article])[0]


def features_of(articles: Sequence[Article]) -> tuple[Features, ...]:
    """The features of a batch, such as the entries of one source, in order."""
    return features_from([material_of(article) for article in articles])


def features_from(materials: Sequence[Material]) -> tuple[Features, ...]:
    """The features of a batch of materials, in order."""
    titles = [wording.title_form(material.title, material.site) for material in materials]
    texts: list[str] = []
    for title, material in zip(titles, materials, strict=True):
        texts += (fold(title), fold(wording.body_of(material.text, TEXT_LIMIT)))
    return tuple(map(_features, materials, titles, _cuts(tokenise(texts))))


def built_like_a_roundup(html: str, url: str) -> bool:
    """Whether the markup has the outline of a digest: 3 headings, or links to 4 different other hosts."""
    if "<h" in html and sum(html.count(heading) for heading in ("<h2", "<h3", "<h4")) >= _ROUNDUP_HEADINGS:
        return True
    if html.count("<a ") < _ROUNDUP_LINKS:
        return False
    hosts = {part.split('"', 1)[0].split("/", 1)[0].removeprefix("www.") for part in html.split('href="https://')[1:]}
    return len(hosts - {host(url).removeprefix("www.")}) >= _ROUNDUP_LINKS


def _cuts(tokens: Tokens) -> Iterator[tuple[bytes, ...]]:
    """The arrays of a batch (title, text, title, text …) by article: body, heading, numbers, keys, title keys.

    Everything is computed once for all of them.
    """
    starts, middles = tokens.bounds[:-1:2], tokens.bounds[1::2]
    ends = np.minimum(tokens.bounds[2::2], middles + TOKEN_LIMIT)
    lasts = np.maximum(middles, ends - SHINGLE + 1)
    pieces = shingles(tokens.hashes)
    sampled = np.flatnonzero((pieces & _masks(tokens.bounds)[: len(pieces)]) == 0)
    figures = np.flatnonzero(tokens.figures)
    return zip(
        _bytes_between(tokens.hashes, middles, ends),
        _bytes_between(tokens.hashes, starts, middles),
        _bytes_between(tokens.hashes[figures], *(np.searchsorted(figures, at) for at in (middles, ends))),
        _bytes_between(pieces[sampled], *(np.searchsorted(sampled, at) for at in (middles, lasts))),
        _bytes_between(shingles(tokens.hashes, 2) ^ _TITLE_SALT, starts, np.maximum(starts, middles - 1)),
        strict=True,
    )


def _masks(bounds: NDArray[np.int64]) -> NDArray[np.uint32]:
    """For each token, which bits of the shingle that begins there must be 0 for it to be a key."""
    starts, middles, ends = bounds[:-1:2], bounds[1::2], bounds[2::2]
    leads = np.minimum(middles + _LEAD, ends)
    lengths = np.stack((leads - starts, ends - leads), axis=1).ravel()
    return np.repeat(np.tile(np.array([_LEAD_MASK, _BODY_MASK]), len(starts)), lengths)


def _bytes_between(values: NDArray[np.uint32], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> list[bytes]:
    data = values.tobytes()
    return [data[start:end] for start, end in zip((starts * 4).tolist(), (ends * 4).tolist(), strict=True)]


def _features(material: Material, title: str, cut: tuple[bytes, ...]) -> Features:
    body, heading, numbers, keys, title_keys = cut
    return Features(
        title=title,
        disc=wording.discriminators(title),
        body=body,
        heading=heading,
        numbers=numbers,
        keys=keys,
        title_keys=title_keys,
        guid=key_of(material.guid) if material.guid and strong_guid(material.guid) else 0,
        url=key_of(material.canonical_url) if material.canonical_url and names_a_page(material.canonical_url) else 0,
        text=_text_key(heading, body),
        correction=wording.is_correction(material.title),
        roundup=material.roundup,
        unspaced=is_unspaced(material.text),
    )


def _text_key(heading: bytes, body: bytes) -> int:
    if len(body) < 4 * _SAME_TEXT_TOKENS or not heading:
        return 0
    return key_of(heading + b"|" + body)


def key_of(value: str | bytes) -> int:
    """A 64-bit key, never 0, of a string compared exactly."""
    data = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "little") or 1


def strong_guid(guid: str) -> bool:
    """Whether an id is meant to be unique in the world: a ``tag:`` URI, a ``urn:uuid:`` or a page's url.

    ``1042`` or ``post-17`` is unique in its feed only (PROTOCOL P-49).
    """
    head = guid[:9].lower()
    if head.startswith(("http://", "https://")):
        return names_a_page(guid)
    return head == "urn:uuid:" or (head.startswith("tag:") and "," in guid)


def names_a_page(url: str) -> bool:
    """Whether an http(s) url names more than a site's front page."""
    rest = url.partition("://")[2].partition("/")[2]
    return bool(rest.partition("#")[0].strip("/?"))


def stored_body(data: bytes) -> bytes:
    """The field `body` of what `Features.to_bytes` wrote."""
    title, disc, body = _FIRST_SIZES.unpack_from(data)
    start = _HEAD.size + title + disc
    return data[start : start + body]


def stored_title(data: bytes) -> str:
    """The field `title` of what `Features.to_bytes` wrote."""
    title, _, _ = _FIRST_SIZES.unpack_from(data)
    return data[_HEAD.size : _HEAD.size + title].decode("utf-8", "ignore")


def as_hashes(data: bytes) -> NDArray[np.uint32]:
    """The array behind one of the `bytes` fields."""
    return np.frombuffer(data, dtype="<u4")

"""Licences as data: what a work may be used for, and how we know."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Origin(StrEnum):
    """Where a fact was found, in falling order of trust."""

    OPERATOR = "operator"
    """Declared in the operator's configuration."""
    FEED_ENTRY = "feed-entry"
    """An element of the entry itself."""
    FEED = "feed"
    """An element of the source's feed, inherited by the entry."""
    STRUCTURED = "structured"
    """JSON-LD, microdata or RDFa in the content."""
    MARKUP = "markup"
    """HTML elements made for it: figcaption, rel=license, img attributes."""
    TEXT = "text"
    """A credit line or byline read from running text."""
    PAGE = "page"
    """The article's own page, fetched with permission."""
    INFERRED = "inferred"
    """Detected or derived; shown as unverified and never decisive for a policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Where a fact comes from and how sure we are. A fact without evidence is not a fact."""

    fact: str
    """The field that this supports: ``licence``, ``creator``, ``title``, ``authors`` …"""
    origin: Origin
    locator: str
    """The element, attribute or selector, such as ``media:credit`` or ``figure > figcaption``."""
    text: str = ""
    """The publisher's words that were read."""
    start: int | None = None
    """Offset of `text` in the plain text it was read from; None where the fact is not from running text."""
    end: int | None = None
    confidence: float = 1.0
    """0 to 1; below `VERIFIED` a fact is shown as unverified and decides nothing."""


VERIFIED = 0.8
"""The confidence from which a fact may decide a policy."""


class Term(StrEnum):
    """What a licence asks or forbids."""

    ATTRIBUTION = "attribution"
    SHARE_ALIKE = "share-alike"
    NO_DERIVATIVES = "no-derivatives"
    NON_COMMERCIAL = "non-commercial"
    PERSONAL_USE = "personal-use"
    NO_REUSE = "no-reuse"
    """All rights reserved, or a rights-managed agency: nothing beyond what the law allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """A licence with a normalised id, the url of its terms, and what it asks.

    `id` is like ``CC-BY-2.0``, ``CC-BY-NC-ND-3.0-NL``, ``CC0-1.0``, ``PDM-1.0``, ``GFDL-1.3``, ``OGL-UK-3.0``,
    ``ETALAB-2.0``, ``DL-DE-BY-2.0``, ``all-rights-reserved``, ``public-domain`` or ``unknown``. A Creative Commons
    licence whose version was not given has none in its id (``CC-BY``): a version is never guessed.
    """

    id: str
    url: str | None = None
    name: str = ""
    """The readable name, such as ``CC BY 2.0``."""
    raw: str = ""
    """The publisher's words or url, character for character."""
    holder: str | None = None
    terms: frozenset[Term] = frozenset()
    known: bool = True
    """False where the words were recognised as a statement about rights but not as a licence we know."""
    evidence: Evidence | None = None

    @property
    def open(self) -> bool:
        """Whether the terms allow republishing at all (possibly only non-commercially or unchanged)."""
        return self.known and not ({Term.NO_REUSE, Term.PERSONAL_USE} & self.terms)

    @property
    def verified(self) -> bool:
        """Whether this may decide a policy."""
        return self.evidence is not None and self.evidence.confidence >= VERIFIED

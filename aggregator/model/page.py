"""What an article's own page adds to what its feed says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from aggregator.model.attribution import Image, Person
from aggregator.model.licence import Licence


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """The facts of one page. Each has its evidence, with the origin ``page``."""

    url: str
    """Where it was read, after redirects."""
    canonical: str = ""
    """What the page says its address is; empty where it says nothing."""
    content: str = ""
    """Its main text as sanitised HTML; empty where none was found."""
    text: str = ""
    authors: tuple[Person, ...] = ()
    licence: Licence | None = None
    image: Image | None = None


class PageState(StrEnum):
    """How the reading of a page stands."""

    READ = "read"
    FAILED = "failed"
    """It may be tried again when it is due."""
    GIVEN_UP = "given-up"

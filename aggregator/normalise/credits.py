"""Credit lines: who made a picture, where it was taken from and under which licence, as facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from aggregator.model.licence import Licence


class CreditContext(StrEnum):
    """Where a line stands: the less it was made for a credit, the more of it must say so."""

    FIELD = "field"
    """An element or attribute made for credits: ``media:credit``, ``creditText``, ``data-credit``."""
    CAPTION = "caption"
    """A caption of the image."""
    NEAR = "near"
    """Running text near an image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """The facts of one credit line. `raw` is the part of the line that is the credit, from `start` to `end`."""

    raw: str
    start: int = 0
    end: int = 0
    title: str | None = None
    creator: str | None = None
    creator_url: str | None = None
    source_name: str | None = None
    source_url: str | None = None
    agency: str | None = None
    licence: Licence | None = None
    rights_managed: bool = False
    confidence: float = 1.0


def parse_credit(line: str, links: Sequence[tuple[str, str]], *, context: CreditContext) -> Credit | None:
    """The credit in `line`; None where it is none, or where it cannot be read with care."""
    del line, links, context
    return None

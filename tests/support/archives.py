"""Whole chains of archives made of items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aggregator.model.edition import Edition, EditionItem
from aggregator.publish.archives import render_archive
from aggregator.publish.document import Document


def render_archives(edition: Edition, items: Sequence[EditionItem], *, size: int) -> tuple[Document, ...]:
    """The archives that the items fill, in the order of listing; what is too little for another is left out."""
    made = len(items) // size
    return tuple(
        document
        for number in range(1, made + 1)
        for document in render_archive(
            replace(edition, items=tuple(items[(number - 1) * size : number * size])), number, made
        )
    )

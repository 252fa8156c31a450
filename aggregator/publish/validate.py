"""The gate: no document is published that our checks find invalid (PROTOCOL B-37).

A failing item is quarantined with its reasons and the rest is published; a failing document is held back, so that the
last good one stays where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from aggregator.model.edition import Edition
from aggregator.model.ids import PublishedId
from aggregator.publish import document as types
from aggregator.publish.check_atom import check_atom
from aggregator.publish.check_json import check_json
from aggregator.publish.check_opml import check_opml
from aggregator.publish.check_rss import check_rss
from aggregator.publish.document import Document
from aggregator.publish.problems import Problem, Severity, error
from aggregator.publish.render import render_topic


def check_document(document: Document, *, now: datetime | None = None) -> tuple[Problem, ...]:
    """All problems of one document, by its media type; `now` tells which dates lie in the future."""
    return tuple(_check(document, now))


def _check(document: Document, now: datetime | None) -> Iterator[Problem]:
    match document.media_type:
        case types.ATOM:
            yield from check_atom(document, now)
        case types.RSS:
            yield from check_rss(document, now)
        case types.JSON_FEED:
            yield from check_json(document, now)
        case types.OPML:
            yield from check_opml(document)
        case types.HTML:
            yield from _check_page(document)
        case _:
            return


def _check_page(document: Document) -> Iterator[Problem]:
    if not document.body.startswith(b"<!doctype html>") or not document.body.rstrip().endswith(b"</html>"):
        yield error("SAXError", "The page is not whole.")
    if b"<script" in document.body.lower():
        yield error("SecurityRisk", "The page holds a script.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """An item that is left out of a topic's documents, and why."""

    id: PublishedId
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A document that is not published, and why: the last good one stays."""

    path: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What may be published, and what may not."""

    documents: tuple[Document, ...]
    quarantined: tuple[Quarantined, ...] = ()
    refused: tuple[Refused, ...] = ()
    warnings: tuple[Problem, ...] = ()
    edition: Edition | None = None
    """The edition as published: without what is quarantined."""


Render = Callable[[Edition], tuple[Document, ...]]


def render_checked(edition: Edition, *, now: datetime | None = None, render: Render = render_topic) -> Checked:
    """The topic's documents after the gate: items at fault are left out of all formats, the rest is rendered again.

    An error of a writer that no single item causes is a bug and is raised.
    """
    quarantined: list[Quarantined] = []
    while True:
        documents, at_fault = _written(edition, render)
        problems = {document.path: check_document(document, now=now) for document in documents}
        at_fault = at_fault or _items_at_fault(problems.values())
        if not at_fault:
            return _checked(edition, documents, problems, quarantined)
        for place, found in sorted(at_fault.items()):
            quarantined.append(Quarantined(id=edition.items[place].id, problems=found))
        edition = _without(edition, set(at_fault))


AtFault = dict[int, tuple[Problem, ...]]


def _written(edition: Edition, render: Render) -> tuple[tuple[Document, ...], AtFault]:
    """The documents, or the items that no writer can write."""
    try:
        return render(edition), {}
    except (ValueError, TypeError):
        refused = dict(_refusals(edition, render))
        if not refused:
            raise
        return (), refused


def _refusals(edition: Edition, render: Render) -> Iterator[tuple[int, tuple[Problem, ...]]]:
    for place, item in enumerate(edition.items):
        try:
            render(replace(edition, items=(item,)))
        except (ValueError, TypeError) as fault:
            yield place, (error("Unwritable", f"It cannot be written: {fault}", place),)


def _items_at_fault(problems: Iterable[tuple[Problem, ...]]) -> AtFault:
    found: AtFault = {}
    for each in problems:
        for problem in each:
            if problem.item is not None and problem.severity is Severity.ERROR:
                found[problem.item] = (*found.get(problem.item, ()), problem)
    return found


def _without(edition: Edition, places: set[int]) -> Edition:
    kept = tuple(item for place, item in enumerate(edition.items) if place not in places)
    return replace(edition, items=kept, updated=max((item.updated for item in kept), default=edition.updated))


def _checked(
    edition: Edition,
    documents: tuple[Document, ...],
    problems: dict[str, tuple[Problem, ...]],
    quarantined: list[Quarantined],
) -> Checked:
    errors = {path: tuple(p for p in found if p.severity is Severity.ERROR) for path, found in problems.items()}
    return Checked(
        documents=tuple(document for document in documents if not errors[document.path]),
        quarantined=tuple(quarantined),
        refused=tuple(Refused(path=path, problems=found) for path, found in errors.items() if found),
        warnings=tuple(p for found in problems.values() for p in found if p.severity is Severity.WARNING),
        edition=edition,
    )

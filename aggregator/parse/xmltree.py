"""UTF-8 bytes to an lxml tree: strictly where they are well-formed, repaired or recovered where they are not.

No DTD is read, no external entity opened, no XInclude followed, and the parser's own limits on depth and size stand
(PROTOCOL P-47).
"""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from aggregator.model.entry import Quirk
from aggregator.parse import repair

_TOO_DEEP = "Excessive depth"


@dataclass(frozen=True, slots=True)
class Tree:
    """The root element and what had to be done to get it."""

    root: etree._Element
    quirks: tuple[Quirk, ...] = ()

    recovered: bool = False
    """Whether the structure itself was guessed: tags were missing or crossed."""
    partial: bool = False
    """Whether the document ends in the middle of its last entry."""


@dataclass(frozen=True, slots=True)
class NoTree:
    """Nothing could be read; `too_deep`: because of the depth of its nesting."""

    message: str
    too_deep: bool = False


def read(body: bytes) -> Tree | NoTree:
    """The tree of a UTF-8 document of any quality."""
    prolog = repair.without_prolog(body)
    flags = (Quirk.EXTERNAL_ENTITY,) if prolog.external else ()
    bare = repair.expand(prolog.body, prolog.entities) if prolog.entities else prolog.body
    root, message = _strict(bare)
    if root is not None:
        late = body[:1].isspace() and body.lstrip()[:5].lower() == b"<?xml"
        return Tree(root, (Quirk.ILL_FORMED, *flags) if late else flags)
    if _TOO_DEEP in message:
        return NoTree(message, too_deep=True)
    return _salvage(prolog, flags)


def _salvage(prolog: repair.Prolog, flags: tuple[Quirk, ...]) -> Tree | NoTree:
    mended = repair.repair(prolog.body, prolog.entities)
    cut = (Quirk.TRUNCATED,) if repair.is_truncated(prolog.body) else ()
    root, message = _strict(mended)
    recovered = root is None
    if recovered:
        root, message = _recovered(mended)
    if _TOO_DEEP in message:
        return NoTree(message, too_deep=True)
    if root is None:
        return NoTree(message)
    partial = bool(cut) and repair.ends_inside_entry(prolog.body)
    return Tree(root, (Quirk.ILL_FORMED, *cut, *flags), recovered=recovered, partial=partial)


def _strict(body: bytes) -> tuple[etree._Element | None, str]:
    try:
        return etree.fromstring(body, _parser(recover=False)), ""
    except (etree.XMLSyntaxError, ValueError) as error:
        return None, str(error)


def _recovered(body: bytes) -> tuple[etree._Element | None, str]:
    parser = _parser(recover=True)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        return None, str(error)
    messages = " ".join(entry.message for entry in parser.error_log if _TOO_DEEP in entry.message)
    return root, messages


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",
        recover=recover,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        strip_cdata=True,
    )
